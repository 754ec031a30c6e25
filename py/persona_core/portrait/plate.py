"""The picture's background as it would be without the person: what a moving head uncovers."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.portrait.inpaint import blurred, fill, reduced

Pixels = npt.NDArray[np.uint8]

MARGIN: Final = 3
"""Pixels of the matte by which the person is taken larger: hair that the matte has missed."""


def plate(photo: Pixels, matte: Pixels) -> Pixels:
    """What stands in for the photo behind the person.

    Args:
        photo: (h, w, 3 or 4).
        matte: (rows, columns), 255 where the person is.

    Returns:
        (rows, columns, 4): colours, and in alpha where they replace the photo's own.
    """
    rows, columns = matte.shape
    person = (matte > 24).astype(np.float32)
    for _ in range(MARGIN):
        wide = np.pad(person, 1, mode="edge")
        person = np.maximum.reduce(
            [wide[1:-1, 1:-1], wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]]
        )
    colours = fill(reduced(photo[..., :3], rows, columns), 1.0 - person)
    alpha = 255.0 * blurred(person, 2)
    both = np.concatenate([colours, alpha[..., None]], axis=-1)
    return np.asarray(np.rint(both.clip(0.0, 255.0)), dtype=np.uint8)
