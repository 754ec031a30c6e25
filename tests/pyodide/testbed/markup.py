"""Pieces of HTML that are in the page for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import js
import numpy as np
import numpy.typing as npt


@contextmanager
def markup(html: str) -> Iterator[Any]:
    """The page with ``html`` in it; gives the node around it."""
    node = js.document.createElement("div")
    node.innerHTML = html
    js.document.body.append(node)
    try:
        yield node
    finally:
        node.remove()


def pixels(canvas: Any) -> npt.NDArray[np.int16]:
    """(height, width, 4) RGBA of what a canvas shows."""
    picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    data = np.frombuffer(picture.data.to_bytes(), dtype=np.uint8)
    return data.reshape(canvas.height, canvas.width, 4).astype(np.int16)


def share_changed(before: npt.NDArray[np.int16], after: npt.NDArray[np.int16]) -> float:
    """The share of pixels that differ visibly."""
    return float((np.abs(before - after).max(axis=-1) > 24).mean())
