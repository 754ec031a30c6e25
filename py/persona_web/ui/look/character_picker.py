"""The grid of characters to choose from: radio buttons with a drawn face each."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.drawn.characters import CHARACTERS, Character
from persona_core.face.params import FaceParams
from persona_web.view.avatar import Canvas, DrawnAvatar

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

NEUTRAL = FaceParams(time_ms=0.0)


class CharacterPicker:
    """``#characters``, filled from ``#character-card``."""

    def __init__(
        self,
        page: Page,
        strings: Strings,
        make_canvas: Callable[[Element], Canvas],
        chosen: str,
        on_choice: Callable[[Character], None],
    ) -> None:
        """
        Args:
            chosen: the key of the character to begin with.
            on_choice: hears what the person picks.
        """
        self._strings = strings
        self._names: list[tuple[Character, Element]] = []
        self._faces: list[DrawnAvatar] = []
        grid = page.element("characters")
        grid.clear()
        for character in CHARACTERS:
            card = page.clone("character-card")
            radio = card.find("input")
            radio.value = character.key
            radio.checked = character.key == chosen
            radio.on_change(functools.partial(on_choice, character))
            self._names.append((character, card.find(".character-name")))
            grid.append(card)
            self._faces.append(DrawnAvatar(make_canvas(card.find("canvas")), character.style))
        self._translate()
        page.on_language(self._translate)

    def _translate(self) -> None:
        """Writes the names in the person's language."""
        for character, name in self._names:
            name.text = self._strings.text(f"character.{character.key}")

    def draw(self, now_ms: float) -> None:
        """Draws every thumbnail, at rest."""
        for face in self._faces:
            face.draw(NEUTRAL, now_ms)
