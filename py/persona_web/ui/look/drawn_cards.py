"""The drawn looks that a person can go as: radio buttons with a drawn face each."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_web.look.drawn_choice import OWN_LOOK
from persona_web.look.who_choice import WhoChoice
from persona_web.ui.look.character_picker import NEUTRAL
from persona_web.view.avatar import Canvas, DrawnAvatar

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


class DrawnCards:
    """``#characters``, filled from ``#drawn-card``: the characters, and the person's own look once
    there is one.

    Args:
        who: what is ticked, which may be none of these.
    """

    def __init__(
        self, page: Page, strings: Strings, make_canvas: Callable[[Element], Canvas], who: WhoChoice
    ) -> None:
        self._strings = strings
        self._make_canvas = make_canvas
        self._who = who
        self._cards: dict[str, Element] = {}
        self._faces: dict[str, DrawnAvatar] = {}
        self._shown: AvatarStyle | None = None
        grid = page.element("characters")
        grid.clear()
        for key in (*(character.key for character in CHARACTERS), OWN_LOOK):
            card = page.clone("drawn-card")
            radio = card.find("input")
            radio.value = key
            radio.on_change(functools.partial(who.pick_drawn, key))
            self._cards[key] = card
            grid.append(card)
        for character in CHARACTERS:
            self._draw(character.key, character.style)
        self._draw_own()
        who.on_change(self._render)
        who.drawn.editor.on_settle(lambda _style: self._draw_own())
        page.on_language(self._translate)
        self._translate()
        self._render()

    def _draw(self, key: str, style: AvatarStyle) -> None:
        face = self._faces.get(key)
        if face is None:
            face = DrawnAvatar(self._make_canvas(self._cards[key].find("canvas")), style)
            self._faces[key] = face
        else:
            face.style = style
        face.draw(NEUTRAL, 0.0)

    def _draw_own(self) -> None:
        own = self._who.drawn.own
        if own is not None and own != self._shown:
            self._shown = own
            self._draw(OWN_LOOK, own)

    def _translate(self) -> None:
        for key, card in self._cards.items():
            name = "who.own-look" if key == OWN_LOOK else f"character.{key}"
            card.find(".character-name").text = self._strings.text(name)

    def _render(self) -> None:
        self._cards[OWN_LOOK].hidden = self._who.drawn.own is None
        for key, card in self._cards.items():
            card.find("input").checked = key == self._who.picked
