"""How a portrait gets to a peer: over the reliable channel, in pieces, without crowding it.

The owner names its portrait (SHA-256 and size) in ``hello`` and ``avatar``. A peer whose page
shows portraits asks for it, from the byte up to which it has it already, and gets it in chunks
of at most 12,000 bytes. The sender never lets more than :data:`BACKLOG_BYTES` wait in the
channel, so that pings and emotions still get through. After a reconnection both sides greet
anew, and the receiver asks for the rest. What has come must hash to the name.

Both halves know no channel and do no I/O: their owner sends what they return.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from persona_core.errors import ControlError
from persona_core.wire.control import (
    MAX_CHUNK_BYTES,
    MAX_PORTRAIT_BYTES,
    PortraitChunk,
    PortraitName,
    PortraitWanted,
)

BACKLOG_BYTES: Final = 65_536
"""Chunks are handed to the channel while less than this waits in it."""
MAX_REQUESTS: Final = 64
"""How often one peer may ask for one portrait: for each reconnection once, in good faith."""


@dataclass(frozen=True, slots=True)
class OwnPortrait:
    """The portrait that we wear.

    Attributes:
        name: what is told of it.
        data: 1..400,000 bytes; what they mean is the avatar package's matter.
    """

    name: PortraitName
    data: bytes

    @classmethod
    def of(cls, data: bytes) -> OwnPortrait:
        """Names the bytes.

        Raises:
            ControlError: ``portrait-too-large``: none, or more than 400,000 bytes.
        """
        if not 1 <= len(data) <= MAX_PORTRAIT_BYTES:
            raise ControlError(f"{len(data)} bytes", code="portrait-too-large")
        return cls(PortraitName(hashlib.sha256(data).hexdigest(), len(data)), data)


class PortraitUpload:
    """Our portrait on its way to one peer."""

    def __init__(self) -> None:
        self._portrait: OwnPortrait | None = None
        self._offset: int | None = None
        self._requests = 0

    def offer(self, portrait: OwnPortrait | None) -> None:
        """Wears this one from now on; what was on its way stops when it is another."""
        if portrait == self._portrait:
            return
        self._portrait, self._offset, self._requests = portrait, None, 0

    def ask(self, wanted: PortraitWanted) -> bool:
        """Begins at the byte asked for; False for a portrait that we do not wear."""
        portrait = self._portrait
        if portrait is None or wanted.sha256 != portrait.name.sha256:
            return False
        if wanted.offset >= portrait.name.size or self._requests >= MAX_REQUESTS:
            return False
        self._requests += 1
        self._offset = wanted.offset
        return True

    def stop(self) -> None:
        """The channel is gone; the peer will ask anew."""
        self._offset = None

    def next(self, backlog: int) -> PortraitChunk | None:
        """The chunk to send now; None while enough waits in the channel, or all has been sent.

        Args:
            backlog: bytes that wait in the channel.
        """
        if self._portrait is None or self._offset is None or backlog >= BACKLOG_BYTES:
            return None
        offset = self._offset
        data = self._portrait.data[offset : offset + MAX_CHUNK_BYTES]
        if not data:
            return None
        self._offset = offset + len(data)
        return PortraitChunk(self._portrait.name.sha256, offset, data)


class PortraitDownload:
    """A peer's portrait on its way to us. Holds one portrait and no more, whatever is sent.

    Args:
        wanted: whether this page shows portraits at all.

    Attributes:
        refused: chunks that nobody asked for, or that were not the next, and portraits whose
            bytes were not what their name says.
    """

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._name: PortraitName | None = None
        self._part = bytearray()
        self._whole: bytes | None = None
        self._whole_name: PortraitName | None = None
        self._forged: PortraitName | None = None
        self.refused = 0

    @property
    def portrait(self) -> bytes | None:
        """What the peer wears now, whole and true to its name."""
        return self._whole if self._name is not None and self._name == self._whole_name else None

    @property
    def is_worn(self) -> bool:
        """Whether the peer wears a portrait, be it here or not."""
        return self._name is not None

    @property
    def progress(self) -> float | None:
        """How much of it is here, in [0, 1); None when nothing is awaited."""
        name = self._name
        if name is None or not self._wanted or name in (self._whole_name, self._forged):
            return None
        return len(self._part) / name.size

    def announce(self, name: PortraitName | None) -> None:
        """The peer wears ``name`` from now on.

        The bytes of the portrait worn before are kept until another is whole, so that taking it
        off and on again costs nothing.
        """
        if name != self._name:
            self._name = name
            self._part.clear()

    def wanted(self) -> PortraitWanted | None:
        """What to ask for, if anything is missing."""
        if self._name is None or self.progress is None:
            return None
        return PortraitWanted(self._name.sha256, len(self._part))

    def take(self, chunk: PortraitChunk) -> bool:
        """Takes the next piece; False, and counted, when it is not that."""
        name = self._name
        if (
            name is None
            or self.progress is None
            or chunk.sha256 != name.sha256
            or chunk.offset != len(self._part)
            or chunk.offset + len(chunk.data) > name.size
        ):
            self.refused += 1
            return False
        self._part += chunk.data
        return len(self._part) < name.size or self._finish(name)

    def _finish(self, name: PortraitName) -> bool:
        data = bytes(self._part)
        self._part.clear()
        if hashlib.sha256(data).hexdigest() != name.sha256:
            # Asking again would bring the same.
            self._forged = name
            self.refused += 1
            return False
        self._whole, self._whole_name = data, name
        return True
