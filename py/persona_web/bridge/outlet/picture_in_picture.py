"""The call in a small window above all others; its script is loaded when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import JsException

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

MODULE = "bridge/outlet/picture_in_picture.js"


def has_picture_in_picture() -> bool:
    """Whether the browser can show such a window."""
    by_video = getattr(js.document, "pictureInPictureEnabled", False)
    return hasattr(js.window, "documentPictureInPicture") or bool(by_video)


class PictureInPicture:
    """One window, until it is closed; made by :meth:`open`."""

    def __init__(self, window: Any, proxies: Proxies) -> None:
        self._window = window
        self._proxies = proxies

    @classmethod
    async def open(
        cls, site: Site, stage: Element, label: str, on_close: Callable[[], object]
    ) -> PictureInPicture:
        """Shows what is on the stage; the person must have asked for it a moment ago.

        Args:
            label: what it is, for screen readers.
            on_close: the person closed it.

        Raises:
            OSError: the browser would not.
        """
        proxies = Proxies()
        closed = proxies.keep(lambda *_: on_close())
        try:
            module = await site.load(MODULE)
            window = await module.openPictureInPicture(stage.node, label, closed)
        except JsException as error:
            proxies.close()
            raise OSError(str(error)) from None
        return cls(window, proxies)

    def draw(self) -> None:
        """Shows what was just drawn on the stage."""
        self._window.draw()

    def close(self) -> None:
        """Closes it, where it is not closed yet."""
        self._window.close()
        self._proxies.close_later()
