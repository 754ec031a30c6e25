"""The list of people and the chat, loaded when one of them is first wanted."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.call.people.people import Said
from persona_web.base.background import Background
from persona_web.bridge.late_part import add_part
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.ui.people.chat_panel import ChatPanel
from persona_web.ui.people.people_panel import PeoplePanel
from persona_web.ui.people.person_row import PeopleActions
from persona_web.ui.people.side_panel import SidePanel


class SidePanels:
    """Both; one of them is open at a time.

    Args:
        own_name: gives the name that the person has now.
        say: takes a line of chat.
        on_shown: hears that something was opened or closed; what is open is to be brought up to
            date then.

    Attributes:
        people: None while it was never wanted.
        chat: likewise.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        actions: PeopleActions,
        own_name: Callable[[], str],
        say: Callable[[str, str | None], Said],
        sound: Callable[[], bool],
        on_sound: Callable[[bool], None],
        on_shown: Callable[[], None],
    ) -> None:
        self.people: PeoplePanel | None = None
        self.chat: ChatPanel | None = None
        self._site = site
        self._page = page
        self._strings = strings
        self._actions = actions
        self._own_name = own_name
        self._say = say
        self._sound = sound
        self._on_sound = on_sound
        self._on_shown = on_shown
        self._background = Background()
        self._is_loading = False
        self._sides: dict[str, SidePanel] = {}

    @property
    def is_chat_open(self) -> bool:
        return "chat" in self._sides and self._sides["chat"].is_open

    @property
    def are_people_open(self) -> bool:
        return "people" in self._sides and self._sides["people"].is_open

    def toggle(self, name: str) -> None:
        """Opens ``people`` or ``chat`` in place of the other one, or closes it."""
        side = self._sides.get(name)
        if side is not None and side.is_open:
            side.close()
        else:
            self._background.run(self._open(name))

    def write_to(self, peer: str) -> None:
        """Opens the chat for a line to one alone."""
        self._background.run(self._write_to(peer))

    def hide(self) -> None:
        """The call is over."""
        for side in self._sides.values():
            side.hide()

    async def _write_to(self, peer: str) -> None:
        await self._open("chat")
        if self.chat is not None:
            self.chat.address(peer)

    async def _open(self, name: str) -> None:
        if not self._sides and not await self._load(name):
            return
        for other, side in self._sides.items():
            if other != name:
                side.hide()
        self._sides[name].open()

    async def _load(self, name: str) -> bool:
        if self._is_loading:
            return False
        self._is_loading = True
        try:
            await add_part(self._site, "people")
        except OSError:
            what = self._strings.text(f"people.{name}")
            self._site.notify(self._strings.text("late.not-loaded", what=what))
            return False
        finally:
            self._is_loading = False
        page, strings = self._page, self._strings
        self.people = PeoplePanel(
            *(page, strings, self._actions, self._own_name()),
            sound=self._sound(),
            on_sound=self._on_sound,
        )
        self.chat = ChatPanel(page, strings, self._say)
        for name, first in (("people", "people-title"), ("chat", "chat-text")):
            self._sides[name] = SidePanel(
                page.element(f"{name}-panel"),
                page.element(f"{name}-toggle"),
                page.element(f"{name}-close"),
                page.element(first),
                page.element("main"),
                lambda _shown: self._on_shown(),
            )
        return True
