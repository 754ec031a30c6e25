"""From pictures, however they came, to a portrait set: looked at, compared, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.errors import PersonaError
from persona_core.portrait.expressions.portrait_set import MAX_EXPRESSIONS, PortraitSet
from persona_core.portrait.making.person_metric import same_person
from persona_core.portrait.making.photo import FoundFace
from persona_core.portrait.making.set_making import SetPicture, make_set
from persona_core.portrait.making.worth import least_telling
from persona_core.portrait.portrait import Portrait

MOST_TURN_DEGREES: Final = 34.0
"""Of a further picture's head. The base itself has to look at the camera."""

Pixels = npt.NDArray[np.uint8]


class Seen(Protocol):
    """A photo's person, cut out; in the browser a ``SeenPhoto``."""

    @property
    def picture(self) -> Any: ...

    @property
    def face(self) -> FoundFace: ...


class Reader(Protocol):
    """Finds people in photos; in the browser a ``PhotoReader``."""

    async def read(self, photo: Any) -> Portrait: ...

    async def see(self, photo: Any, most_turn: float) -> Seen: ...

    async def find(self, bitmap: Any) -> list[FoundFace]: ...

    def close(self) -> None: ...


class Codec(Protocol):
    """Pixels to images and back; in the browser a ``PixelCodec``."""

    async def encode(self, pixels: Pixels, quality: float) -> bytes: ...

    async def decode(self, image: bytes) -> Pixels: ...

    def of_bitmap(self, bitmap: Any) -> Pixels: ...

    async def picture(self, bitmap: Any) -> bytes: ...

    async def thumbnail(self, bitmap: Any) -> bytes: ...


@dataclass(frozen=True, slots=True)
class MadeSet:
    """Attributes:
    portrait_set: what was made.
    left_out: the names of pictures that are not in it, each with an error's code.
    """

    portrait_set: PortraitSet
    left_out: tuple[tuple[str, str], ...] = ()


class SetMaker:
    """Reads pictures one at a time: two at once would only wait for each other.

    Args:
        open_reader: starts the worker that finds faces.
    """

    def __init__(self, open_reader: Callable[[], Awaitable[Reader]], codec: Codec) -> None:
        self._open_reader = open_reader
        self._reader: asyncio.Future[Reader] | None = None
        self.codec = codec

    def prepare(self) -> None:
        """Begins to load what finds faces, which takes seconds."""
        if self._reader is None:
            self._reader = asyncio.ensure_future(self._open_reader())

    async def base(self, photo: Any) -> Portrait:
        """The portrait of the picture that is shown where nothing else is known.

        Raises:
            PhotoError: why it is none.
        """
        return await (await self._ready()).read(photo)

    async def picture(self, photo: Any) -> SetPicture:
        """A further picture.

        Raises:
            PhotoError: why it is of no use.
        """
        seen = await (await self._ready()).see(photo, MOST_TURN_DEGREES)
        try:
            pixels = self.codec.of_bitmap(seen.picture)
        finally:
            seen.picture.close()
        return SetPicture(pixels, seen.face.landmarks, seen.face.blendshapes)

    async def faces(self, bitmap: Any) -> list[FoundFace]:
        """All faces in a bitmap; raises PhotoError where the reader fails."""
        return await (await self._ready()).find(bitmap)

    async def make(self, base: Portrait, pictures: Sequence[tuple[str, SetPicture]]) -> MadeSet:
        """The set of a base and named pictures, the most useful first.

        Of more than a set holds, those stay out that differ least from what the others show.

        Raises:
            PersonaError: no set can be made.
        """
        left_out: list[tuple[str, str]] = []
        used: list[tuple[str, SetPicture]] = []
        for name, picture in pictures:
            if same_person(base.landmarks, picture.landmarks):
                used.append((name, picture))
            else:
                left_out.append((name, "set-other-person"))
        while len(used) > MAX_EXPRESSIONS:
            at = least_telling(base.landmarks, [picture.landmarks for _, picture in used])
            left_out.append((used.pop(at)[0], "set-too-many"))
        if not used:
            return MadeSet(PortraitSet(base), tuple(left_out))
        pixels = await self.codec.decode(base.image)
        made = await make_set(base, pixels, [picture for _, picture in used], self.codec.encode)
        return MadeSet(made, tuple(left_out))

    def close(self) -> None:
        """Ends the worker; the next picture starts another."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.add_done_callback(_close)

    async def _ready(self) -> Reader:
        self.prepare()
        assert self._reader is not None
        try:
            return await self._reader
        except PersonaError:
            raise
        except Exception:
            self._reader = None  # the next picture tries again
            raise


def _close(opened: asyncio.Future[Reader]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()
