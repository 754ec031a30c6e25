"""The 478 face landmarks of MediaPipe's Face Landmarker: which is where.

The numbering, the triangles and the canonical face are facts of MediaPipe's published canonical
face model (``canonical_face_model.obj`` and ``face_model_with_iris.obj``, Apache License 2.0).
"Left" and "right" are the person's own: their left lies at positive x of the unmirrored camera
image. Loops are closed and in order; the eyes' begin at the outer corner and take the lower lid
first, the lips' begin at the right corner and take the lower lip first.
"""

from __future__ import annotations

import io
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Indices
from persona_core.errors import BootError

COUNT = 478
FACE_COUNT = 468
"""Landmarks of the skin; the ten after them are the irises."""
MESH_FILE = "canonical_face.npz"


def indices(text: str) -> Indices:
    """Numbers of landmarks, read-only."""
    array = np.array(text.split(), dtype=np.intp)
    array.setflags(write=False)
    return array


OVAL: Indices = indices(
    "10 338 297 332 284 251 389 356 454 323 361 288 397 365 379 378 400 377 "
    "152 148 176 149 150 136 172 58 132 93 234 127 162 21 54 103 67 109"
)
"""(36,) the outline of the mesh, from the top of the forehead down the person's left side."""
LIPS_OUTER: Indices = indices(
    "61 146 91 181 84 17 314 405 321 375 291 409 270 269 267 0 37 39 40 185"
)
"""(20,) the rim where the lips meet the skin."""
LIPS_INNER: Indices = indices(
    "78 95 88 178 87 14 317 402 318 324 308 415 310 311 312 13 82 81 80 191"
)
"""(20,) the rim of the mouth's opening, each beside the same entry of ``LIPS_OUTER``."""
EYE_RIGHT: Indices = indices("33 7 163 144 145 153 154 155 133 173 157 158 159 160 161 246")
"""(16,) the rim of the lids."""
EYE_LEFT: Indices = indices("263 249 390 373 374 380 381 382 362 398 384 385 386 387 388 466")
"""(16,) the rim of the lids, each entry the mirror image of ``EYE_RIGHT``'s."""
BROW_RIGHT: Indices = indices("70 63 105 66 107 55 65 52 53 46")
"""(10,) the brow's upper edge from its outer end, then back along the lower edge."""
BROW_LEFT: Indices = indices("300 293 334 296 336 285 295 282 283 276")
"""(10,) as ``BROW_RIGHT``."""
IRIS_RIGHT: Indices = indices("468 469 470 471 472")
"""(5,) the centre, then the rim at +x, top, -x and bottom."""
IRIS_LEFT: Indices = indices("473 474 475 476 477")
"""(5,) as ``IRIS_RIGHT``."""
STABLE: Indices = indices(
    "10 151 9 8 168 6 197 195 5 4 33 263 133 362 127 356 234 454 21 251 109 338 67 297 54 284"
)
"""(26,) what moves least with expressions: forehead, nose, corners of the eyes, temples."""


@cache
def _mesh() -> dict[str, npt.NDArray[np.generic]]:
    try:
        data = resources.files(__package__).joinpath(MESH_FILE).read_bytes()
    except OSError as error:
        raise BootError(f"{MESH_FILE} is missing from the package: {error}") from error
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in ("points", "triangles")}
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def canonical_points() -> npt.NDArray[np.float32]:
    """(478, 3) float32, cm: MediaPipe's canonical face; x to the person's left, y up, z forward.

    Raises:
        BootError: the package was built without the data.
    """
    return _mesh()["points"].astype(np.float32)


def triangles() -> npt.NDArray[np.uint16]:
    """(898, 3) uint16, counter-clockwise seen from the front: the whole face without irises.

    The openings of the eyes and the mouth are filled; :func:`filling` names those triangles.

    Raises:
        BootError: the package was built without the data.
    """
    return _mesh()["triangles"].astype(np.uint16)


def filling(loop: Indices) -> npt.NDArray[np.bool_]:
    """(898,) which triangles fill the opening inside an eye's or the lips' inner loop."""
    return np.asarray(np.isin(triangles(), loop).all(axis=1))


@cache
def mirror_order() -> Indices:
    """(478,) ``points[mirror_order()]`` swaps left and right; then x changes its sign."""
    points = canonical_points()
    twins = points * np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    distance = np.linalg.norm(points[None] - twins[:, None], axis=2)
    order: Indices = distance.argmin(axis=1).astype(np.intp)
    order.setflags(write=False)
    return order
