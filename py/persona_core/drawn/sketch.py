"""``Sketch``: what the parts draw on when a style is built.

Parts add *runs* of control points (rest position, depth, how the run hangs on the body, how
each control moves it) and then paint paths over them with the verbs of a canvas. The result
is a program (see :mod:`persona_core.drawn.program`) and the arrays the rig moves.

Units: the face's half-width is about 100; x to the right, y up, z towards the viewer; the
origin lies between the ears. One unit is about 0.7 mm of a real face.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.drawn.controls import CONTROL_COUNT, Control
from persona_core.drawn.program import Op, Program

Array = npt.NDArray[np.float64]
Morphs = Mapping[Control, npt.ArrayLike]
Stops = Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Run:
    """``count`` points that lie one after another from index ``start``."""

    start: int
    count: int

    def split(self, size: int) -> list[Run]:
        """Runs of ``size`` points each; ``count`` must be a multiple of it."""
        return [Run(self.start + k, size) for k in range(0, self.count, size)]


@dataclass(frozen=True, slots=True)
class Binding:
    """How points hang on the figure; each value is one number or one a point.

    Attributes:
        follow: 1 moves with the head, 0 with the torso, between: blended (the neck).
        roundness: 1 keeps its distance from the axis when the head turns, as the outline of a
            ball does; 0 turns as a flat board would.
        sway: how much of the hair's swing it takes.
        breath: how much of the breath it takes.
    """

    follow: npt.ArrayLike = 1.0
    roundness: npt.ArrayLike = 0.0
    sway: npt.ArrayLike = 0.0
    breath: npt.ArrayLike = 0.0


HEAD = Binding()
TORSO = Binding(follow=0.0, breath=1.0)


@dataclass(slots=True)
class Sketch:
    """Collects points, morphs, scalars and paint operations."""

    program: Program = field(default_factory=Program)
    names: dict[str, Run] = field(default_factory=dict)
    _rest: list[Array] = field(default_factory=list)
    _bind: list[Array] = field(default_factory=list)
    _morphs: list[tuple[int, Run, Array]] = field(default_factory=list)
    _scalars: list[tuple[float, dict[Control, float]]] = field(default_factory=list)
    _count: int = 0

    # ---- points -------------------------------------------------------------------------

    def run(
        self,
        xy: npt.ArrayLike,
        z: npt.ArrayLike = 0.0,
        binding: Binding = HEAD,
        morphs: Morphs | None = None,
        name: str | None = None,
    ) -> Run:
        """Adds points.

        Args:
            xy: (n, 2) rest positions.
            z: depth, one number or (n,).
            binding: how they hang on the figure.
            morphs: control to displacement, broadcastable to (n, 2).
            name: a name under which tests and other parts find the run.
        """
        points = np.asarray(xy, dtype=np.float64)
        count = len(points)
        rest = np.empty((count, 3))
        rest[:, :2] = points
        rest[:, 2] = z
        bind = np.empty((count, 4))
        for column, value in enumerate(
            (binding.follow, binding.roundness, binding.sway, binding.breath)
        ):
            bind[:, column] = value
        run = Run(self._count, count)
        self._count += count
        self._rest.append(rest)
        self._bind.append(bind)
        for control, offsets in (morphs or {}).items():
            offsets = np.broadcast_to(np.asarray(offsets, dtype=np.float64), (count, 2))
            if np.any(offsets):
                self._morphs.append((int(control), run, np.array(offsets)))
        if name is not None:
            self.names[name] = run
        return run

    def scalar(self, base: float, weights: Mapping[Control, float]) -> int:
        """Adds an opacity in [0, 1]: ``base`` plus the weighted controls, clipped."""
        self._scalars.append((base, dict(weights)))
        return len(self._scalars) - 1

    # ---- paths --------------------------------------------------------------------------

    def begin(self) -> Sketch:
        """Starts a new path."""
        self.program.emit(Op.BEGIN)
        return self

    def curve(self, run: Run) -> Sketch:
        """Continues smoothly through a run's points; a corner where it joins the path."""
        self.program.emit(Op.CURVE, run.start, run.count)
        return self

    def loop(self, run: Run) -> Sketch:
        """A closed smooth curve through a run's points."""
        self.program.emit(Op.LOOP, run.start, run.count)
        return self

    def lines(self, run: Run) -> Sketch:
        """Continues in straight lines through a run's points."""
        self.program.emit(Op.LINES, run.start, run.count)
        return self

    def lift(self) -> Sketch:
        """What follows is not joined to what was drawn, yet of the same path."""
        self.program.emit(Op.LIFT)
        return self

    def close(self) -> Sketch:
        self.program.emit(Op.CLOSE)
        return self

    # ---- paint --------------------------------------------------------------------------

    def fill(self, colour: str, opacity: int | None = None) -> Sketch:
        """Fills the path; ``opacity`` is a scalar's number."""
        self.program.emit(Op.FILL, self.program.colour(colour), _slot(opacity))
        return self

    def linear(self, frame: Run, stops: Stops, opacity: int | None = None) -> Sketch:
        """Fills with a gradient that runs from a frame's first point to its second."""
        self.program.emit(
            Op.FILL_GRADIENT, self.program.gradient(False, stops), frame.start, _slot(opacity)
        )
        return self

    def radial(self, frame: Run, stops: Stops, opacity: int | None = None) -> Sketch:
        """Fills with an elliptic gradient: a frame's first point is the centre, the other
        two are the ends of its half-axes."""
        self.program.emit(
            Op.FILL_GRADIENT, self.program.gradient(True, stops), frame.start, _slot(opacity)
        )
        return self

    def stroke(self, colour: str, width: float, opacity: int | None = None) -> Sketch:
        """Strokes the path, ``width`` in units, with round caps and joins."""
        self.program.emit(Op.STROKE, self.program.colour(colour), width, _slot(opacity))
        return self

    def clip(self) -> Sketch:
        """Limits what follows, until :meth:`unclip`, to the path."""
        self.program.emit(Op.CLIP)
        return self

    def unclip(self) -> Sketch:
        self.program.emit(Op.UNCLIP)
        return self

    # ---- result -------------------------------------------------------------------------

    @property
    def point_count(self) -> int:
        return self._count

    @property
    def scalar_count(self) -> int:
        return len(self._scalars)

    def rest(self) -> Array:
        """(n, 3) rest positions."""
        return np.concatenate(self._rest)

    def bindings(self) -> Array:
        """(n, 4): follow, roundness, sway, breath."""
        return np.concatenate(self._bind)

    def basis(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
        """The points that controls move, and how: (m,) indices and (2 m, CONTROL_COUNT);
        the first m rows are x, the others y."""
        dense = np.zeros((2, self._count, CONTROL_COUNT), dtype=np.float32)
        for control, run, offsets in self._morphs:
            dense[:, run.start : run.start + run.count, control] += offsets.T
        moved = np.flatnonzero(np.any(dense, axis=(0, 2)))
        return moved, np.ascontiguousarray(dense[:, moved].reshape(-1, CONTROL_COUNT))

    def scalars(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Opacities: (s,) at rest and (s, CONTROL_COUNT) weights."""
        base = np.array([base for base, _ in self._scalars], dtype=np.float32)
        weights = np.zeros((len(base), CONTROL_COUNT), dtype=np.float32)
        for row, (_, terms) in enumerate(self._scalars):
            for control, weight in terms.items():
                weights[row, control] = weight
        return base, weights


class Drawing:
    """What a sketch comes to.

    Attributes:
        program: what is drawn (see :mod:`persona_core.drawn.program`), constant.
        colours: the CSS colours that the program numbers, constant.
        value_count: how many values a frame has.
    """

    def __init__(self, sketch: Sketch, view: tuple[float, float, float, float]) -> None:
        """
        Args:
            view: left, top, right, bottom of what every canvas shows whole, in units; y down.
        """
        count = sketch.point_count
        program = sketch.program.encoded(count, sketch.scalar_count, view)
        self._take(program, sketch.program.colours(), count, sketch.scalar_count)

    def _take(
        self, program: Floats, colours: tuple[str, ...], point_count: int, scalar_count: int
    ) -> None:
        """Shows a program with values of its own."""
        self.program: Floats = program
        self.colours: tuple[str, ...] = colours
        self.value_count: int = 2 * point_count + scalar_count
        self._values: Floats = np.zeros(self.value_count, dtype=np.float32)
        self._points = self._values[: 2 * point_count].reshape(point_count, 2)
        self._opacities = self._values[2 * point_count :]


def _slot(opacity: int | None) -> int:
    return -1 if opacity is None else opacity
