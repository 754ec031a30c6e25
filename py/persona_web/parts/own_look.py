"""What a person looks like on a page that has portraits, too, and the customizer, which is loaded
when it is first opened."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from persona_core.base.ports import Storage
from persona_core.drawn.style import AvatarStyle
from persona_web.bridge.keys import Keys
from persona_web.bridge.late_part import add_part
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.look.drawn_choice import DrawnChoice
from persona_web.look.look_editor import LookEditor
from persona_web.look.who_choice import WhoChoice
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.late_control import LateControl

if TYPE_CHECKING:
    from persona_web.look.portrait_choice import PortraitChoice
    from persona_web.view.avatar import Canvas


class OwnLook:
    """``#look``, which ``#look-toggle`` opens.

    Attributes:
        who: the one thing that the person goes as.
    """

    def __init__(self, site: Site, page: Page, strings: Strings, storage: Storage) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._drawn = DrawnChoice(storage, random.Random())
        self.who = WhoChoice(storage, self._drawn)

    @property
    def editor(self) -> LookEditor:
        return self._drawn.editor

    @property
    def style(self) -> AvatarStyle:
        """The drawn look, seen or not."""
        return self._drawn.editor.style

    def join(self, face_capture: FaceCapture) -> None:
        """Has the own avatar wear it, and tells what became of what was kept."""
        self.editor.on_wear(face_capture.choose)
        self._page.on_leave(self.editor.flush)
        self.editor.on_forgetting(lambda: self._tell("error.storage-failed"))
        if self._drawn.is_damaged:
            self._tell("who.look-damaged")

    def offer(self) -> None:
        """Offers the customizer, beside a page's own choice of who to be."""
        self._offer("look", ("look",), lambda: None)

    def offer_all(
        self, make_canvas: Callable[[Element], Canvas], portraits: PortraitChoice
    ) -> None:
        """Offers everything to be, and the customizer, in one panel."""

        def furnish() -> None:
            from persona_web.bridge.files.local_files import PictureAddress
            from persona_web.ui.look.drawn_cards import DrawnCards
            from persona_web.ui.look.portrait_cards import PortraitCards

            DrawnCards(self._page, self._strings, make_canvas, self.who)
            PortraitCards(self._page, self._strings, portraits, PictureAddress())

        self._offer("wardrobe", ("look", "portrait"), furnish)

    def report(self) -> dict[str, Any]:
        """Of a page's report, the drawn look."""
        return {"look": self.style.to_dict()}

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        self.editor.step(now_ms)

    def _offer(self, part: str, styles: tuple[str, ...], furnish: Callable[[], None]) -> None:
        page, strings = self._page, self._strings
        place = page.element("look")

        async def bring() -> None:
            from persona_web.bridge.files.local_files import opened_file, save_file
            from persona_web.ui.look.customizer import Customizer
            from persona_web.ui.look.look_buttons import LookButtons, LookPanel

            await add_part(self._site, part, place, styles=styles, has_catalogue=False)
            panel = LookPanel(page, Keys(place))
            furnish()
            Customizer(page, strings, self.editor)
            LookButtons(page, strings, self.editor, save_file, opened_file)
            panel.press()

        LateControl(self._site, strings, page.element("look-toggle"), bring)

    def _tell(self, key: str) -> None:
        self._site.notify(self._strings.text(key))
