"""What lies around a face in its photo: hair, neck, shoulders, background.

Rings of vertices run from the face's oval to the frame of the picture. Each says how much it
follows the head: hair wholly, the neck ever less on its way to the shoulders, the frame not at
all, so that nothing tears there. How far hair reaches is read from the matte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats, smooth_between
from persona_core.face.face_frame import FacePlacement
from persona_core.face.landmarks import OVAL
from persona_core.portrait.topology import RING_LENGTH, RINGS

SPACING: Final = 1.7
"""Rings stand closer near the face: radius grows as this power of the ring's number."""
BEYOND: Final = 1.6
"""Where the last ring lies, in lengths from oval to frame: its corners hold the frame's."""
HEAD_DEPTH_CM: Final = -5.0
"""Depth in the face frame of the outline of head and neck: about the ears' back."""
DEPTH_REACH_CM: Final = 4.5
NECK_CM: Final = 9.0
"""From the jaw to where a neck no longer follows the head."""
SKIN_CM: Final = 6.0
"""From the oval to where nothing is left of what an expression does to it."""
HAIR_CM: Final = 4.0
"""How far hair reaches beyond the oval where there is no matte."""
MAX_HAIR_CM: Final = 11.0
MIN_MARGIN: Final = 0.12
"""Of the oval's height: a frame nearer than this is moved out, beyond the picture."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The rings' vertices, (396,) from the oval outwards.

    Attributes:
        points: (396, 3) float32, cm, in the photo's face frame.
        pixels: (396, 2) float32, where they lie in the photo.
        follow: (396,) float32 in [0, 1], how much each follows the head.
        skin: (11, 36, 36) float32, how the oval's displacements reach each ring.
        breath: (396,) float32 in [0, 1], how much each rises with a breath.
    """

    points: Floats
    pixels: Floats
    follow: Floats
    skin: Floats
    breath: Floats

    @classmethod
    def of(
        cls,
        points_px: npt.NDArray[np.floating],
        placement: FacePlacement,
        size: tuple[int, int],
        matte: npt.NDArray[np.uint8] | None,
    ) -> Surroundings:
        """The surroundings of a face.

        Args:
            points_px: (478, 3) landmarks in the photo, pixels.
            placement: their placement.
            size: the photo's width and height.
            matte: (h, w) of any size over the whole photo, 255 where the person is.
        """
        oval = points_px[OVAL, :2].astype(np.float64)
        centre = oval.mean(axis=0)
        length = np.linalg.norm(oval - centre, axis=1)
        ray = (oval - centre) / length[:, None]
        reach = _to_frame(oval, ray, size)
        radius = reach * ((np.arange(1, RINGS) / (RINGS - 1)) ** SPACING)[:, None]
        radius = np.concatenate([radius, BEYOND * reach[None]])
        pixels = oval + radius[..., None] * ray
        radius_cm = radius / placement.scale
        up = -(ray @ np.array([placement.rotation[0, 1], -placement.rotation[1, 1]]))
        upper = smooth_between(-0.15, 0.35, -up)
        hair = _hair(oval, ray, placement.scale, size, matte)
        follow = _follow(radius_cm, reach / placement.scale, hair, upper)
        depth = _depth(placement.to_face(points_px)[OVAL, 2], radius_cm)
        flat = pixels.reshape(-1, 2)
        return cls(
            points=_at_depth(placement, flat, depth.ravel()),
            pixels=flat.astype(np.float32),
            follow=follow.astype(np.float32).ravel(),
            skin=_skin(radius_cm),
            breath=(smooth_between(0.0, NECK_CM, radius_cm) * (1.0 - upper) * _inside())
            .astype(np.float32)
            .ravel(),
        )


def _to_frame(oval: Doubles, ray: Doubles, size: tuple[int, int]) -> Doubles:
    """(36,) pixels from each point of the oval to the picture's edge, along its ray."""
    edges = np.where(ray > 0.0, np.array(size, dtype=np.float64), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = (edges - oval) / ray
    lengths[np.abs(ray) < 1e-9] = np.inf
    return np.asarray(np.maximum(lengths.min(axis=1), MIN_MARGIN * float(np.ptp(oval[:, 1]))))


def _hair(
    oval: Doubles,
    ray: Doubles,
    scale: float,
    size: tuple[int, int],
    matte: npt.NDArray[np.uint8] | None,
) -> Doubles:
    """(36,) cm beyond the oval to which the head reaches along each ray."""
    if matte is None:
        return np.full(RING_LENGTH, HAIR_CM)
    steps = np.arange(0.0, MAX_HAIR_CM, 0.25)
    samples = oval + steps[:, None, None] * scale * ray
    rows, columns = matte.shape
    x = (samples[..., 0] * columns / size[0]).astype(np.intp).clip(0, columns - 1)
    y = (samples[..., 1] * rows / size[1]).astype(np.intp).clip(0, rows - 1)
    outside = matte[y, x] < 128
    reach = np.where(outside.any(axis=0), steps[outside.argmax(axis=0)], MAX_HAIR_CM)
    widest = np.maximum.reduce([np.roll(reach, shift) for shift in (-1, 0, 1)])
    return np.asarray(_around(2.0) @ widest + 0.4)


def _follow(radius: Doubles, reach: Doubles, hair: Doubles, upper: Doubles) -> Doubles:
    start = np.minimum(hair, 0.45 * reach)
    head = 1.0 - smooth_between(0.0, 1.0, (radius - start) / np.maximum(reach - start, 1e-6))
    neck = 1.0 - smooth_between(0.0, np.minimum(NECK_CM, reach), radius)
    return np.asarray((upper * head + (1.0 - upper) * neck) * _inside())


def _inside() -> Doubles:
    """(11, 1): 0 for the frame and beyond."""
    inside = np.ones((RINGS, 1))
    inside[-2:] = 0.0
    return inside


def _depth(oval: Floats, radius: Doubles) -> Doubles:
    back = np.minimum(HEAD_DEPTH_CM, oval - 0.5)
    gone = smooth_between(0.0, DEPTH_REACH_CM, radius)
    return np.asarray(oval + (back - oval) * gone)


def _around(sigma: float) -> Doubles:
    """(36, 36) a circular Gaussian blur along a ring, rows that sum to 1."""
    step = np.abs(np.arange(RING_LENGTH)[:, None] - np.arange(RING_LENGTH))
    kernel = np.exp(-0.5 * (np.minimum(step, RING_LENGTH - step) / sigma) ** 2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def _skin(radius: Doubles) -> Floats:
    gone = (1.0 - smooth_between(0.0, SKIN_CM, radius)) * _inside()
    blurs = np.stack([_around(0.4 + 0.5 * ring) for ring in range(RINGS)])
    return np.asarray(gone[..., None] * blurs, dtype=np.float32)


def _at_depth(placement: FacePlacement, pixels: Doubles, depth: Doubles) -> Floats:
    """(n, 3) points of the face frame that appear at ``pixels`` and have this depth there."""
    flat = np.concatenate([pixels, np.zeros((len(pixels), 1))], axis=1)
    flat[:, 2] = placement.translation[2]
    near = placement.to_face(flat).astype(np.float64)
    # Along a line of sight the depth in the face frame grows evenly.
    sight = placement.rotation.T @ np.array([0.0, 0.0, 1.0])
    reach = (depth - near[:, 2]) / max(float(sight[2]), 0.3)
    return np.asarray(near + reach[:, None] * sight, dtype=np.float32)
