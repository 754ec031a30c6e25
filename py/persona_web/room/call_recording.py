"""``#record-toggle``: the own view of the call, recorded to a file; and who else records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from persona_core.call.status import Phase
from persona_web.base.background import Background
from persona_web.bridge.late_part import add_part
from persona_web.bridge.outlet.recording import Recorded, Recording, can_record
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.ui.call.recording_signs import RecordingSigns

if TYPE_CHECKING:
    from persona_core.call.engine import CallEngine
    from persona_web.view.graphics import Graphics

PART: Final = "recording"
AGAIN_MS: Final = 15_000.0
"""From one try to have the signs of others' recordings to the next."""


class CallRecording:
    """Begins and ends with its button, and ends with the call. Everybody is told while it runs."""

    def __init__(
        self, site: Site, page: Page, strings: Strings, engine: CallEngine, graphics: Graphics
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._engine = engine
        self._graphics = graphics
        self._background = Background()
        self._signs: RecordingSigns | None = None
        self._is_loading = False
        self._tried_ms = -math.inf
        self._is_starting = False
        self._recording: Recording | None = None
        self._began_ms = 0.0
        self._now_ms = 0.0
        self._ended: Recording | None = None
        self._button = page.element("record-toggle")
        self._button.hidden = not can_record()
        self._button.on("click", self.toggle)
        page.on_leave(self.stop)

    @property
    def is_running(self) -> bool:
        """Whether the call is being recorded here, however hidden the page is."""
        return self._recording is not None

    def toggle(self) -> None:
        """Begins, where there is a call, or ends."""
        if self._recording is not None:
            self.stop()
        elif not self._is_starting and self._is_inside:
            self._is_starting = True
            self._background.run(self._start())

    def stop(self) -> None:
        """Ends it, where it runs; the file is offered a moment later."""
        if self._recording is not None:
            self._recording.stop()

    def step(self, now_ms: float) -> None:
        """At the end of a step of the page, when all has been drawn."""
        self._now_ms = now_ms
        remotes = self._engine.remotes
        recording = self._recording
        if recording is not None:
            if not self._is_inside:
                self.stop()
            tracks = (self._engine.audio, *(remote.audio for remote in remotes))
            recording.set_voices([track for track in tracks if track is not None])
            if self._graphics.drew_all:
                recording.draw()
        others = any(remote.recording for remote in remotes)
        if others and self._signs is None and now_ms - self._tried_ms >= AGAIN_MS:
            self._tried_ms = now_ms
            self._background.run(self._load_signs())
        if self._signs is not None:
            self._signs.show(mine=recording is not None, others=others, now_ms=now_ms)

    @property
    def _is_inside(self) -> bool:
        return self._engine.status.phase in (Phase.ENTERING, Phase.INSIDE)

    async def _load_signs(self) -> None:
        """For others' recordings; where they cannot be had, the notice area says it once."""
        try:
            await self._load()
        except OSError:
            self._site.notify(self._strings.text("call.recorded"))

    async def _load(self) -> None:
        """Raises OSError where the signs cannot be had."""
        if self._is_loading:
            raise OSError("they are being loaded")
        self._is_loading = True
        try:
            if self._signs is None:
                await add_part(self._site, PART)
                self._signs = RecordingSigns(self._page, self._strings, self._discard)
        finally:
            self._is_loading = False

    async def _start(self) -> None:
        try:
            await self._load()
            self._discard()
            stage = self._page.element("stage")
            self._recording = await Recording.start(self._site, stage, self._on_end)
        except OSError:
            self._site.notify(self._strings.text("error.recording-failed"))
            return
        finally:
            self._is_starting = False
        self._began_ms = self._now_ms
        self._engine.set_recording(running=True)
        self._button.set("aria-pressed", "true")
        held = self._recording.is_held
        key = "recording.started-held" if held else "recording.started"
        self._site.notify(self._strings.text(key))
        if not self._is_inside:  # left meanwhile
            self.stop()

    def _on_end(self, recorded: Recorded) -> None:
        self._ended, self._recording = self._recording, None
        self._engine.set_recording(running=False)
        self._button.set("aria-pressed", "false")
        self._site.unnotify()
        if self._signs is not None and recorded.url:
            seconds = math.ceil((self._now_ms - self._began_ms) / 1000.0)
            self._signs.offer(recorded, seconds)
        elif not recorded.url:
            self._site.notify(self._strings.text("error.recording-failed"))

    def _discard(self) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended.discard()
        if self._signs is not None:
            self._signs.withdraw()
