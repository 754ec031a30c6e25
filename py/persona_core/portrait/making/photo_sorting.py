"""A few dropped photos of one person, sorted by themselves: the base, the further pictures, and
what is refused and why.

Only landmarks and pixels are known here. What they do not tell is not refused: a hand beside the
mouth, a mask of the colour of lips, glasses that let the eyes be seen, a child's face, a realistic
drawing. Geometry tells about every second stranger from the person
(:func:`~persona_core.portrait.making.person_metric.same_person`), so whoever adds the photos is
asked to look at them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles, Floats, Indices, median
from persona_core.errors import PhotoError
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.portrait.expressions.portrait_set import MAX_EXPRESSIONS
from persona_core.portrait.expressions.regions import MEASURED
from persona_core.portrait.making.clip_choice import base_cost
from persona_core.portrait.making.face_light import PALE_LIPS, FaceLight, light_in, luma
from persona_core.portrait.making.person_metric import same_person
from persona_core.portrait.making.photo import MAX_TURN_DEGREES, TOO_DARK
from persona_core.portrait.making.set_making import SetPicture

SAME_CM: Final = 0.045
"""Two photos whose shapes differ by less, root mean square, show one moment."""
SAME_LUMA: Final = 0.02
"""And whose faces' brightness differs by less, mean of [0, 1], after their means."""
BLURRED: Final = 0.1
"""Sharpness, of the median photo's. Of six photographs of six people and cameras none has less, and
of 100 that are blurred by a 55th of the face's width (Gaussian, standard deviation) 98 have; the
sharpest photo would be no measure, as it may be noise or a printed pattern."""
FLAT: Final = 0.75
"""Share of a face's pixels that are as their neighbours: no camera's picture has so many."""
GREY: Final = 0.02
"""Mean difference between the colours of a face, of [0, 1], that a picture in colour has."""


@dataclass(frozen=True, slots=True)
class SortedPhotos:
    """Numbers of photos as they were given.

    Attributes:
        base: of the one that becomes the portrait.
        others: of those that become expressions, the most useful first, at most eight.
        refused: the code of what is wrong with each of the rest: ``set-same-picture``,
            ``set-other-person``, ``set-blurred``, ``set-too-bright``, ``set-eyes-hidden``,
            ``set-mouth-hidden``, ``set-drawn``, ``set-other-colours``, ``set-too-many``,
            ``photo-too-dark`` or ``photo-no-face``.
    """

    base: int
    others: tuple[int, ...]
    refused: Mapping[int, str]


def sort_photos(photos: Sequence[SetPicture]) -> SortedPhotos:
    """Sorts photos of one person.

    The base is the calmest that looks into the camera, of the person whom most of them show. Who
    is another person is judged by it.

    Args:
        photos: any number, each with one face.

    Raises:
        PhotoError: the code of the first refusal where no photo is left to be the base;
            ``photo-no-face`` where there are none, ``photo-profile`` where all look away.
    """
    lights = {n: light_in(p.pixels, p.landmarks) for n, p in enumerate(photos) if _is_face(p)}
    faults = {n: _fault(photos[n], light) for n, light in lights.items()}
    refused = {n: faults.get(n, "photo-no-face") for n in range(len(photos)) if faults.get(n, "-")}
    kept = [number for number in range(len(photos)) if number not in refused]
    sharp = float(median([lights[n].sharpness for n in kept] or [0.0]))
    coloured = [lights[n].lips for n in kept if np.isfinite(lights[n].lips)]
    lips = float(median(coloured or [0.0]))
    for number in kept:
        if lights[number].sharpness < BLURRED * sharp:
            refused[number] = "set-blurred"
        # Who has pale lips has them in all photos.
        elif lights[number].hides_mouth and lips > 2.0 * PALE_LIPS:
            refused[number] = "set-mouth-hidden"
    kept = [number for number in kept if number not in refused]
    facing = [number for number in kept if _turn(photos[number]) <= MAX_TURN_DEGREES]
    if not facing:
        code = "photo-profile" if kept else next(iter(refused.values()), "photo-no-face")
        raise PhotoError("no photo can be the base", code=code)
    friends = {n: _friends(photos, n, kept) for n in facing}
    facing = [number for number in facing if friends[number] == max(friends.values())]
    base = min(facing, key=lambda n: base_cost(photos[n].landmarks, photos[n].blendshapes))
    colour = {number: _colourfulness(photos[number]) for number in kept}
    shapes = {number: _shape(photos[number]) for number in kept}
    chosen = [base]
    # The furthest from all that are chosen comes next.
    waiting = [number for number in kept if number != base]
    while waiting:
        number = max(waiting, key=lambda n: min(_apart(shapes[n], shapes[c]) for c in chosen))
        waiting.remove(number)
        code = ""
        if not same_person(photos[base].landmarks, photos[number].landmarks):
            code = "set-other-person"
        elif (colour[number] < GREY) != (colour[base] < GREY):
            code = "set-other-colours"
        elif any(_is_same(photos[number], photos[c], shapes[number], shapes[c]) for c in chosen):
            code = "set-same-picture"
        elif len(chosen) > MAX_EXPRESSIONS:
            code = "set-too-many"
        if code:
            refused[number] = code
        else:
            chosen.append(number)
    return SortedPhotos(base, tuple(chosen[1:]), dict(sorted(refused.items())))


