"""Pairs of one photograph: closed, bent or looking elsewhere by warp, to become what it was.

No second picture of the person is needed. Lips that were brought together show what a portrait
with closed lips shows, once they are opened again by the renderer's warp: lip where teeth
belong. The photo itself is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from persona_core.base.arrays import Floats
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.closing import LIDS, LIPS, Opening, closed, gap, parted
from persona_models.data.gaze import moved_irises
from persona_models.data.pairs import Pair, missed
from persona_models.data.photo_album import Photo
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.tracks import Picture

PARTED = 0.05
"""Gap between the lips, in widths of the mouth, from which there is something to close."""
_ZOOM = 2
"""The photo is bent this much larger, or bending it would blur it."""
_IRIS_CM = (0.3, 0.1)
"""How far irises move at most, aside and up or down."""
_HIDDEN_CM = 0.1, 0.22
"""By how much lids, and lips, are taken for wider open than tracked before they are closed."""
_TURN = 0.09
"""Standard deviation of the head's turn, radians."""
_MOUTH_SHAPES = [
    int(shape) for shape in Blendshape if shape.name.startswith(("MOUTH", "JAW", "CHEEK"))
]


def photo_pair(photo: Photo, basis: LandmarkBasis, random: np.random.Generator) -> Pair:
    """A photo after its mouth, its eyes and its head were moved, which is to be restored.

    Args:
        photo: a portrait.
        basis: what faces do.
        random: chooses what this one did.
    """
    if random.random() < 0.5:
        photo = photo.mirrored()
    placement = FacePlacement.fit(photo.landmarks)
    picture, points = photo.picture, photo.landmarks
    if random.random() < 0.5:
        shift = random.uniform(-1.0, 1.0, 2) * _IRIS_CM * placement.scale
        picture, points = moved_irises(picture, points, shift.astype(np.float32))
    face = placement.to_face(points)
    face, lips_closed = _with_mouth_moved(face, photo, basis, random)
    face, lids_closed = _with_lids_moved(face, random)
    bent = _turned(placement, random).to_image(face)
    hidden = (*(LIPS,) * lips_closed, *LIDS * lids_closed)
    source = bend(picture, _with_rims_on_skin(placement, points, hidden), bent)
    if lips_closed:
        source = _with_seam(source, bent, random)
    target = photo.landmarks
    if random.random() < 0.3:
        target = missed(target, basis, random, 0.4)
    return Pair(source, bent, photo.picture, target)


def shows_teeth(photo: Photo) -> bool:
    """Whether its lips are so far apart that closing them hides something."""
    return gap(FacePlacement.fit(photo.landmarks).to_face(photo.landmarks), LIPS) >= PARTED


def closed_pair(photo: Photo, basis: LandmarkBasis) -> Pair:
    """A photo with its lips and lids closed, to be opened again; the same every time."""
    placement = FacePlacement.fit(photo.landmarks)
    face = placement.to_face(photo.landmarks)
    face = closed(_relaxed(face, photo, basis, 0.5), LIPS, 1.0, 0.5)
    for lids in LIDS:
        face = closed(face, lids, 1.0, 0.15)
    bent = placement.to_image(face)
    rims = _with_rims_on_skin(placement, photo.landmarks, (LIPS, *LIDS))
    return Pair(bend(photo.picture, rims, bent), bent, photo.picture, photo.landmarks)


def bend(picture: Picture, source: Floats, target: Floats) -> Picture:
    """As :func:`~persona_models.faces.mesh_warp.warp_picture`, without its blur."""
    side = picture.shape[0]
    large = Image.fromarray(picture).resize((side * _ZOOM,) * 2, Image.Resampling.LANCZOS)
    # The middle of the first pixel lies at 0 in both pictures.
    half = np.array([0.5, 0.5, 0.0], dtype=np.float32)
    before, after = (
        ((points + half) * _ZOOM - half).astype(np.float32) for points in (source, target)
    )
    bent = warp_picture(np.asarray(large), before, after)
    return np.asarray(Image.fromarray(bent).resize((side, side), Image.Resampling.BOX))


