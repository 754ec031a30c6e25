"""``#react`` and ``#reaction-bar``: six reactions to choose from, put there when first wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.wire.people_messages import ReactionKind

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


class ReactionBar:
    """
    Args:
        on_react: hears what the person chose; the bar stays, for one more.
    """

    def __init__(
        self, page: Page, strings: Strings, on_react: Callable[[ReactionKind], None]
    ) -> None:
        self._page = page
        self._strings = strings
        self._on_react = on_react
        self._button = page.element("react")
        self._bar = page.element("reaction-bar")
        self._choices: dict[ReactionKind, Element] = {}
        self._button.on("click", self._toggle)
        self._bar.on_escape(self._close)
        page.on_language(self._name)

    def hide(self) -> None:
        """Nobody is there to see them."""
        self._bar.hidden = True
        self._button.set("aria-expanded", "false")

    def _toggle(self) -> None:
        if not self._bar.hidden:
            self.hide()
            return
        if not self._choices:
            for kind in ReactionKind:
                self._choices[kind] = self._make(kind)
            self._name()
        self._bar.hidden = False
        self._button.set("aria-expanded", "true")
        next(iter(self._choices.values())).focus()

    def _close(self) -> None:
        self.hide()
        self._button.focus()
        if not self._button.focused:  # it is in a menu that is closed
            self._page.element("main").focus()

    def _make(self, kind: ReactionKind) -> Element:
        choice = self._page.clone("reaction-button")
        choice.find("use").set("href", f"../icons/reactions.svg#{kind.value}")
        choice.on("click", lambda: self._on_react(kind))
        self._bar.append(choice)
        return choice

    def _name(self) -> None:
        for kind, choice in self._choices.items():
            name = self._strings.text(f"people.reaction.{kind.value}")
            choice.set("aria-label", name)
            choice.set("title", name)
