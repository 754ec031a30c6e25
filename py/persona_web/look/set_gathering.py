"""Pictures for a portrait set out of files, or out of the frames of a film."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import PersonaError, PhotoError
from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.face_light import FaceLight
from persona_core.portrait.photo import FoundFace, choose_face
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.set_making import SetPicture
from persona_web.look.film import Film
from persona_web.look.set_maker import MOST_TURN_DEGREES, SetMaker

LEAST_APART: Final = 0.12
MOST_FILES: Final = 40
"""More are not looked at: a portrait holds nine pictures."""

IsWanted = Callable[[], bool]
"""Whether the person still waits for it."""


class Telling(Protocol):
    """Hears how it goes."""

    def tell(self, key: str, number: int, total: int, name: str = "") -> None: ...

    def refuse(self, name: str, code: str) -> None: ...


class MeasuresLight(Protocol):
    """In the browser a ``LightMeter``."""

    def of(self, source: Any, points: Floats) -> FaceLight: ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a set can be made of.

    Attributes:
        base: the picture that is shown where nothing else is known.
        pictures: the others by their names, the most useful first.
        notes: catalogue keys of what there is to tell.
    """

    base: Portrait
    pictures: tuple[tuple[str, SetPicture], ...]
    notes: tuple[str, ...] = ()


async def gather_photos(
    files: Sequence[Any], maker: SetMaker, telling: Telling, is_wanted: IsWanted
) -> Gathered | None:
    """Photos that were chosen: those of use are sorted by themselves.

    Args:
        files: JavaScript ``File`` objects.

    Returns:
        None where the person thought better of it.

    Raises:
        PersonaError: none of them is of use.
    """
    found: list[tuple[str, Any, SetPicture]] = []
    for number, file in enumerate(files):
        name = str(file.name)
        if number >= MOST_FILES:
            telling.refuse(name, "set-too-many")
            continue
        telling.tell("wizard.reading-file", number + 1, min(len(files), MOST_FILES), name)
        try:
            found.append((name, file, await maker.picture(file)))
        except PersonaError as error:
            telling.refuse(name, error.code)
        if not is_wanted():
            return None
    if not found:
        raise PhotoError("none of use", code="set-none-usable")
    best, others = _sorted([picture for _, _, picture in found])
    for at, (name, _, _) in enumerate(found):
        if at != best and at not in others:
            telling.refuse(name, "set-same-picture")
    base = await maker.base(found[best][1])
    named = tuple((found[at][0], found[at][2]) for at in others)
    return Gathered(base, named) if is_wanted() else None


async def gather_film(
    film: Film,
    maker: SetMaker,
    meter: MeasuresLight,
    telling: Telling,
    is_wanted: IsWanted,
    on_end: Callable[[], None] = lambda: None,
) -> Gathered | None:
    """The best moments of a film.

    Args:
        on_end: called when no further frame is looked at.

    Returns:
        None where the person thought better of it.

    Raises:
        PersonaError: no frame is of use.
    """
    seen: list[tuple[int, FoundFace, float]] = []
    number = 0
    while (bitmap := await film.next()) is not None:
        telling.tell("wizard.watching-clip", *film.progress)
        try:
            faces = await maker.faces(bitmap)
            face = choose_face(faces, bitmap.width, bitmap.height, MOST_TURN_DEGREES)
            sharp = meter.of(bitmap, face.landmarks).sharpness
            seen.append((number, face, sharp))
        except PhotoError as error:
            if error.code == "photo-failed":
                raise
        finally:
            bitmap.close()
        number += 1
        if not is_wanted():
            return None
    on_end()
    if not seen:
        raise PhotoError("no face", code="clip-no-face")
    best, others = _sorted([face for _, face, _ in seen])
    telling.tell("wizard.making", 0, 0)
    base = await maker.base(await film.again(seen[best][0]))
    pictures = []
    for at in others[:8]:
        pictures.append((str(at), await maker.picture(await film.again(seen[at][0]))))
        if not is_wanted():
            return None
    notes = ("wizard.first-minute",) if film.is_cut else ()
    return Gathered(base, tuple(pictures), notes)


def _sorted(pictures: Sequence[SetPicture | FoundFace]) -> tuple[int, list[int]]:
    """Which picture is the base, and the others, the most useful first."""
    features = np.array([_features(picture) for picture in pictures])
    best = int(np.abs(features).sum(axis=1).argmin())
    apart = np.linalg.norm(features - features[best], axis=1)
    others: list[int] = []
    while apart.max() > LEAST_APART:
        others.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(features - features[others[-1]], axis=1))
    return best, others


def _features(picture: SetPicture | FoundFace) -> list[float]:
    shapes = picture.blendshapes
    rotation = quaternion.from_matrix(FacePlacement.fit(picture.landmarks).rotation)
    yaw, pitch, _ = quaternion.to_yaw_pitch_roll(rotation)
    lids = float(shapes[[B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT]].mean())
    smile = float(shapes[[B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT]].mean())
    jaw, pucker = float(shapes[B.JAW_OPEN]), float(shapes[B.MOUTH_PUCKER])
    return [lids, smile, 1.5 * jaw, pucker, yaw / 25.0, pitch / 25.0]
