"""How a portrait gets to a peer: over the reliable channel, in pieces, without crowding it.

The owner names its portrait and the portrait's expressions (SHA-256 and size) in ``hello`` and
``avatar``. A peer whose page shows portraits asks for one of them at a time, the portrait first,
from the byte up to which it has it already, and gets it in chunks of at most 12,000 bytes. The
sender never lets more than :data:`BACKLOG_BYTES` wait in the channel, so that pings and emotions
still get through. After a reconnection both sides greet anew, and the receiver asks for the rest.
Through the signaling server it asks for each piece. What has come must hash to its name.

This half and :mod:`~persona_core.call.peer.portrait_download` know no channel and do no I/O:
their owner sends what they return.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from persona_core.errors import ControlError
from persona_core.wire.control import (
    MAX_CHUNK_BYTES,
    MAX_EXPRESSIONS,
    MAX_PORTRAIT_BYTES,
    PortraitChunk,
    PortraitName,
    PortraitWanted,
)

BACKLOG_BYTES: Final = 65_536
"""Chunks are handed to the channel while less than this waits in it."""
PIECE_BYTES: Final = 8_600
"""Of a picture in one message through the server: 11,600 characters, which is as many as are sealed
as one (``PART_BYTES`` of the sealed channel)."""
MAX_SENDINGS: Final = 64
"""How often one peer is sent one of our pictures, counted in pieces: for each reconnection once, in
good faith."""


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """Our portrait, or an expression of it.

    Attributes:
        name: what is told of it.
        data: at least one byte; what they mean is the portrait package's matter.
    """

    name: PortraitName
    data: bytes

    @classmethod
    def of(cls, data: bytes) -> OwnPicture:
        """Names the bytes."""
        return cls(PortraitName(hashlib.sha256(data).hexdigest(), len(data)), data)


@dataclass(frozen=True, slots=True)
class OwnPortrait:
    """What we wear over the drawn avatar.

    Attributes:
        pictures: the portrait, then its expressions.
    """

    pictures: tuple[OwnPicture, ...]

    @classmethod
    def of(cls, portrait: bytes, expressions: Sequence[bytes] = ()) -> OwnPortrait:
        """Names the bytes.

        Raises:
            ControlError: ``portrait-too-large``: nothing where something should be, more than
                eight expressions, or more than 400,000 bytes together.
        """
        data = (portrait, *expressions)
        size = sum(map(len, data))
        if not all(data) or len(expressions) > MAX_EXPRESSIONS or size > MAX_PORTRAIT_BYTES:
            detail = f"{size} bytes, {len(expressions)} expressions"
            raise ControlError(detail, code="portrait-too-large")
        return cls(tuple(map(OwnPicture.of, data)))

    @property
    def name(self) -> PortraitName:
        """Of the portrait itself."""
        return self.pictures[0].name

    @property
    def expressions(self) -> tuple[PortraitName, ...]:
        """The names of its expressions."""
        return tuple(picture.name for picture in self.pictures[1:])

    def find(self, sha256: str) -> OwnPicture | None:
        """The picture of that name."""
        return next((each for each in self.pictures if each.name.sha256 == sha256), None)


class PortraitUpload:
    """What we wear, on its way to one peer: one picture at a time."""

    def __init__(self) -> None:
        self._portrait: OwnPortrait | None = None
        self._picture: OwnPicture | None = None
        self._offset = 0
        self._sent: dict[PortraitName, int] = {}
        """Messages of each picture that is worn."""

    def offer(self, portrait: OwnPortrait | None) -> None:
        """Wears this from now on; what is on its way stops where it is not part of it."""
        if portrait == self._portrait:
            return
        self._portrait = portrait
        pictures = () if portrait is None else portrait.pictures
        if self._picture not in pictures:
            self._picture = None
        self._sent = {each.name: self._sent.get(each.name, 0) for each in pictures}

    def ask(self, wanted: PortraitWanted) -> bool:
        """Begins at the byte asked for; False for what we do not wear."""
        picture = None if self._portrait is None else self._portrait.find(wanted.sha256)
        if picture is None or wanted.offset >= picture.name.size:
            return False
        if self._sent[picture.name] >= MAX_SENDINGS * -(-picture.name.size // PIECE_BYTES):
            return False
        self._picture, self._offset = picture, wanted.offset
        return True

    def stop(self) -> None:
        """The channel is gone; the peer will ask anew."""
        self._picture = None

    def next(self, backlog: int) -> PortraitChunk | None:
        """The chunk to send now; None while enough waits in the channel, or all has been sent.

        Args:
            backlog: bytes that wait in the channel.
        """
        return None if backlog >= BACKLOG_BYTES else self._cut(MAX_CHUNK_BYTES)

    def next_piece(self) -> PortraitChunk | None:
        """What to send through the server for having been asked once; None where that is done."""
        piece = self._cut(PIECE_BYTES)
        self._picture = None
        return piece

    def _cut(self, most: int) -> PortraitChunk | None:
        """The next so many bytes at most of what was asked for."""
        if self._picture is None:
            return None
        name, offset = self._picture.name, self._offset
        data = self._picture.data[offset : offset + most]
        self._offset += len(data)
        self._sent[name] += 1
        if self._offset == name.size:
            self._picture = None
        return PortraitChunk(name.sha256, offset, data)
