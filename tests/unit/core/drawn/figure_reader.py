"""Reads draw programs, for tests: an independent decoder of what the replayer gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from persona_core.drawn.program import Op
from persona_core.drawn.rig import Rig

HEADER = 7
"""Numbers before the first operation."""

OPERANDS = {
    Op.BEGIN: 0,
    Op.CURVE: 2,
    Op.LOOP: 2,
    Op.LINES: 2,
    Op.CLOSE: 0,
    Op.FILL: 2,
    Op.FILL_GRADIENT: 3,
    Op.STROKE: 3,
    Op.CLIP: 0,
    Op.UNCLIP: 0,
    Op.LIFT: 0,
}
"""Operands of each fixed-length operation; gradients carry their own count."""


@dataclass(frozen=True)
class Step:
    op: Op
    operands: tuple[float, ...]


def steps(rig: Rig) -> Iterator[Step]:
    """Every operation of a rig's program, gradients included."""
    data = rig.program.tolist()
    at = HEADER
    while at < len(data):
        op = Op(int(data[at]))
        count = 2 + 2 * int(data[at + 2]) if op in (Op.LINEAR, Op.RADIAL) else OPERANDS[op]
        yield Step(op, tuple(data[at + 1 : at + 1 + count]))
        at += 1 + count
    assert at == len(data)


def outline_points(rig: Rig) -> list[int]:
    """The points that paths go through: not those that only hold gradients, nor those of
    paint that a clip keeps inside another path."""
    used: set[int] = set()
    clips = 0
    for step in steps(rig):
        clips += (step.op is Op.CLIP) - (step.op is Op.UNCLIP)
        if step.op in (Op.CURVE, Op.LOOP, Op.LINES) and not clips:
            first, count = (int(v) for v in step.operands)
            used.update(range(first, first + count))
    return sorted(used)
