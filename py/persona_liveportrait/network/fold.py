"""Arithmetic on weights that saves operators at run time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

BATCH_NORM_EPS = 1e-5
CONVNEXT_EPS = 1e-6
"""Of every normalisation in the motion extractor."""


def batch_norm_affine(
    gamma: Array, beta: Array, mean: Array, variance: Array
) -> tuple[Array, Array]:
    """Scale and offset per channel that a BatchNorm in evaluation mode applies."""
    scale = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + BATCH_NORM_EPS)
    return scale, beta - mean * scale


def fold_scale(weight: Array, bias: Array, scale: Array, offset: Array) -> tuple[Array, Array]:
    """A convolution and the affine map of its result, as one convolution.

    Args:
        weight: (out, in, *kernel).
        bias, scale, offset: (out,).
    """
    shaped = scale.reshape(-1, *[1] * (weight.ndim - 1))
    return weight * shaped, bias * scale + offset


def fold_spectral_norm(weight: Array, u: Array, v: Array) -> Array:
    """A spectrally normalised weight: divided by ``u . (W v)``, its greatest singular value.

    Args:
        weight: (out, in, *kernel), taken as a matrix W of out rows.
        u: (out,). v: (in * kernel,). The state of the power iteration after training.
    """
    matrix = weight.reshape(len(weight), -1).astype(np.float64)
    sigma = u.astype(np.float64) @ (matrix @ v.astype(np.float64))
    return (matrix / sigma).reshape(weight.shape)


def nearest_upsampled_kernels(weight: Array, factor: int) -> dict[tuple[int, int], Array]:
    """A 3 x 3 convolution after nearest-neighbour upsampling, as kernels on the small map.

    Pixel ``factor * i + phase`` of the big map looks at big pixels -1, 0 and +1. For phase 0 the
    first of them belongs to small pixel i - 1, for the last phase the last one to i + 1, else all
    belong to i: weights of equal small pixels add up. Exact to the border, where zero padding is
    the same on both maps.

    Args:
        weight: (out, in, 3, 3).
        factor: >= 2.

    Returns:
        By phase kind (y, x), each -1 (first phase), 0 (inner) or 1 (last): a kernel of 2 x 2,
        1 x 2, 2 x 1 or 1 x 1 taps.
    """
    kinds = (-1, 0, 1) if factor > 2 else (-1, 1)
    by_row = {kind: _merge(weight, kind, axis=2) for kind in kinds}
    return {(y, x): _merge(rows, x, axis=3) for y, rows in by_row.items() for x in kinds}


def _merge(weight: Array, kind: int, axis: int) -> Array:
    first, middle, last = np.split(weight.astype(np.float64), 3, axis=axis)
    if kind < 0:
        return np.concatenate([first, middle + last], axis=axis)
    if kind > 0:
        return np.concatenate([first + middle, last], axis=axis)
    return first + middle + last
