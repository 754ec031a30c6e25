"""What a patch net sees: 11 planes and the landmarks, for one part of one face."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_models.faces.mesh_warp import ring_triangles, with_rings
from persona_models.faces.rasteriser import rasterise
from persona_models.faces.tracks import Picture
from persona_models.lite.patch_frame import DESCRIBED, INNER, PatchFrame, PatchPart

PLANES = 11
"""Red, green, blue of the warped photo; the same of the photo's own patch; then five masks: what is
inside by the motion, and lips or iris by it; the photo's inside, warped; the photo's inside, and
its lips or iris."""
INSIDE, FINE = 6, 7
_ZOOM = 4  # masks are drawn larger and reduced, so that their edges are soft


@dataclass(frozen=True, slots=True, eq=False)
class PatchInputs:
    """Attributes:

    planes: (11, size, size) float32 in [0, 1].
    vector: (160,) for a mouth or (84,) for an eye, float32: described landmarks of the motion,
        then of the photo, in sides of the patch from its middle.
    frame: where the patch lies in the moved picture.
    """

    planes: Floats
    vector: Floats
    frame: PatchFrame


def patch_inputs(
    part: PatchPart, picture: Picture, source: Floats, target: Floats, size: int
) -> PatchInputs:
    """The inputs of one patch.

    Args:
        part: of the face.
        picture: (H, W, 3) uint8, the photo.
        source: (478, 3) its landmarks, pixels.
        target: (478, 3) where they shall be.
        size: of the patch.
    """
    there, here = PatchFrame.of(part, target, size), PatchFrame.of(part, source, size)
    places = _warped_places(there, source, target)
    warped = sample(picture, places)
    own = sample(picture, here.places())
    inside_there, fine_there = _masks(part, there, target)
    inside_here, fine_here = _masks(part, here, source)
    inside_warped = sample(inside_here[..., None], here.to_patch(places))[..., 0]
    colours = np.concatenate([warped, own], axis=2).transpose(2, 0, 1) / np.float32(255.0)
    masks = np.stack([inside_there, fine_there, inside_warped, inside_here, fine_here])
    told = [
        frame.to_patch(points[DESCRIBED[part]]) / size - 0.5
        for frame, points in ((there, target), (here, source))
    ]
    vector = np.concatenate(told).reshape(-1).astype(np.float32)
    return PatchInputs(np.concatenate([colours, masks]).astype(np.float32), vector, there)


def patch_truth(picture: Picture, frame: PatchFrame) -> Floats:
    """(3, size, size) float32 in [0, 1]: what the camera saw in a patch."""
    return np.ascontiguousarray(
        sample(picture, frame.places()).transpose(2, 0, 1) / np.float32(255.0)
    )


@numba.njit(cache=True, fastmath=True)
def sample(picture: npt.NDArray[np.generic], places: Floats) -> Floats:
    """(..., C) float32: a picture (H, W, C) between its pixels; its border goes on beyond it."""
    height, width, channels = picture.shape
    rows, columns = places.shape[:2]
    out = np.empty((rows, columns, channels), dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            u = min(max(places[row, column, 0], 0.0), width - 1.0)
            v = min(max(places[row, column, 1], 0.0), height - 1.0)
            x, y = min(int(u), width - 2), min(int(v), height - 2)
            s, t = u - x, v - y
            for channel in range(channels):
                upper = picture[y, x, channel] * (1.0 - s) + picture[y, x + 1, channel] * s
                lower = picture[y + 1, x, channel] * (1.0 - s) + picture[y + 1, x + 1, channel] * s
                out[row, column, channel] = upper * (1.0 - t) + lower * t
    return out


def _warped_places(frame: PatchFrame, source: Floats, target: Floats) -> Floats:
    """(size, size, 2) where each pixel of the patch comes from in the photo: the mesh warp's."""
    origins, goals = with_rings(source, target)
    spots = np.concatenate([frame.to_patch(goals), goals[:, 2:3]], axis=1)
    triangles = np.concatenate([landmarks.triangles().astype(np.int32), ring_triangles()])
    coverage = rasterise(spots, triangles, frame.size, frame.size)
    places = coverage.interpolate(triangles, origins.astype(np.float32))
    bare = coverage.triangle < 0
    places[bare] = frame.places()[bare]
    return np.asarray(places, dtype=np.float32)


def _masks(part: PatchPart, frame: PatchFrame, points: Floats) -> tuple[Floats, Floats]:
    """What is inside, and where lips or iris are; (size, size) each."""
    inside = _filled(frame.to_patch(points[INNER[part]]), frame.size)
    if part is PatchPart.MOUTH:
        return inside, _filled(frame.to_patch(points[landmarks.LIPS_OUTER]), frame.size)
    iris = frame.to_patch(points[DESCRIBED[part][-5:]])
    radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
    turns = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    circle = iris[0] + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return inside, _filled(circle, frame.size)


def _filled(loop: Floats, size: int) -> Floats:
    large = Image.new("L", (size * _ZOOM, size * _ZOOM))
    corners = [(float(x), float(y)) for x, y in (loop + 0.5) * _ZOOM - 0.5]
    ImageDraw.Draw(large).polygon(corners, fill=255)
    small = large.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255.0)
