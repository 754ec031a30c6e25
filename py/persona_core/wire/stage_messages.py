"""What pages of one browser tell a stage page, which shows the own avatar alone.

    offset  size  field
    0       2     ``VS``
    2       1     version, 1
    3       1     kind: 0 listen, 1 look, 2 frame, 3 gone
    4       8     the publishing page; in ``listen`` the one whose look is wanted, 0 for anybody's
    12      1     rank of the publishing page: a stage follows the highest; 0 in ``listen``
    13            look:  u32 length, little-endian, and JSON of the drawn look, ``{}`` where nobody
                  is to be seen; then the file of a portrait set, empty for a drawn character
                  frame: a frame of :mod:`persona_core.wire.codec`

A channel between pages is open to every page of the origin, so whatever comes is checked.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from persona_core.errors import WireError
from persona_core.wire.codec import MAX_FRAME_BYTES

VERSION: Final = 1
MAX_STYLE_BYTES: Final = 16_384
MAX_PORTRAIT_BYTES: Final = 400_256
"""Of a portrait set's file: :data:`persona_core.portrait.expressions.portrait_set.MAX_FILE_BYTES`
and a little."""
ANYBODY: Final = bytes(8)

_HEAD: Final = struct.Struct("<2sBB8sB")
_LENGTH: Final = struct.Struct("<I")
_MAGIC: Final = b"VS"
MAX_MESSAGE_BYTES: Final = _HEAD.size + _LENGTH.size + MAX_STYLE_BYTES + MAX_PORTRAIT_BYTES


class StageKind(IntEnum):
    LISTEN = 0
    LOOK = 1
    FRAME = 2
    GONE = 3


@dataclass(frozen=True, slots=True)
class StageMessage:
    """One message.

    Attributes:
        page: 8 bytes, see the table.
        rank: 0 to 255.
        style: of a look; empty where nobody is to be seen.
        payload: of a look the portrait set's file, of a frame the frame; else empty.
    """

    kind: StageKind
    page: bytes = ANYBODY
    rank: int = 0
    style: dict[str, Any] | None = None
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        """
        Raises:
            WireError: it is longer than any that is read.
        """
        head = _HEAD.pack(_MAGIC, VERSION, self.kind, self.page, self.rank)
        if self.kind is not StageKind.LOOK:
            return head + self.payload
        style = json.dumps(self.style or {}, separators=(",", ":")).encode()
        if len(style) > MAX_STYLE_BYTES or len(self.payload) > MAX_PORTRAIT_BYTES:
            raise WireError(f"a look of {len(style)} and {len(self.payload)} bytes")
        return head + _LENGTH.pack(len(style)) + style + self.payload

    @classmethod
    def from_bytes(cls, data: bytes) -> StageMessage:
        """Reads what :meth:`to_bytes` wrote. What a look or a frame says is not looked into.

        Raises:
            WireError: anything else.
        """
        if not _HEAD.size <= len(data) <= MAX_MESSAGE_BYTES:
            raise WireError(f"{len(data)} bytes")
        magic, version, number, page, rank = _HEAD.unpack_from(data)
        if magic != _MAGIC or version != VERSION:
            raise WireError("no stage message of this version")
        try:
            kind = StageKind(number)
        except ValueError:
            raise WireError(f"kind {number}") from None
        rest = data[_HEAD.size :]
        if kind is StageKind.LOOK:
            return cls(kind, page, rank, *_read_look(rest))
        if kind is StageKind.FRAME and 0 < len(rest) <= MAX_FRAME_BYTES:
            return cls(kind, page, rank, payload=rest)
        if kind is StageKind.FRAME or rest:
            raise WireError(f"{kind.name} with {len(rest)} bytes more")
        return cls(kind, page, rank)


def _read_look(rest: bytes) -> tuple[dict[str, Any], bytes]:
    if len(rest) < _LENGTH.size:
        raise WireError("a look that ends early")
    (length,) = _LENGTH.unpack_from(rest)
    text = rest[_LENGTH.size : _LENGTH.size + length]
    portrait = rest[_LENGTH.size + length :]
    if len(text) < length or length > MAX_STYLE_BYTES or len(portrait) > MAX_PORTRAIT_BYTES:
        raise WireError("a look of other lengths than it says")
    try:
        style = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a look that is no JSON: {error}") from None
    if not isinstance(style, dict):
        raise WireError(f"a look that is a {type(style).__name__}")
    return style, portrait
