"""Choosing a portrait: built in, from a file, by drag and drop, or taken with the camera; and
saving the person's own."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from persona_core.graphics.modes import Rung
from persona_web.base.background import Background
from persona_web.capture.face_source import FaceSourceStatus
from persona_web.look.portrait_choice import DRAWN, ENDING, MISSING, PortraitChoice
from persona_web.ui.look.portrait_cards import PortraitCards
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.files.local_files import PictureAddress
    from persona_web.bridge.media.camera import CameraTrack, Snapshot
    from persona_web.bridge.page import Page, Strings

MEDIA_TYPE = "application/octet-stream"
NOTES: Mapping[Rung | None, str] = {
    Rung.CANVAS: "portrait.on-canvas",
    Rung.STILL: "portrait.on-still",
}
"""Keys of what there is to say of a portrait on a rung."""


class PortraitChooser:
    """``#portrait`` and what is in it: its :class:`PortraitCards`, the buttons, whom the person's
    portrait shows (``#portrait-whose``), the camera's preview ``#portrait-shot``,
    ``#portrait-progress``, ``#portrait-status``.

    Args:
        snapshot: shows the camera in the preview and takes photos of it.
        thumbnail: shows the person's photo.
        use_camera: asks for the camera, for who wants to take a photo.
        save_file: offers a download, of a name, bytes and a media type.
        read_file: gives what a file holds, at most so many bytes and one more; raises OSError.
        make_set: opens the wizard, with the files that were chosen already.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        own: PortraitChoice,
        snapshot: Snapshot,
        thumbnail: PictureAddress,
        use_camera: Callable[[], None],
        save_file: Callable[[str, bytes, str], None],
        read_file: Callable[[Any, int], Awaitable[bytes]],
        make_set: Callable[[Sequence[Any]], None],
    ) -> None:
        self._make_set = make_set
        self._strings = strings
        self._own = own
        self._snapshot = snapshot
        self._use_camera = use_camera
        self._save_file = save_file
        self._read_file = read_file
        self._background = Background()
        self._camera: CameraTrack | None = None
        self._problem: str | None = None
        self._graphics: Graphics | None = None
        self._note = page.element("portrait-note")
        self._file = page.element("portrait-file")
        self._shoot = page.element("portrait-camera")
        self._shot = page.element("portrait-shot")
        self._take = page.element("portrait-take")
        self._save = page.element("portrait-save")
        self._saved = page.element("portrait-saved-file")
        self._remove = page.element("portrait-remove")
        self._whose = page.element("portrait-whose")
        self._shows_me = page.element("portrait-shows-me")
        self._progress = page.element("portrait-progress")
        self._status = page.element("portrait-status")
        PortraitCards(page, strings, own, thumbnail)
        choose = page.element("portrait-choose")
        wizard = page.element("portrait-wizard")
        wizard.on("click", lambda: make_set(()))
        choose.on("click", lambda: self._file.node.click())
        self._file.on_change(self._file_chosen)
        self._shoot.on("click", self._open_camera)
        self._take.on("click", lambda: self._run(self._take_photo()))
        page.element("portrait-cancel").on("click", self._close_camera)
        self._save.on("click", self._offer)
        open_saved = page.element("portrait-open")
        open_saved.on("click", lambda: self._saved.node.click())
        self._saved.on_change(self._saved_chosen)
        self._remove.on("click", lambda: self._run(own.remove()))
        self._shows_me.on_change(self._say_whose)
        own.on_change(self._render)
        page.on_language(self._render)
        self._render()
        for button in (choose, wizard, self._shoot, open_saved):
            button.set("aria-disabled", "false")

    def camera_changed(self, camera: CameraTrack | None) -> None:
        """Takes the camera that the page opened; None when it was let go."""
        self._camera = camera
        self._render_camera()

    def follow(self, graphics: Graphics) -> None:
        """Says when the page is drawn in a way that shows no portraits."""
        self._graphics = graphics
        graphics.on_change(self._render_note)
        self._render_note()

    def step(self, motion: FaceSourceStatus) -> None:
        """Once a displayed frame: says in words why there is no camera for a photo."""
        if motion.problem != self._problem and self._wants_camera:
            self._problem = motion.problem
            self._render_words()

    @property
    def _wants_camera(self) -> bool:
        """Whether the person is about to take a photo."""
        return not self._shot.hidden

    # What the person does

    def _file_chosen(self) -> None:
        files = self._file.take_files()
        if files:
            self.use(files)

    def use(self, files: Sequence[Any]) -> None:
        """Takes JavaScript ``File`` objects: a photo, a saved portrait, or what a portrait of
        several pictures can be made of."""
        first = files[0]
        if str(first.name).lower().endswith(ENDING):
            self._open(first)
        elif len(files) > 1 or str(first.type).startswith("video/"):
            self._make_set(files)
        else:
            self._run(self._own.use_photo(first))

    def _saved_chosen(self) -> None:
        file = self._saved.take_file()
        if file is not None:
            self._open(file)

    def _open(self, file: Any) -> None:
        self._run(self._own.open_file(functools.partial(self._read_file, file)))

    def _offer(self) -> None:
        self._own.save_file(lambda name, data: self._save_file(name, data, MEDIA_TYPE))

    def _open_camera(self) -> None:
        self._problem = None
        self._shot.hidden = False
        if self._camera is None:
            self._use_camera()
        self._render_camera()
        self._take.focus()

    def _close_camera(self) -> None:
        self._shot.hidden = True
        self._problem = None
        self._render_camera()
        self._render()
        self._shoot.focus()

    async def _take_photo(self) -> None:
        photo = await self._snapshot.take()
        if photo is not None:
            self._close_camera()
            # Who sits before the camera is as good as surely who takes the photo.
            await self._own.use_photo(photo, shows_me=True)

    def _say_whose(self) -> None:
        self._own.shows_me = self._shows_me.checked

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._background.run(work)

    # Showing

    def _render_camera(self) -> None:
        self._snapshot.show(self._camera if self._wants_camera else None)
        self._take.set("aria-disabled", "true" if self._camera is None else "false")

    def _render(self) -> None:
        own = self._own.own
        self._remove.hidden = own is None
        self._save.hidden = own is None
        self._whose.hidden = own is None
        self._shows_me.checked = self._own.shows_me
        self._progress.hidden = self._own.status.busy is None
        self._render_words()
        self._render_note()

    def _render_note(self) -> None:
        rung = None if self._graphics is None else self._graphics.rung
        key = None if self._own.status.chosen in (DRAWN, MISSING) else NOTES.get(rung)
        self._note.text = "" if key is None else self._strings.text(key)
        self._note.hidden = key is None

    def _render_words(self) -> None:
        status = self._own.status
        problem = self._problem if self._wants_camera else None
        keys = (f"error.{problem}",) if problem else status.told
        if status.busy is not None:
            keys = (f"portrait.{status.busy}",)
        self._status.text = " ".join(self._strings.text(key) for key in keys)
        failed = status.busy is None and (problem is not None or status.problem)
        self._status.set("data-problem", "true" if failed else "false")
