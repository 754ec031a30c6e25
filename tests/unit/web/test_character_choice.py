"""The character that a person goes as, over storage in memory."""

from __future__ import annotations

import pytest

from persona_core.drawn.characters import CHARACTERS
from persona_web.look.character_choice import CHARACTER_KEY, CharacterChoice


class MemoryStorage(dict[str, str]):
    """Keeps strings until it is told to refuse."""

    refuses = False

    def set(self, key: str, value: str) -> bool:
        if not self.refuses:
            self[key] = value
        return not self.refuses

    def remove(self, key: str) -> None:
        self.pop(key, None)


@pytest.mark.parametrize("stored", [{}, {CHARACTER_KEY: "nobody"}])
def test_choice_begins_with_the_first_character_when_none_is_known(stored: dict[str, str]) -> None:
    assert CharacterChoice(MemoryStorage(stored)).character is CHARACTERS[0]


def test_choice_is_the_same_when_the_page_is_opened_again() -> None:
    storage = MemoryStorage()
    assert CharacterChoice(storage).keep(CHARACTERS[3])
    assert CharacterChoice(storage).character is CHARACTERS[3]


def test_choice_holds_for_the_visit_when_nothing_can_be_stored() -> None:
    storage = MemoryStorage()
    storage.refuses = True
    choice = CharacterChoice(storage)
    assert not choice.keep(CHARACTERS[2])
    assert choice.character is CHARACTERS[2]
