"""``#chat-panel``: the lines of the call, to all or to one; links are text, as all of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from persona_core.call.people.chat_log import MAX_LINES, ChatLine
from persona_core.call.people.people import Said
from persona_web.ui.people.person_view import isolated

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

_WORDS = {Said.TOO_FAST: "people.too-fast", Said.NOBODY: "people.nobody-reads"}


class ChatPanel:
    """
    Args:
        say: takes the text and whom it is for; None: everybody.
    """

    def __init__(
        self, page: Page, strings: Strings, say: Callable[[str, str | None], Said]
    ) -> None:
        self._page = page
        self._strings = strings
        self._say = say
        self._empty, self._log = page.element("chat-empty"), page.element("chat-log")
        self._to, self._text = page.element("chat-to"), page.element("chat-text")
        self._said = page.element("chat-said")
        self._lines: deque[tuple[Element, ChatLine, str]] = deque()
        self._people: dict[str, str] = {}
        page.element("chat-form").on("submit", self._send)
        page.on_language(self._renew)

    def follow(self, people: Iterable[tuple[str, str]]) -> None:
        """Who can be written to alone.

        Args:
            people: peer id and label.
        """
        wanted = dict(people)
        if wanted == self._people and self._to.node.options.length:
            return
        self._people = wanted
        self._show_receivers(self._to.value)

    def address(self, peer: str) -> None:
        """The next line is for this one alone."""
        self._show_receivers(peer)
        self._text.focus()

    def add(self, line: ChatLine, label: str) -> None:
        """A line came or went.

        Args:
            label: of its sender; of its receiver where it is our own.
        """
        at_end = self._is_at_end()
        element = self._page.clone("chat-line")
        element.set("data-own", "true" if line.sender is None else "false")
        element.find(".chat-words").text = line.text
        self._lines.append((element, line, label))
        self._name(element, line, label)
        self._log.append(element)
        self._empty.hidden = True
        while len(self._lines) > MAX_LINES:
            self._lines.popleft()[0].remove()
        if at_end or line.sender is None:
            self._log.node.scrollTop = self._log.node.scrollHeight

    def clear(self) -> None:
        """Another call."""
        self._lines.clear()
        self._log.clear()
        self._empty.hidden = False

    def _send(self) -> None:
        said = self._say(self._text.value, self._to.value or None)
        if said is Said.SENT:
            self._text.value = ""
        key = _WORDS.get(said)
        self._said.text = "" if key is None else self._strings.text(key)
        self._text.focus()

    def _show_receivers(self, chosen: str) -> None:
        self._to.clear()
        for peer, label in (("", self._strings.text("people.everybody")), *self._people.items()):
            option = self._page.create("option")
            option.value, option.text = peer, label
            self._to.append(option)
        self._to.value = chosen if chosen in self._people else ""

    def _name(self, element: Element, line: ChatLine, label: str) -> None:
        own, text = line.sender is None, self._strings.text
        element.find(".chat-name").text = text("people.you") if own else label
        private = element.find(".chat-private")
        private.hidden = not line.is_private
        if line.is_private:
            words = text("people.privately-to", name=isolated(label))
            private.text = words if own else text("people.privately")

    def _is_at_end(self) -> bool:
        node = self._log.node
        return bool(node.scrollHeight - node.scrollTop - node.clientHeight < 40)

    def _renew(self) -> None:
        self._show_receivers(self._to.value)
        self._said.text = ""
        for element, line, label in self._lines:
            self._name(element, line, label)
