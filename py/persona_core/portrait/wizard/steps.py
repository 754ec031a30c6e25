"""What a person is asked to show for a portrait of several pictures, one step after the other, and
when they show it.

Values are measured from the person's own rest, which the first step gives: a tracker's zero is
nobody's. Few people can do everything fully, so what counts as reached falls with the time that
they try (:func:`share_asked`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats, median
from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import NEUTRAL_SHAPES

EASY_FROM_MS: Final = 3_000.0
"""So long the whole expression is asked for."""
EASIEST_MS: Final = 9_000.0
"""From then on :data:`LEAST_SHARE` of it is enough."""
LEAST_SHARE: Final = 0.5
MOST_TURN_DEGREES: Final = 26.0
"""Of a turned head: beyond, half of the face is not seen well enough to be drawn from."""
LIDS_SHUT_RISE: Final = 0.25
"""Of ``eyeBlink`` above rest: more is a blink, which no other picture should have."""
MOVED_RISE: Final = LIDS_SHUT_RISE
"""Of what is to be still, above rest: so much is no difference between two readings of a face."""


class Step(StrEnum):
    """Each has the sentences ``wizard.step.<value>`` and ``wizard.ask.<value>``."""

    STRAIGHT = "straight"
    EYES_CLOSED = "eyes-closed"
    SMILE = "smile"
    AH = "ah"
    OO = "oo"
    BROWS = "brows"
    LOOK_LEFT = "look-left"
    LOOK_RIGHT = "look-right"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"


Shapes = tuple[B, ...]


@dataclass(frozen=True, slots=True)
class Rise:
    """Something that has to be shown.

    Attributes:
        ways: each is one way to show it, by blendshapes whose mean counts; the one that rose most
            is taken.
        by: how much above rest is fully shown.
        most_rest: as much of it may be rest: beyond, it was shown already.
    """

    ways: tuple[Shapes, ...]
    by: float
    most_rest: float = 1.0

    def level(self, shapes: Floats, rest: Floats) -> float:
        """1 where it is fully shown, 0 at rest."""
        rise = shapes - np.minimum(rest, self.most_rest)
        return max(float(rise[list(way)].mean()) for way in self.ways) / self.by


@dataclass(frozen=True, slots=True)
class Quiet:
    """Something that has to be still.

    Attributes:
        shapes: whose mean counts.
        below: what it may be, whoever it is.
    """

    shapes: Shapes
    below: float

    def level(self, shapes: Floats) -> float:
        """1 where it is still, less the more it is not."""
        return min(1.0, self.below / max(float(shapes[list(self.shapes)].mean()), 1e-6))


_BLINKS: Final[Shapes] = (B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT)
_SMILE: Final[Shapes] = (B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT)
_TEETH: Final = (
    (B.MOUTH_UPPER_UP_LEFT, B.MOUTH_UPPER_UP_RIGHT),
    (B.MOUTH_LOWER_DOWN_LEFT, B.MOUTH_LOWER_DOWN_RIGHT),
    (B.JAW_OPEN,),
)
_OUTER_BROWS: Final[Shapes] = (B.BROW_OUTER_UP_LEFT, B.BROW_OUTER_UP_RIGHT)


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What a step asks for.

    Attributes:
        rises: all of them have to be shown.
        quiet: all of them have to be still.
        turn: degrees that the head has to be turned by from rest, positive to the person's own
            left; 0 for a head that stays.
        eyes_closed: whether the lids are meant to be down, and the person cannot see the page.
        shown: the blendshapes with which the step is shown as an example.
    """

    rises: tuple[Rise, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    turn: float = 0.0
    eyes_closed: bool = False
    shown: tuple[tuple[B, float], ...] = ()

    @property
    def example(self) -> Floats:
        """(52,) blendshapes of the example."""
        example = NEUTRAL_SHAPES.copy()
        for shape, value in self.shown:
            example[shape] = value
        return example


def _shown(value: float, *shapes: B) -> tuple[tuple[B, float], ...]:
    return tuple((shape, value) for shape in shapes)


_LOOK_LEFT: Final[Shapes] = (B.EYE_LOOK_OUT_LEFT, B.EYE_LOOK_IN_RIGHT)
_LOOK_RIGHT: Final[Shapes] = (B.EYE_LOOK_IN_LEFT, B.EYE_LOOK_OUT_RIGHT)

PLANS: Final[dict[Step, StepPlan]] = {
    Step.STRAIGHT: StepPlan(
        quiet=(Quiet((B.JAW_OPEN,), 0.12), Quiet(_BLINKS, 0.45), Quiet(_SMILE, 0.5))
    ),
    Step.EYES_CLOSED: StepPlan(
        rises=(Rise((_BLINKS,), 0.3),), eyes_closed=True, shown=_shown(1.0, *_BLINKS)
    ),
    Step.SMILE: StepPlan(
        rises=(Rise((_SMILE,), 0.4, 0.35), Rise(_TEETH, 0.08, 0.2)),
        shown=(
            *_shown(0.9, *_SMILE),
            *_shown(0.5, *_TEETH[0]),
            *_shown(0.25, B.JAW_OPEN),
        ),
    ),
    Step.AH: StepPlan(rises=(Rise(((B.JAW_OPEN,),), 0.35),), shown=_shown(0.75, B.JAW_OPEN)),
    Step.OO: StepPlan(
        rises=(Rise(((B.MOUTH_PUCKER,), (B.MOUTH_FUNNEL,)), 0.3),),
        shown=(*_shown(0.9, B.MOUTH_PUCKER), *_shown(0.3, B.MOUTH_FUNNEL)),
    ),
    Step.BROWS: StepPlan(
        rises=(Rise(((B.BROW_INNER_UP,), _OUTER_BROWS), 0.35),),
        shown=_shown(1.0, B.BROW_INNER_UP, *_OUTER_BROWS),
    ),
    Step.LOOK_LEFT: StepPlan(rises=(Rise((_LOOK_LEFT,), 0.35),), shown=_shown(0.9, *_LOOK_LEFT)),
    Step.LOOK_RIGHT: StepPlan(rises=(Rise((_LOOK_RIGHT,), 0.35),), shown=_shown(0.9, *_LOOK_RIGHT)),
    Step.TURN_LEFT: StepPlan(turn=14.0),
    Step.TURN_RIGHT: StepPlan(turn=-14.0),
}
"""By step, in the order in which they are asked. The thresholds lie at about half of what people
reach who are asked: on films of real faces MediaPipe reads 0.4 to 0.9 for closed lids, 0.6 to 0.99
for a broad smile, 0.4 to 0.8 for a mouth that says "ah"."""

STEPS: Final = tuple(PLANS)


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A person while nothing is asked of them.

    Attributes:
        shapes: (52,) float32.
        yaw: degrees, of the head before this camera.
        pitch: likewise.
        roll: likewise.
    """

    shapes: Floats
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    def __post_init__(self) -> None:
        if self.shapes.shape != (blendshapes.COUNT,):
            raise ValueError(f"blendshapes of shape {self.shapes.shape}")

    @classmethod
    def of(cls, shapes: list[Floats], angles: list[tuple[float, float, float]]) -> Rest:
        """The rest in some moments of a still face, at least one: their medians."""
        middle = median(np.array(shapes), axis=0).astype(np.float32)
        return cls(middle, *median(np.array(angles), axis=0).tolist())


NOBODY: Final = Rest(NEUTRAL_SHAPES)
"""What a person is measured from before their rest is known."""


def level(step: Step, shapes: Floats, yaw: float, rest: Rest) -> float:
    """How much of what a step asks for is shown: 0 at rest, 1 and more when fully.

    Args:
        shapes: (52,) blendshapes as tracked.
        yaw: degrees, positive towards the person's own left.
        rest: of this person.
    """
    plan = PLANS[step]
    levels = [rise.level(shapes, rest.shapes) for rise in plan.rises]
    levels += [quiet.level(shapes) for quiet in plan.quiet]
    if plan.turn:
        levels.append((yaw - rest.yaw) / plan.turn)
    if step is not Step.STRAIGHT and not plan.eyes_closed:
        blinks = list(_BLINKS)
        if float((shapes - rest.shapes)[blinks].mean()) > LIDS_SHUT_RISE:
            return 0.0
    return min(levels)


def has_moved(shapes: Floats, rest: Rest) -> bool:
    """Whether a picture that was taken of a face at rest shows it doing something: a blink, a word.

    Args:
        shapes: (52,) blendshapes that were found in the picture.
        rest: of this person, as it was tracked until the picture was taken.
    """
    for quiet in PLANS[Step.STRAIGHT].quiet:
        shown, before = (float(each[list(quiet.shapes)].mean()) for each in (shapes, rest.shapes))
        if shown > quiet.below and shown - before > MOVED_RISE:
            return True
    return False


def share_asked(tried_ms: float) -> float:
    """How much of a step's expression is enough after so long a try, in [0.5, 1]."""
    way = (tried_ms - EASY_FROM_MS) / (EASIEST_MS - EASY_FROM_MS)
    return 1.0 - (1.0 - LEAST_SHARE) * min(max(way, 0.0), 1.0)
