"""What a patch net sees: 11 planes and the landmarks, for one part of one face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_models.faces.mesh_warp import ring_triangles, with_rings
from persona_models.faces.rasteriser import rasterise
from persona_models.faces.sampling import filled, sample
from persona_models.faces.tracks import Picture
from persona_models.lite.patch_frame import DESCRIBED, INNER, PatchFrame, PatchPart

PLANES = 11
"""Red, green, blue of the warped photo; the same of the photo's own patch; then five masks: what is
inside by the motion, and lips or iris by it; the photo's inside, warped; the photo's inside, and
its lips or iris."""
INSIDE, FINE = 6, 7


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


@dataclass(frozen=True, slots=True, eq=False)
class FurtherMouths:
    """What a mouth's net is told of a set (:mod:`persona_core.neural.families.lite_pictures`).

    Attributes:
        pictures: (k, 3, h, w) in [0, 1].
        spots: (k, 468, 3): where the skin's landmarks lie in each, and how much of it is seen.
        mix: (3, 2): which of them are shown, and their weights; negative: the photo.
    """

    pictures: Floats
    spots: Floats
    mix: Floats


def patch_inputs(
    part: PatchPart,
    picture: Picture,
    source: Floats,
    target: Floats,
    size: int,
    further: FurtherMouths | None = None,
) -> PatchInputs:
    """The inputs of one patch.

    Args:
        part: of the face.
        picture: (H, W, 3) uint8, the photo.
        source: (478, 3) its landmarks, pixels.
        target: (478, 3) where they shall be.
        size: of the patch.
        further: pictures that are laid over the bent photo.
    """
    there, here = PatchFrame.of(part, target, size), PatchFrame.of(part, source, size)
    places = _warped_places(there, source, target)
    warped = sample(picture, places)
    if further is not None:
        warped = _laid_over(warped, there, target, further)
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


def _laid_over(warped: Floats, frame: PatchFrame, target: Floats, further: FurtherMouths) -> Floats:
    """(size, size, 3) of 255: the bent photo with a set's pictures over it."""
    skin = target[: landmarks.FACE_COUNT]
    spots = np.concatenate([frame.to_patch(skin), skin[:, 2:3]], axis=1)
    triangles = landmarks.triangles().astype(np.int32)
    coverage = rasterise(spots, triangles, frame.size, frame.size)
    bare, seen = np.ones((frame.size, frame.size, 1), dtype=np.float32), np.zeros_like(warped)
    for number, weight in further.mix.tolist():
        if number < 0 or weight <= 0.0:
            continue
        at = coverage.interpolate(triangles, further.spots[int(number)])
        colours = np.ascontiguousarray(further.pictures[int(number)].transpose(1, 2, 0))
        share = np.float32(weight) * at[..., 2:]
        seen += share * sample(colours, np.ascontiguousarray(at[..., :2])) * np.float32(255.0)
        bare -= share
    return np.asarray(bare * warped + seen, dtype=np.float32)


def _masks(part: PatchPart, frame: PatchFrame, points: Floats) -> tuple[Floats, Floats]:
    """What is inside, and where lips or iris are; (size, size) each."""
    inside = filled(frame.to_patch(points[INNER[part]]), frame.size, frame.size)
    if part is PatchPart.MOUTH:
        return inside, filled(frame.to_patch(points[landmarks.LIPS_OUTER]), frame.size, frame.size)
    iris = frame.to_patch(points[DESCRIBED[part][-5:]])
    radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
    turns = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    circle = iris[0] + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return inside, filled(circle, frame.size, frame.size)
