"""Who a person goes as: one thing of all that there is to pick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.ports import Storage
from persona_web.look.drawn_choice import DrawnChoice
from persona_web.look.portrait_choice import CHOICE_KEY, DRAWN, PortraitChoice

UNKNOWN: Final = ""
"""Of a portrait that was worn on the last visit, before it was looked up."""


class WhoChoice:
    """A drawn character, a look of their own or a portrait: always exactly one of them.

    Args:
        storage: where the choice of a portrait is kept.

    Attributes:
        undress: shows the drawn look, where a portrait was about to be looked up.
    """

    def __init__(self, storage: Storage, drawn: DrawnChoice) -> None:
        self.drawn = drawn
        self.undress: Callable[[], object] = lambda: None
        self._storage = storage
        self._portraits: PortraitChoice | None = None
        self._listeners: list[Callable[[], object]] = []
        drawn.editor.on_edit(self._edited)

    @property
    def picked(self) -> str:
        """The key of a character, :data:`~persona_web.look.drawn_choice.OWN_LOOK`, what a
        ``PortraitStatus`` calls a portrait, or :data:`UNKNOWN`."""
        if self._portraits is None:
            return UNKNOWN if PortraitChoice.is_kept(self._storage) else self.drawn.picked
        portrait = self._portraits.status.picked
        return self.drawn.picked if portrait == DRAWN else portrait

    def on_change(self, listener: Callable[[], object]) -> None:
        """Calls ``listener`` whenever something else may be picked, or there is more to pick."""
        self._listeners.append(listener)

    def join(self, portraits: PortraitChoice) -> None:
        """Takes in the portraits, which come after the page: before they are restored."""
        self._portraits = portraits
        portraits.on_change(self._tell)
        self._tell()

    def pick_drawn(self, key: str) -> None:
        """Goes as a character or in the own look, in place of any portrait."""
        self.drawn.pick(key)
        self._take_off()
        self._tell()

    def _edited(self) -> None:
        """Whoever changes their look wants to see it."""
        self._take_off()
        self._tell()

    def _take_off(self) -> None:
        if self._portraits is not None:
            self._portraits.take_off()
        elif PortraitChoice.is_kept(self._storage):
            self._storage.set(CHOICE_KEY, DRAWN)
            self.undress()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
