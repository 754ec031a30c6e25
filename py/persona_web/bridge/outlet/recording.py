"""The own view of a call, recorded to a file; its script is loaded when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import js
from pyodide.ffi import JsException, to_js

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

MODULE: Final = "bridge/outlet/recording.js"
LONGEST_MS: Final = 2 * 3600 * 1000
MOST_BYTES: Final = 2_000_000_000
MOST_HELD_BYTES: Final = 250_000_000
"""Where the browser can only hold it in memory."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it.

    Attributes:
        reason: ``stopped``, ``long`` (it reached its limit) or ``full`` (no room is left).
        url: of the file, to be saved; empty where there is none.
        name: to save it by.
        size: in bytes.
    """

    reason: str
    url: str
    name: str
    size: int


def can_record() -> bool:
    """Whether the browser can record a canvas."""
    canvas = js.document.createElement("canvas")
    return hasattr(js.window, "MediaRecorder") and hasattr(canvas, "captureStream")


class Recording:
    """One recording, from :meth:`start` until it is discarded."""

    def __init__(self, recording: Any, proxies: Proxies) -> None:
        self._recording = recording
        self._proxies = proxies
        self._voices: list[Any] = []

    @classmethod
    async def start(
        cls, site: Site, stage: Element, on_end: Callable[[Recorded], object]
    ) -> Recording:
        """Records what is on the stage.

        Args:
            on_end: called once, when it has ended for whatever reason.

        Raises:
            OSError: the browser would not.
        """
        proxies = Proxies()
        ended = proxies.keep(
            lambda reason, url, name, size: on_end(
                Recorded(str(reason), str(url), str(name), int(size))
            )
        )
        most = {"bytes": MOST_BYTES, "heldBytes": MOST_HELD_BYTES, "ms": LONGEST_MS}
        try:
            module = await site.load(MODULE)
            recording = await module.startRecording(stage.node, Site.to_object(most), ended)
        except JsException as error:
            proxies.close()
            raise OSError(str(error)) from None
        return cls(recording, proxies)

    @property
    def is_held(self) -> bool:
        """Whether it is held in memory, where there is less room."""
        return bool(self._recording.isHeld)

    def draw(self) -> None:
        """Takes the picture of what was just drawn on the stage."""
        self._recording.draw()

    def set_voices(self, tracks: Sequence[Any]) -> None:
        """Whose voices are on it from now on (``MediaStreamTrack``)."""
        if list(tracks) != self._voices:
            self._voices = list(tracks)
            self._recording.setVoices(to_js(self._voices))

    def stop(self) -> None:
        """Ends it; ``on_end`` is called a moment later."""
        self._recording.stop()

    def discard(self) -> None:
        """Forgets the file of one that has ended."""
        self._recording.discard()
        self._proxies.close_later()
