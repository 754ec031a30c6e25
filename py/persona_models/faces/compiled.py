"""Functions that numba compiles; what is cached lies beside their modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def exact(function: F) -> F:
    """A compiled function whose sums are made in the order in which they are written."""
    return cast(F, numba.njit(cache=True)(function))


def fast(function: F) -> F:
    """A compiled function whose arithmetic may be reordered."""
    return cast(F, numba.njit(cache=True, fastmath=True)(function))


def inlined(function: F) -> F:
    """As :func:`fast`, and written out where another compiled function calls it."""
    return cast(F, numba.njit(cache=True, fastmath=True, inline="always")(function))
