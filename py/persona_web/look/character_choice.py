"""Which ready-made character a person goes as, kept between visits."""

from __future__ import annotations

from persona_core.base.ports import Storage
from persona_core.drawn.characters import CHARACTERS, Character

CHARACTER_KEY = "character"


class CharacterChoice:
    """The character chosen last; a newcomer's is the first."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        key = storage.get(CHARACTER_KEY)
        self.character = next((one for one in CHARACTERS if one.key == key), CHARACTERS[0])

    def keep(self, character: Character) -> bool:
        """Takes another one; False where it holds for this visit only."""
        self.character = character
        return self._storage.set(CHARACTER_KEY, character.key)
