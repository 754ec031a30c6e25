"""Filling the unseen parts of a picture from what is seen around them.

Pull-push (S. Gortler et al., "The lumigraph", 1996): the picture is averaged down to one pixel,
each level the mean of what is seen below, and on the way up every gap takes its colour from the
next coarser level. Gaps get smooth colours that agree with their whole surroundings.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats


def fill(picture: Floats, seen: npt.NDArray[np.floating]) -> Floats:
    """The picture with its gaps filled.

    Args:
        picture: (h, w, c).
        seen: (h, w) in [0, 1]: how far to trust each pixel. Where it is between, so is the result.

    Returns:
        (h, w, c); all 0 if nothing is seen.
    """
    height, width = seen.shape
    weighted = np.concatenate([picture * seen[..., None], seen[..., None]], axis=-1)
    if min(height, width) == 1 and max(height, width) <= 2:
        total = weighted.sum(axis=(0, 1))
        mean = total[:-1] / max(float(total[-1]), 1e-9)
        return np.broadcast_to(mean.astype(np.float32), picture.shape).copy()
    coarse = _halved(weighted)
    amount = coarse[..., -1]
    trust = np.minimum(amount, 1.0)
    means = coarse[..., :-1] / np.maximum(amount, 1e-9)[..., None]
    below = _doubled(fill(means, trust), height, width)
    share = seen[..., None]
    return np.asarray(picture * share + below * (1.0 - share), dtype=np.float32)


def reduced(picture: npt.NDArray[np.uint8], rows: int, columns: int) -> Floats:
    """A picture (h, w, c) as means of 4 x 4 samples at a smaller size."""
    height, width = picture.shape[:2]
    y = ((np.arange(4 * rows) + 0.5) * height / (4 * rows)).astype(np.intp)
    x = ((np.arange(4 * columns) + 0.5) * width / (4 * columns)).astype(np.intp)
    samples = picture[y][:, x].astype(np.float32)
    return np.asarray(samples.reshape(rows, 4, columns, 4, -1).mean(axis=(1, 3)))


def blurred(values: npt.NDArray[np.floating], rounds: int) -> Floats:
    """(h, w) after so many blurs by (1 2 1) / 4 both ways: a Gaussian of variance rounds / 2."""
    for _ in range(rounds):
        wide = np.pad(values, 1, mode="edge")
        down = wide[:-2] + 2.0 * wide[1:-1] + wide[2:]
        values = (down[:, :-2] + 2.0 * down[:, 1:-1] + down[:, 2:]) * np.float32(1.0 / 16.0)
    return np.asarray(values, dtype=np.float32)


def _halved(values: Floats) -> Floats:
    """Sums of 2 x 2 pixels, a last odd row or column by itself."""
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    return np.asarray(even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2])


def _doubled(values: Floats, height: int, width: int) -> Floats:
    """Twice as large, linear between pixels, cut to a size."""
    for axis, size in ((0, height), (1, width)):
        at = (np.arange(size) + 0.5) / 2.0 - 0.5
        low = np.clip(np.floor(at).astype(np.intp), 0, values.shape[axis] - 1)
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = np.clip(at - low, 0.0, 1.0).astype(np.float32)
        shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
        share = share.reshape(shape)
        values = values.take(low, axis) * (1.0 - share) + values.take(high, axis) * share
    return values
