"""``#raise-hand`` with ``#own-hand``, the mark on the own picture; ``#people-toggle``, and
``#chat-toggle`` with its count of unread lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

MOST_SHOWN = 99
BUTTONS = ("raise-hand", "react", "chat-toggle", "people-toggle")


@dataclass(frozen=True, slots=True)
class ButtonActions:
    """What they do."""

    raise_hand: Callable[[], None]
    toggle_people: Callable[[], None]
    toggle_chat: Callable[[], None]


class PeopleButtons:
    """The buttons in the bar of a call."""

    def __init__(self, page: Page, strings: Strings, actions: ButtonActions) -> None:
        self._strings = strings
        self._hand = page.element("raise-hand")
        self._hand_words = self._hand.find("span")
        self._own_mark = page.element("own-hand")
        self._chat, self._unread = page.element("chat-toggle"), page.element("chat-unread")
        self._all = [page.element(name) for name in BUTTONS]
        self._is_in_call = True
        self._has_hand_up = False
        self._count = 0
        self._hand.on("click", actions.raise_hand)
        page.element("people-toggle").on("click", actions.toggle_people)
        page.element("chat-toggle").on("click", actions.toggle_chat)
        page.on_language(self._render)

    def show(self, *, in_call: bool, has_hand_up: bool, unread: int) -> None:
        """Brings the buttons in step; outside a call there are none."""
        shown = (self._is_in_call, self._has_hand_up, self._count)
        if (in_call, has_hand_up, unread) != shown:
            self._is_in_call, self._has_hand_up, self._count = in_call, has_hand_up, unread
            self._render()

    def _render(self) -> None:
        up, count = self._has_hand_up, self._count
        self._hand.set("data-on", "true" if up else "false")
        self._own_mark.hidden = not (up and self._is_in_call)
        # Its name says what it does, so the state needs no aria-pressed.
        self._hand_words.text = self._strings.text(
            "people.lower-hand" if up else "people.raise-hand"
        )
        self._unread.hidden = count == 0
        self._unread.text = str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"
        if count:
            self._chat.set("aria-label", self._strings.text("people.unread", count=count))
        else:
            self._chat.unset("aria-label")
        for button in self._all:
            button.hidden = not self._is_in_call