def _friends(photos: Sequence[SetPicture], number: int, others: Sequence[int]) -> int:
    """How many others may show the same person."""
    face = photos[number].landmarks
    return sum(same_person(face, photos[other].landmarks) for other in others)


def _is_face(photo: SetPicture) -> bool:
    try:
        FacePlacement.fit(photo.landmarks)
    except LandmarkError:
        return False
    return bool(np.isfinite(photo.blendshapes).all())


def _fault(photo: SetPicture, light: FaceLight) -> str:
    """What is wrong with a photo by itself; empty for nothing."""
    if light.brightness < TOO_DARK:
        return "photo-too-dark"
    if light.is_overexposed:
        return "set-too-bright"
    if _flat_share(photo) > FLAT:
        return "set-drawn"
    if light.hides_eyes:
        return "set-eyes-hidden"
    return ""


def _turn(photo: SetPicture) -> float:
    rotation = FacePlacement.fit(photo.landmarks).rotation
    return float(np.degrees(np.arccos(np.clip(rotation[2, 2], -1.0, 1.0))))


def _shape(photo: SetPicture) -> Floats:
    """(m, 3) cm, seen from the camera: the turn of the head is in it."""
    placement = FacePlacement.fit(photo.landmarks)
    face = placement.to_face(photo.landmarks)[MEASURED]
    return np.asarray(face @ placement.rotation.T, dtype=np.float32)


def _apart(first: Floats, second: Floats) -> float:
    return float(np.sqrt(((first - second) ** 2).sum(axis=1).mean()))


def _is_same(one: SetPicture, other: SetPicture, first: Floats, second: Floats) -> bool:
    if _apart(first, second) > SAME_CM:
        return False
    every = np.arange(landmarks.FACE_COUNT)
    lumas = [_luma(photo, every) for photo in (one, other)]
    off = (lumas[0] - lumas[0].mean()) - (lumas[1] - lumas[1].mean())
    return float(np.abs(off).mean()) < SAME_LUMA


def _colours(photo: SetPicture, numbers: Indices) -> Doubles:
    """(n, 3) in [0, 1] at some landmarks, as far as they lie in the picture."""
    height, width = photo.pixels.shape[:2]
    at = photo.landmarks[numbers, :2]
    column = np.clip(at[:, 0], 0, width - 1).astype(np.intp)
    row = np.clip(at[:, 1], 0, height - 1).astype(np.intp)
    return np.asarray(photo.pixels[row, column, :3] / 255.0)


def _luma(photo: SetPicture, numbers: Indices) -> Doubles:
    """(n,) in [0, 1]."""
    return luma(255.0 * _colours(photo, numbers)).astype(np.float64)


def _colourfulness(photo: SetPicture) -> float:
    colours = _colours(photo, np.arange(landmarks.FACE_COUNT))
    return float(np.ptp(colours, axis=1).mean())


def _flat_share(photo: SetPicture) -> float:
    oval = photo.landmarks[landmarks.OVAL, :2]
    height, width = photo.pixels.shape[:2]
    low = np.clip(oval.min(axis=0), 0, (width - 2, height - 2)).astype(int)
    high = np.clip(oval.max(axis=0), low + 2, (width, height)).astype(int)
    part = photo.pixels[low[1] : high[1], low[0] : high[0]].astype(np.int16)
    same = (np.abs(np.diff(part, axis=1)).max(axis=2) == 0)[:-1]
    same &= (np.abs(np.diff(part, axis=0)).max(axis=2) == 0)[:, :-1]
    return float(same.mean())
