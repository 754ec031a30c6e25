"""Pictures for the wizard from elsewhere: chosen or dropped photos, a clip, ten seconds of talk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from persona_core.base.ports import Clock
from persona_core.errors import CameraError
from persona_core.portrait.wizard.hindrances import Glimpse
from persona_web.base.background import Latest
from persona_web.look.film import CameraFilm, ClipFilm, FrameSource
from persona_web.look.set_gathering import (
    Gathered,
    MeasuresLight,
    gather_film,
    gather_photos,
)
from persona_web.look.set_maker import SetMaker

if TYPE_CHECKING:
    from persona_web.bridge.page import Page
    from persona_web.ui.look.wizard_camera import WizardCamera
    from persona_web.ui.look.wizard_parts import WizardHost
    from persona_web.ui.look.wizard_work import WizardWork

Gather = Callable[[], Coroutine[Any, Any, Gathered | None]]


class WizardGathering:
    """The buttons of the first panel that need no steps, and what they begin.

    Args:
        open_clip: opens a video file; raises PhotoError.
        begin: lets the wizard gather.
    """

    def __init__(
        self,
        page: Page,
        clock: Clock,
        maker: SetMaker,
        meter: MeasuresLight,
        host: WizardHost,
        camera: WizardCamera,
        work: WizardWork,
        open_clip: Callable[[Any], Awaitable[FrameSource]],
        begin: Callable[[Gather], None],
    ) -> None:
        self._clock = clock
        self._maker = maker
        self._meter = meter
        self._host = host
        self._camera = camera
        self._work = work
        self._open_clip = open_clip
        self._begin = begin
        self._latest = Latest()
        self._film: CameraFilm | None = None
        self._faces = 1
        self._panel = page.element("wizard-camera")
        photos, clip = page.element("wizard-photos"), page.element("wizard-clip")
        page.element("wizard-use-photos").on("click", lambda: photos.node.click())
        page.element("wizard-use-clip").on("click", lambda: clip.node.click())
        page.element("wizard-use-recording").on("click", lambda: self._begin(self._record))
        photos.on_change(lambda: self.use_files(photos.take_files()))
        clip.on_change(lambda: self.use_files(clip.take_files()))

    @property
    def is_filming(self) -> bool:
        """Whether the person talks before the camera now."""
        return self._film is not None

    def use_files(self, files: Sequence[Any]) -> None:
        """Looks at photos, or at the clip among the files."""
        clips = [file for file in files if str(file.type).startswith("video/")]
        if clips:
            self._begin(lambda: self._watch(clips[0]))
        elif files:
            self._begin(lambda: self._look(files))

    def see(self, glimpse: Glimpse | None) -> None:
        """Takes what the tracker saw in a new frame; None for nobody."""
        self._faces = 0 if glimpse is None else glimpse.faces

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        if self._film is not None:
            number, seconds = self._film.progress
            self._camera.record(seconds - number + 1, self._film.over, self._faces, now_ms)

    def cancel(self) -> None:
        """What is being looked at is not wanted any more."""
        self._latest.ask()
        self._stop_filming()

    async def _look(self, files: Sequence[Any]) -> Gathered | None:
        is_wanted = self._prepare()
        return await gather_photos(files, self._maker, self._work, is_wanted)

    async def _watch(self, file: Any) -> Gathered | None:
        is_wanted = self._prepare()
        self._work.tell("wizard.making-ready", 0, 0)
        film = ClipFilm(await self._open_clip(file))
        try:
            return await gather_film(film, self._maker, self._meter, self._work, is_wanted)
        finally:
            film.close()

    async def _record(self) -> Gathered | None:
        is_wanted = self._prepare()
        self._work.tell("wizard.opening", 0, 0)
        code = await self._host.open_camera()
        if not is_wanted():
            self._host.close_camera()
            return None
        if code is not None:
            self._host.close_camera()
            raise CameraError(code, code=code)
        film = CameraFilm(self._clock, self._host.grab, self._maker.codec.picture)
        self._film = film
        self._panel.set("data-mode", "record")
        try:
            return await gather_film(
                film, self._maker, self._meter, self._work, is_wanted, self._stop_filming
            )
        finally:
            self._stop_filming()
            film.close()

    def _prepare(self) -> Callable[[], bool]:
        self._work.begin()
        self._maker.prepare()
        return self._latest.ask()

    def _stop_filming(self) -> None:
        """The camera has given what is wanted of it."""
        if self._film is not None:
            self._film = None
            self._panel.set("data-mode", "steps")
            self._host.close_camera()
