"""Pictures for a portrait set out of files, or out of the frames of a film."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from persona_core.base.arrays import Floats
from persona_core.errors import PersonaError, PhotoError
from persona_core.portrait.face_light import FaceLight
from persona_core.portrait.photo import FoundFace, choose_face
from persona_core.portrait.picture_choice import choose_pictures
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.portrait_set import MAX_EXPRESSIONS
from persona_core.portrait.set_making import SetPicture
from persona_web.look.film import Film
from persona_web.look.set_maker import MOST_TURN_DEGREES, SetMaker

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
    choice = choose_pictures([picture for _, _, picture in found])
    if choice is None:
        raise PhotoError("nobody looks at the camera", code="set-none-straight")
    for places, code in ((choice.strangers, "set-other-person"), (choice.same, "set-same-picture")):
        for at in places:
            telling.refuse(found[at][0], code)
    base = await maker.base(found[choice.base][1])
    named = tuple((found[at][0], found[at][2]) for at in choice.others)
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
    choice = choose_pictures([face for _, face, _ in seen], [sharp for _, _, sharp in seen])
    if choice is None:
        raise PhotoError("nobody looks at the camera", code="set-none-straight")
    telling.tell("wizard.making", 0, 0)
    base = await maker.base(await film.again(seen[choice.base][0]))
    pictures = []
    for at in choice.others[:MAX_EXPRESSIONS]:
        pictures.append((str(at), await maker.picture(await film.again(seen[at][0]))))
        if not is_wanted():
            return None
    notes = ("wizard.first-minute",) if film.is_cut else ()
    return Gathered(base, tuple(pictures), notes)