def _with_mouth_moved(
    face: Floats, photo: Photo, basis: LandmarkBasis, random: np.random.Generator
) -> tuple[Floats, bool]:
    """The face with another mouth, and whether its lips are closed where the photo's are not."""
    kind = random.random()
    if gap(face, LIPS) < PARTED or kind > 0.9:
        shapes = random.random(len(_MOUTH_SHAPES)) * (random.random(len(_MOUTH_SHAPES)) < 0.15)
        return face + _moved_by(basis, shapes * 0.6), False
    face = _relaxed(face, photo, basis, random.uniform(0.0, 0.9))
    if kind > 0.7:
        return closed(face, LIPS, random.uniform(0.1, 0.9), random.uniform(0.3, 0.7)), False
    shapes = random.random(len(_MOUTH_SHAPES)) * (random.random(len(_MOUTH_SHAPES)) < 0.08)
    face = closed(face + _moved_by(basis, shapes * 0.4), LIPS, 1.0, random.uniform(0.3, 0.7))
    return face, True


def _with_lids_moved(face: Floats, random: np.random.Generator) -> tuple[Floats, bool]:
    """The face with other lids, and whether they are closed."""
    kind = random.random()
    if kind < 0.3:
        return face, False
    amount = 1.0 if kind < 0.7 else random.uniform(-0.2, 0.95)
    share = random.uniform(0.05, 0.3)
    for lids in LIDS:
        face = closed(face, lids, amount, share)
    return face, amount == 1.0


def _with_rims_on_skin(
    placement: FacePlacement, points: Floats, openings: Iterable[Opening]
) -> Floats:
    """The landmarks with the rims of what shall be hidden a little further apart.

    The tracker puts some rims upon teeth or irises, of which a line would remain.
    """
    face = placement.to_face(points)
    for opening in openings:
        face = parted(face, opening, _HIDDEN_CM[opening is LIPS])
    return placement.to_image(face)


def _relaxed(face: Floats, photo: Photo, basis: LandmarkBasis, amount: float) -> Floats:
    """The face with so much less of what the photo's mouth does."""
    return face - _moved_by(basis, amount * photo.blendshapes[_MOUTH_SHAPES])


def _moved_by(basis: LandmarkBasis, shapes: Iterable[float]) -> Floats:
    every = np.zeros(len(basis.shapes), dtype=np.float32)
    every[_MOUTH_SHAPES] = np.asarray(shapes, dtype=np.float32)
    return basis.displacement(every)


def _turned(placement: FacePlacement, random: np.random.Generator) -> FacePlacement:
    if random.random() < 0.5:
        return placement
    x, y, z = random.normal(0.0, _TURN, 3)
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    left, _, right = np.linalg.svd(np.eye(3) + skew)
    return FacePlacement(placement.scale, left @ right @ placement.rotation, placement.translation)


def _with_seam(picture: Picture, points: Floats, random: np.random.Generator) -> Picture:
    """With the shadow that lies where closed lips meet, and that no warp makes."""
    lower, upper = LIPS.sides
    corners = LIPS.loop[[0, len(LIPS.loop) // 2]]
    line = np.concatenate(
        [points[corners[:1]], (points[lower] + points[upper]) / 2.0, points[corners[1:]]]
    )[:, :2]
    side, zoom = picture.shape[0], 4
    large = Image.new("L", (side * zoom, side * zoom))
    path = [(float(x), float(y)) for x, y in (line + 0.5) * zoom - 0.5]
    ImageDraw.Draw(large).line(path, fill=255, width=int(random.integers(3, 7)), joint="curve")
    soft = large.filter(ImageFilter.GaussianBlur(random.uniform(1.0, 3.0)))
    shade = np.asarray(soft.resize((side, side), Image.Resampling.BOX), dtype=np.float32) / 255.0
    dark = 1.0 - random.uniform(0.2, 0.75) * shade[..., None] * (0.85, 1.0, 1.0)
    return np.clip(np.rint(picture * dark), 0, 255).astype(np.uint8)
