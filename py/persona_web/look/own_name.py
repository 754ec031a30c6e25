"""What the person on this page calls themselves, kept between visits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.ports import Storage
from persona_core.wire.person_name import clean_name

NAME_KEY: Final = "name"


class OwnName:
    """The name; a person need not have one.

    Where storage is forbidden it lasts as long as the page.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._listeners: list[Callable[[], None]] = []
        self._name = clean_name(storage.get(NAME_KEY) or "")

    @property
    def value(self) -> str:
        """0 to 40 characters, clean by :func:`~persona_core.wire.person_name.clean_name`."""
        return self._name

    def set(self, text: str) -> str:
        """Takes on what can be a name of ``text``; empty for none. Returns :attr:`value`."""
        name = clean_name(text)
        if name != self._name:
            self._name = name
            if name:
                self._storage.set(NAME_KEY, name)
            else:
                self._storage.remove(NAME_KEY)
            for hear in self._listeners:
                hear()
        return self._name

    def on_change(self, hear: Callable[[], None]) -> None:
        """Calls ``hear`` whenever the name is another one."""
        self._listeners.append(hear)
