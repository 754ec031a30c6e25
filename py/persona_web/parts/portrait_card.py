"""A page's card for portraits: the choice, what shows it, and what is loaded for it.

All of it is imported and built after the page was given to the person, so that no page starts
later for it; until then its buttons are dimmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from persona_core.base.ports import Storage
from persona_web.base.background import Background
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.parts.face_capture import FaceCapture
from persona_web.view.avatar_view import AvatarView
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_web.look.portrait_choice import PortraitChoice
    from persona_web.look.who_choice import WhoChoice
    from persona_web.ui.look.portrait_chooser import PortraitChooser
    from persona_web.ui.look.portrait_wizard import PortraitWizard

UNKNOWN = "unknown"
"""What is chosen, before that was looked up."""


class PortraitCard:
    """``#portrait``, for the own avatar of a page.

    Args:
        stage: wears the portrait.
        face_capture: its camera takes photos.
        who: learns of the portraits when they are there.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        storage: Storage,
        graphics: Graphics,
        stage: AvatarView,
        face_capture: FaceCapture,
        who: WhoChoice,
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._storage = storage
        self._graphics = graphics
        self._stage = stage
        self._face_capture = face_capture
        self._who = who
        who.undress = lambda: self._wear(None)
        stage.on_refused = lambda error: site.notify(strings.text(f"error.{error.code}"))
        self._background = Background()
        self._own: PortraitChoice | None = None
        self._chooser: PortraitChooser | None = None
        self._wizard: PortraitWizard | None = None
        self._is_loading = False

    @property
    def chosen(self) -> str:
        """What the person goes as; see ``PortraitStatus.chosen``."""
        return UNKNOWN if self._own is None else self._own.status.chosen

    def open(self) -> None:
        """Builds it in the background, and puts on what was chosen last."""
        self._background.run(self._open())

    @property
    def is_wizard_open(self) -> bool:
        """Whether the wizard is all that the person sees of the page."""
        return self._wizard is not None and self._wizard.is_open

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        if self._chooser is not None:
            self._chooser.step(self._face_capture.motion.status)
        if self._wizard is not None:
            self._wizard.step(now_ms)

    def _wear(self, portrait: PortraitSet | None) -> None:
        self._stage.set_portrait(portrait)
        self._face_capture.stir()

    async def _make_set(self, files: Sequence[Any]) -> None:
        """Opens the wizard, which is loaded for the first who wants it."""
        if self._wizard is None:
            from persona_web.parts.portrait_wizard import open_wizard

            if self._is_loading or self._own is None:
                return
            self._is_loading = True
            self._site.notify(self._strings.text("portrait.wizard-loading"))
            try:
                self._wizard = await open_wizard(
                    *(self._site, self._page, self._strings, self._storage),
                    *(self._graphics, self._stage.style, self._face_capture, self._own),
                )
            except OSError:
                what = self._strings.text("portrait.wizard")
                self._site.notify(self._strings.text("late.not-loaded", what=what))
                return
            finally:
                self._is_loading = False
            self._site.unnotify()
        self._wizard.open(files)

    async def _open(self) -> None:
        from persona_web.bridge.files.local_files import (
            DropTarget,
            PictureAddress,
            read_file,
            save_file,
        )
        from persona_web.bridge.media.camera import Snapshot
        from persona_web.look.portrait_choice import PortraitChoice
        from persona_web.ui.look.portrait_chooser import PortraitChooser

        snapshot = await Snapshot.load(self._site, self._page.element("portrait-video"))
        own = await PortraitChoice.open(self._site, self._storage, self._wear)
        chooser = PortraitChooser(
            self._page,
            self._strings,
            own,
            snapshot,
            PictureAddress(),
            self._face_capture.use_camera,
            save_file,
            read_file,
            lambda files: self._background.run(self._make_set(files)),
        )
        DropTarget(self._page.element("portrait"), chooser.use)
        chooser.follow(self._graphics)
        self._face_capture.on_camera(chooser.camera_changed)
        chooser.camera_changed(self._face_capture.motion.camera)
        own.on_change(lambda: self._face_capture.take_rest_from(own.likeness))
        self._own, self._chooser = own, chooser
        self._who.join(own)
        await own.restore()
