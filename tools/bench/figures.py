"""What a benchmark yields: figures, some with a target, some that could not be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """Samples in brief; ``p95`` is what 95 % of them stay within."""

    median: float
    p95: float
    count: int

    @classmethod
    def of(cls, samples: Iterable[float]) -> Summary:
        """
        Raises:
            ValueError: there are no samples.
        """
        kept = np.fromiter(samples, dtype=float)
        if not kept.size:
            raise ValueError("nothing came to be measured")
        return cls(float(np.median(kept)), float(np.percentile(kept, 95)), kept.size)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no figure."""

    why: str

    @classmethod
    def of(cls, error: Exception) -> Failure:
        lines = str(error).strip().splitlines()
        return cls(lines[0] if lines else type(error).__name__)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why there was no measuring: nothing has gone wrong, something is not installed."""

    why: str


@dataclass(frozen=True, slots=True)
class Target:
    """What the design wants of a median, in the figure's unit."""

    sign: Literal["<", "<=", ">="]
    limit: float

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity.

    Attributes:
        column: where a part's figures form a grid of ``name`` by ``column``, the column.
    """

    name: str
    unit: str
    value: Summary | float | Failure | LeftOut
    target: Target | None = None
    column: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data: name, unit, what was measured, the target in words."""
        data: dict[str, Any] = {"name": self.name, "unit": self.unit}
        if self.column:
            data["column"] = self.column
        match self.value:
            case Summary(median, p95, count):
                data |= {"median": round(median, 4), "p95": round(p95, 4), "samples": count}
            case Failure(why):
                data |= {"failed": why}
            case LeftOut(why):
                data |= {"left_out": why}
            case value:
                data |= {"value": round(value, 4)}
        if self.target is not None:
            data["target"] = str(self.target)
        return data


def attempt(work: Callable[[], T]) -> T | Failure:
    """What ``work()`` gives, or why it gave nothing: no other figure shall suffer for it."""
    try:
        return work()
    except Exception as error:
        return Failure.of(error)


def known(value: T | Failure) -> T:
    """What was attempted.

    Raises:
        RuntimeError: it failed; says why.
    """
    if isinstance(value, Failure):
        raise RuntimeError(value.why)
    return value


def measured(
    name: str, unit: str, measure: Callable[[], Summary | float], target: Target | None = None
) -> Figure:
    """The figure that ``measure()`` gives, or its failure."""
    return Figure(name, unit, attempt(measure), target)


def has_failed(parts: Iterable[Iterable[Figure]]) -> bool:
    """Whether any figure of any part could not be measured."""
    return any(isinstance(figure.value, Failure) for part in parts for figure in part)
