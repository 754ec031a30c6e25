"""The own look: edited step by step, kept between visits, told to others when it has settled.

A colour slider gives dozens of looks a second. Each is worn at the next displayed frame, the
newest only; what costs more, storing and sending, waits for a short rest of the hand.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable

from persona_core.base.ports import Storage
from persona_core.drawn.characters import Character
from persona_core.drawn.options import random_style
from persona_core.drawn.style import AvatarStyle
from persona_core.drawn.undo_history import UndoHistory
from persona_core.errors import StyleError
from persona_web.look.character_choice import CharacterChoice

LOOK_KEY = "look"
QUIET_MS = 200.0
"""So long a rest means that the hand has settled."""
PATIENCE_MS = 600.0
"""So long a change waits at most, while the hand goes on."""

StyleListener = Callable[[AvatarStyle], object]


def stored_style(storage: Storage) -> AvatarStyle | None:
    """The look kept last; one that cannot be read is forgotten."""
    text = storage.get(LOOK_KEY)
    if text is None:
        return None
    try:
        return AvatarStyle.from_dict(json.loads(text))
    except (StyleError, ValueError, RecursionError):
        storage.remove(LOOK_KEY)
        return None


class LookEditor:
    """The look of the person before the page, and who has to know of it.

    Without a look of their own a person wears their ready-made character, to which a reset
    goes back, too.
    """

    def __init__(self, storage: Storage, rng: random.Random) -> None:
        self._storage = storage
        self._rng = rng
        self._base = CharacterChoice(storage)
        original = self._base.character.style
        self._history = UndoHistory(stored_style(storage) or original, original)
        self._worn = self._told = self._history.style
        self._changed_ms: float | None = None
        self._waiting_ms: float | None = None
        self._on_edit: list[Callable[[], object]] = []
        self._on_wear: list[StyleListener] = []
        self._on_settle: list[StyleListener] = []
        self._on_forgetting: Callable[[], object] = lambda: None

    @property
    def style(self) -> AvatarStyle:
        """The look now, whether it is already shown or not."""
        return self._history.style

    @property
    def character(self) -> Character:
        """The ready-made character that the look started from."""
        return self._base.character

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    @property
    def is_original(self) -> bool:
        """Whether a reset would change nothing."""
        return self._history.is_original

    def on_edit(self, listener: Callable[[], object]) -> None:
        """Calls ``listener`` at every change, at once: for what shows the choices."""
        self._on_edit.append(listener)

    def on_wear(self, listener: StyleListener) -> None:
        """Calls ``listener`` with the newest look, at most once a step: for what draws it."""
        self._on_wear.append(listener)

    def on_settle(self, listener: StyleListener) -> None:
        """Calls ``listener`` with a look that has come to rest: for who is told of it."""
        self._on_settle.append(listener)

    def on_forgetting(self, listener: Callable[[], object]) -> None:
        """Calls ``listener`` when the browser would not keep the look."""
        self._on_forgetting = listener

    def wear(self, style: AvatarStyle, touched: str | None = None) -> None:
        """Puts on another look; see :meth:`UndoHistory.wear` for ``touched``."""
        self._history.wear(style, touched)
        self._edited()

    def start_from(self, character: Character) -> None:
        """Puts on a ready-made character; resets go back to it from now on."""
        self._base.keep(character)
        self._history.original = character.style
        self.wear(character.style)

    def settle(self) -> None:
        """The hand was taken away: the next change is a step of its own."""
        self._history.settle()

    def shuffle(self) -> None:
        """Puts on a look made by chance."""
        self.wear(random_style(self._rng))

    def undo(self) -> None:
        self._history.undo()
        self._edited()

    def redo(self) -> None:
        self._history.redo()
        self._edited()

    def reset(self) -> None:
        """Back to the ready-made character; can be undone."""
        self._history.reset()
        self._edited()

    def step(self, now_ms: float) -> None:
        """Once a displayed frame: shows what is new, tells and keeps what has settled."""
        style = self.style
        if style is not self._worn:
            self._worn = style
            self._changed_ms = now_ms
            if self._waiting_ms is None:
                self._waiting_ms = now_ms
            for listener in self._on_wear:
                listener(style)
        if self._changed_ms is None or self._waiting_ms is None:
            return
        if now_ms >= min(self._changed_ms + QUIET_MS, self._waiting_ms + PATIENCE_MS):
            self._changed_ms = self._waiting_ms = None
            self._tell(style)

    def flush(self) -> None:
        """Shows, tells and keeps at once what waits: the page is being left."""
        self.step(math.inf)

    def _tell(self, style: AvatarStyle) -> None:
        if style == self._told:
            return
        self._told = style
        for listener in self._on_settle:
            listener(style)
        if not self._storage.set(LOOK_KEY, json.dumps(style.to_dict())):
            self._on_forgetting()

    def _edited(self) -> None:
        for listener in self._on_edit:
            listener()
