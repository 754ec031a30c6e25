"""Which drawn look a person goes as where ready-made characters and a look of their own stand side
by side: picking one of them does not lose the other.

What is worn lies where pages without that choice look for it, so that a person is the same on all
pages. A look of their own that was changed for a character is kept aside.
"""

from __future__ import annotations

import json
import random
from typing import Final

from persona_core.base.ports import Storage
from persona_core.drawn.characters import CHARACTERS, Character
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import StyleError
from persona_web.look.character_choice import CHARACTER_KEY, CharacterChoice
from persona_web.look.look_editor import LOOK_KEY, LookEditor

OWN_LOOK: Final = "look"
"""Stands for a person's own look where characters are named by their keys."""
ASIDE_KEY: Final = "look.own"
DAMAGED_KEY: Final = "look.damaged"
"""Where a look lies that could not be read: by a later version perhaps it can."""


class _GuardedStorage:
    """A storage in which the look that is kept may not be overwritten for a while."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.is_shut = False

    def get(self, key: str) -> str | None:
        return self._storage.get(key)

    def set(self, key: str, value: str) -> bool:
        if self.is_shut and key == LOOK_KEY:
            return False
        return self._storage.set(key, value)

    def remove(self, key: str) -> None:
        self._storage.remove(key)


class DrawnChoice:
    """The drawn look worn now, and the person's own one, worn or not.

    Attributes:
        editor: changes what is worn. Whatever differs from every character is the person's own.
        is_damaged: whether a look was kept that cannot be read; it was put aside.
    """

    def __init__(self, storage: Storage, rng: random.Random) -> None:
        self._storage = _GuardedStorage(storage)
        self.is_damaged = False
        worn = self._read(LOOK_KEY)
        character = CharacterChoice(storage).character
        if worn is not None and worn != character.style and ready_made(worn) is not None:
            storage.remove(LOOK_KEY)  # a page that knows no looks had another one picked since
        self.editor = LookEditor(self._storage, rng)
        self._character = character.key
        self._own = self._read(ASIDE_KEY)
        self._is_aside = self._own is not None
        self._edited()
        self.editor.on_edit(self._edited)

    @property
    def picked(self) -> str:
        """The key of the character that is worn, or :data:`OWN_LOOK`."""
        style = self.editor.style
        if style == self.editor.character.style:
            return self.editor.character.key
        character = ready_made(style)
        return OWN_LOOK if character is None else character.key

    @property
    def own(self) -> AvatarStyle | None:
        """The person's own look, the newest; None where they have made none."""
        return self._own

    def pick(self, key: str) -> None:
        """Wears a character, or the own look if there is one; can be undone. A key of nothing
        changes nothing."""
        if key == self.picked:
            return
        character = next((one for one in CHARACTERS if one.key == key), None)
        if character is not None:
            self.editor.start_from(character)
        elif key == OWN_LOOK and self._own is not None:
            self.editor.wear(self._own)

    def _edited(self) -> None:
        """Keeps an own look aside that is worn no more. Where that cannot be done, what is kept of
        it stays where it is: nothing takes its place."""
        own, picked = self.editor.style, self.picked
        is_worn = picked == OWN_LOOK
        if is_worn and own != self._own:
            self._own, self._is_aside = own, False
        elif not is_worn and self._own is not None and not self._is_aside:
            self._is_aside = self._storage.set(ASIDE_KEY, json.dumps(self._own.to_dict()))
        if picked not in (OWN_LOOK, self._character):  # by undoing, perhaps
            self._character = picked
            self._storage.set(CHARACTER_KEY, picked)
        self._storage.is_shut = not is_worn and self._own is not None and not self._is_aside

    def _read(self, key: str) -> AvatarStyle | None:
        text = self._storage.get(key)
        if text is None:
            return None
        try:
            return AvatarStyle.from_dict(json.loads(text))
        except (StyleError, ValueError, RecursionError):
            self.is_damaged = True
            self._storage.remove(key)  # first: there may be no room for both
            self._storage.set(DAMAGED_KEY, text)
            return None


def ready_made(style: AvatarStyle) -> Character | None:
    """The character that looks so; None for a look of somebody's own."""
    return next((one for one in CHARACTERS if one.style == style), None)
