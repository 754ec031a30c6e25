"""``StepWatch``: whether a person shows what a step asks for, holds it, and what is in the way."""

from __future__ import annotations

from enum import Enum
from typing import Final

from persona_core.base.arrays import Floats
from persona_core.portrait.wizard.hindrances import (
    LASTING,
    PUT_UP_WITH_MS,
    Glimpse,
    Hindrance,
    hindrances,
)
from persona_core.portrait.wizard.steps import NOBODY, Rest, Step, level, share_asked

HOLD_MS: Final = 400.0
"""How long an expression is held before its picture is taken."""
STRAIGHT_HOLD_MS: Final = 700.0
"""The first one gives the person's rest, too, which one odd frame should not spoil."""
SLIP_MS: Final = 180.0
"""A hold outlives what is shorter: a frame in which the tracker saw less."""
KEPT_SHARE: Final = 0.85
"""Of what was asked for that has to be kept while it is held."""
SILENT_MS: Final = 2_500.0
"""A tracker that says nothing for longer is waited for."""
SHARPEST_KEPT: Final = 0.98
"""Of the best sharpness so far, a frame: light changes, and a sharpness once seen may be noise."""


class Held(Enum):
    """How far a hold has come."""

    NOT = "not"
    GOING = "going"
    DONE = "done"


class StepWatch:
    """Attributes:
    step: the one that is asked for.
    rest: the person's own; :data:`~persona_core.portrait.wizard.steps.NOBODY`'s before it is
        known.
    hindrance: the most important thing in the way, None for nothing.
    newest: the last sight of the person, None where nobody was seen.
    """

    def __init__(self) -> None:
        self.rest: Rest = NOBODY
        self.hindrance: Hindrance | None = None
        self.newest: Glimpse | None = None
        self.step = Step.STRAIGHT
        self._now_ms = 0.0
        self._begun_ms = 0.0
        self._seen_ms = 0.0
        self._held_from_ms: float | None = None
        self._good_ms = 0.0
        self._level = 0.0
        self._sharpest = 0.0
        self._since: dict[Hindrance, float] = {}
        self._put_up_with: set[Hindrance] = set()
        self._shapes: list[Floats] = []
        self._angles: list[tuple[float, float, float]] = []

    @property
    def progress(self) -> float:
        """How much of the hold is over, in [0, 1]."""
        if self._held_from_ms is None:
            return 0.0
        return min(1.0, (self._good_ms - self._held_from_ms) / self._hold_ms)

    @property
    def shown_share(self) -> float:
        """How much of what is asked for is shown, in [0, 1]."""
        return min(1.0, max(0.0, self._level / self._asked))

    def begin(self, step: Step, now_ms: float) -> None:
        """A step begins, or the same once more."""
        self.step = step
        self._now_ms = self._begun_ms = now_ms
        self._level = 0.0
        self.hindrance = None
        self._since.clear()
        self._put_up_with &= LASTING
        self.drop()

    def drop(self) -> None:
        """What was held no longer counts."""
        self._held_from_ms = None
        self._shapes.clear()
        self._angles.clear()

    def forget(self) -> None:
        """Somebody else may sit there next."""
        self.rest = NOBODY
        self.newest = None
        self._sharpest = 0.0
        self._put_up_with.clear()

    def see(self, glimpse: Glimpse | None, now_ms: float) -> Held:
        """Takes what the tracker saw in a new frame; None for nobody."""
        self._now_ms = self._seen_ms = now_ms
        before, self.newest = self.newest, glimpse
        if glimpse is None:
            self._level = 0.0
            self.hindrance = self._foremost((Hindrance.NO_FACE,))
            return self._judge(False)
        if glimpse.light is not None:
            self._sharpest = max(SHARPEST_KEPT * self._sharpest, glimpse.light.sharpness)
        found = hindrances(self.step, glimpse, self.rest, before, self._sharpest)
        self.hindrance = self._foremost(found)
        self._level = level(self.step, glimpse.shapes, glimpse.angles[0], self.rest)
        enough = self._asked * (1.0 if self._held_from_ms is None else KEPT_SHARE)
        good = self.hindrance is None and self._level >= enough
        if good:
            self._note(glimpse)
        return self._judge(good)

    def wait(self, now_ms: float) -> Held:
        """Time goes by in which nothing may be heard of the tracker."""
        self._now_ms = now_ms
        if now_ms - max(self._seen_ms, self._begun_ms) <= SILENT_MS:
            return Held.NOT if self._held_from_ms is None else Held.GOING
        self.hindrance = Hindrance.WAITING
        self.drop()
        return Held.NOT

    def take_rest(self) -> None:
        """What was held, or else what was seen last, is the person's rest."""
        if not self._shapes and self.newest is not None:
            self._note(self.newest)
        if self._shapes:
            self.rest = Rest.of(self._shapes, self._angles)

    @property
    def _hold_ms(self) -> float:
        return STRAIGHT_HOLD_MS if self.step is Step.STRAIGHT else HOLD_MS

    @property
    def _asked(self) -> float:
        return share_asked(self._now_ms - self._begun_ms)

    def _note(self, glimpse: Glimpse) -> None:
        self._shapes.append(glimpse.shapes)
        self._angles.append(glimpse.angles)

    def _judge(self, good: bool) -> Held:
        now_ms = self._now_ms
        if good:
            self._good_ms = now_ms
            if self._held_from_ms is None:
                self._held_from_ms = now_ms
            return Held.DONE if now_ms - self._held_from_ms >= self._hold_ms else Held.GOING
        if self._held_from_ms is not None and now_ms - self._good_ms <= SLIP_MS:
            return Held.GOING
        self.drop()
        return Held.NOT

    def _foremost(self, found: tuple[Hindrance, ...]) -> Hindrance | None:
        """The most important of them that was not told of for long enough."""
        for each in [old for old in self._since if old not in found]:
            del self._since[each]
        for each in found:
            since = self._since.setdefault(each, self._now_ms)
            if self._now_ms - since > PUT_UP_WITH_MS.get(each, float("inf")):
                self._put_up_with.add(each)
        return next((each for each in found if each not in self._put_up_with), None)
