"""Pictures for a portrait set out of files, or out of the frames of a film."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar

from persona_core.base.arrays import Floats
from persona_core.errors import PersonaError, PhotoError
from persona_core.portrait.expressions.portrait_set import MAX_EXPRESSIONS
from persona_core.portrait.making.clip_choice import ClipFrame, choose_frames
from persona_core.portrait.making.face_light import FaceLight
from persona_core.portrait.making.photo import choose_face
from persona_core.portrait.making.photo_sorting import sort_photos
from persona_core.portrait.making.set_making import SetPicture
from persona_core.portrait.portrait import Portrait
from persona_web.look.film import Film
from persona_web.look.set_maker import MOST_TURN_DEGREES, SetMaker

THUMBNAIL_SIDE: Final = 160
THUMBNAIL_QUALITY: Final = 0.75
MOST_FILES: Final = 40
"""More are not looked at: a portrait holds nine pictures."""

Read = TypeVar("Read")
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
        thumbnails: a small image of each of the others, by its name.
    """

    base: Portrait
    pictures: tuple[tuple[str, SetPicture], ...]
    notes: tuple[str, ...] = ()
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)

    def without(self, name: str) -> Gathered:
        """The same, but for one of the others."""
        return replace(self, pictures=tuple(each for each in self.pictures if each[0] != name))


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
    sorted_photos = sort_photos([picture for _, _, picture in found])
    for at, code in sorted_photos.refused.items():
        telling.refuse(found[at][0], code)
    base = await maker.base(found[sorted_photos.base][1])
    named = tuple((found[at][0], found[at][2]) for at in sorted_photos.others)
    thumbnails = await _thumbnails(maker, named)
    return Gathered(base, named, thumbnails=thumbnails) if is_wanted() else None


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
    seen: list[tuple[int, ClipFrame]] = []
    lights: list[FaceLight] = []
    number = crowded = 0
    while (bitmap := await film.next()) is not None:
        telling.tell("wizard.watching-clip", *film.progress)
        try:
            faces = await maker.faces(bitmap)
            face = choose_face(faces, bitmap.width, bitmap.height, MOST_TURN_DEGREES)
            light = meter.of(bitmap, face.landmarks)
            told = light.sharpness, light.is_spoilt
            seen.append((number, ClipFrame(face.landmarks, face.blendshapes, *told)))
            lights.append(light)
        except PhotoError as error:
            if error.code == "photo-failed":
                raise
            crowded += error.code == "photo-several-faces"
        finally:
            bitmap.close()
        number += 1
        if not is_wanted():
            return None
    on_end()
    if not seen:
        code = "clip-several-faces" if crowded else "clip-no-face"
        raise PhotoError("no face of use", code=code)
    choice = choose_frames([frame for _, frame in seen], 1 + MAX_EXPRESSIONS)
    telling.tell("wizard.making", 0, 0)
    base = await _again(film, seen[choice.base][0], maker.base)
    pictures: list[tuple[str, SetPicture]] = []
    for at in choice.others:
        try:
            picture = await _again(film, seen[at][0], maker.picture)
        except PersonaError:  # what was found in the moving film is not found again
            continue
        pictures.append((str(len(pictures) + 1), picture))
        if not is_wanted():
            return None
    notes = [note for note, is_so in _notes(film, crowded, lights[choice.base]).items() if is_so]
    if not pictures:
        notes.insert(0, "wizard.nothing-else")
    return Gathered(base, tuple(pictures), tuple(notes), await _thumbnails(maker, pictures))


def _notes(film: Film, crowded: int, light: FaceLight) -> dict[str, bool]:
    """What there may be to tell of a film, and whether it is so."""
    return {
        "wizard.first-minute": film.is_cut,
        "wizard.two-faces": crowded > 0,
        "wizard.hint.too-bright": light.is_overexposed,
        "wizard.hint.eyes-hidden": light.hides_eyes,
        "wizard.hint.mouth-hidden": light.hides_mouth,
    }


async def _thumbnails(
    maker: SetMaker, pictures: Sequence[tuple[str, SetPicture]]
) -> dict[str, bytes]:
    small = {}
    for name, picture in pictures:
        step = max(1, min(picture.pixels.shape[:2]) // THUMBNAIL_SIDE)
        small[name] = await maker.codec.encode(picture.pixels[::step, ::step], THUMBNAIL_QUALITY)
    return small


async def _again(film: Film, number: int, read: Callable[[Any], Awaitable[Read]]) -> Read:
    """What is read in a frame that came before."""
    frame = await film.again(number)
    try:
        return await read(frame)
    finally:
        if frame is not None and hasattr(
            frame, "close"
        ):  # a bitmap; a camera's frames were kept as bytes
            frame.close()
