"""Names of the arrays that numbers travel in, and the step that many of them take."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def smooth_between(low: float, high: npt.ArrayLike, values: npt.ArrayLike) -> Doubles:
    """0 below ``low``, 1 above ``high``, and between them a path that starts and ends at rest."""
    span = np.maximum(np.asarray(high, dtype=np.float64) - low, 1e-9)
    t = np.clip((np.asarray(values, dtype=np.float64) - low) / span, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def median(values: npt.ArrayLike, axis: int | None = None) -> Doubles:
    """As numpy's own, which imports a module of numpy's when it is first called: a page has no
    modules but those that the build has imported for it.

    Raises:
        IndexError: there are no values.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if axis is None:
        return np.asarray(np.percentile(numbers, 50))
    return np.asarray(np.percentile(numbers, 50, axis=axis))
