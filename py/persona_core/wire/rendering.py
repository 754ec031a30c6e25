"""How a page and a render server talk: one WebSocket a portrait that is looked at.

    page                                   server
    open (JSON) ─────────────────────────►
    the portrait (bytes, once) ──────────► decodes it, prepares it
                                         ◄─ ready (JSON), or error (JSON) and a close
    frames of the wire codec ────────────►  draws the newest, whatever came before
                                         ◄─ pictures
    seen: which picture was received ────►  sends no more than a few that were not

The portrait is what peers send: a ``Portrait``'s bytes or the file of a ``PortraitSet``. Frames are
those of a call (:mod:`persona_core.wire.codec`), each of which is whole by itself. A picture begins
with a head of 12 bytes, little-endian: u8 1; u8 flags, bit 0 = it can be decoded without those
before; u16 and u32 the sequence number and time of the frame that it shows, as they were sent; u16
number of the picture, one more for each; u16 ms from the frame's arrival to the picture's
departure. ``seen`` is 4 bytes: u8 2, u8 flags, u16 number; bit 0 of the flags asks for a picture
that can be decoded by itself. A frame's first byte has the codec's version in its high nibble, so
it is neither.

Unknown fields of JSON are ignored. Whoever breaks a rule is told a :class:`RenderCode` and closed.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict, dataclass
from enum import IntFlag, StrEnum
from typing import Any, Final, Self

from persona_core.errors import ServerError
from persona_core.wire.signaling import ROOM_PATTERN, ROOM_TOKEN_PATTERN, CloseCode

RENDER_VERSION: Final = 1
MAX_TEXT_BYTES: Final = 4_096
MAX_UP_BYTES: Final = 400_044
"""Of a message to the server, which is the portrait at most: as
:data:`persona_core.portrait.expressions.portrait_set.MAX_FILE_BYTES`."""
MAX_SIDE: Final = 1024
MAX_FPS: Final = 60
FARTHEST: Final = 100_000.0
"""Of a square from the photo's corner, in its pixels."""
KEY_PATTERN: Final = re.compile(r"[!-~]{0,200}")

_HEAD: Final = struct.Struct("<BB6sHH")
_SEEN: Final = struct.Struct("<BBH")
_PICTURE, _SEEN_KIND = 1, 2
NUMBERS: Final = 1 << 16
HEAD_BYTES: Final = _HEAD.size


class PictureFormat(StrEnum):
    """What pictures are coded as."""

    VP8 = "vp8"
    WEBP = "webp"


class RenderCode(StrEnum):
    """Why a render server ends a socket."""

    BAD_MESSAGE = "render-bad-message"
    OPEN_FIRST = "render-open-first"
    OPEN_TIMEOUT = "render-open-timeout"
    UNSUPPORTED_VERSION = "render-unsupported-version"
    UNSUPPORTED_FORMAT = "render-unsupported-format"
    UNSUPPORTED_SIZE = "render-unsupported-size"
    ORIGIN_REFUSED = "render-origin-refused"
    ACCESS_DENIED = "render-access-denied"
    TOO_MANY_SESSIONS = "render-too-many-sessions"
    BUSY = "render-busy"
    PORTRAIT_BAD = "render-portrait-bad"
    TOO_MANY_MESSAGES = "render-too-many-messages"
    IDLE = "render-idle"
    UNREAD = "render-unread"
    TIME_OVER = "render-time-over"
    FAILED = "render-failed"
    CLOSING = "render-closing"


RENDER_CLOSE_CODES: Final = {
    code: CloseCode.TRY_LATER
    if code in (RenderCode.BUSY, RenderCode.FAILED, RenderCode.TOO_MANY_SESSIONS)
    else CloseCode.RESTARTING
    if code is RenderCode.CLOSING
    else CloseCode.NORMAL
    if code in (RenderCode.IDLE, RenderCode.TIME_OVER)
    else CloseCode.NO_PLACE
    if code is RenderCode.ACCESS_DENIED
    else CloseCode.RULES_BROKEN
    for code in RenderCode
}
"""With which WebSocket close code each ends a socket."""


class RenderingError(ServerError):
    """A message between page and render server that breaks the rules; its code is a
    :class:`RenderCode`."""

    default_code = RenderCode.BAD_MESSAGE.value


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a page wants.

    Attributes:
        version: of these rules.
        side: of the pictures, pixels.
        fps: pictures a second, at most.
        formats: that it can decode, the one that it likes best first.
        key: the operator's access key, where one is asked for.
        room, token: a room and the operator's token for it, which do instead of a key.
    """

    side: int
    fps: int
    formats: tuple[PictureFormat, ...]
    key: str = ""
    room: str = ""
    token: str = ""
    version: int = RENDER_VERSION

    def to_text(self) -> str:
        return json.dumps({"type": "open", **asdict(self)})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """
        Raises:
            RenderingError: it is no such message; formats that nobody knows are passed over.
        """
        fields = _fields(text, "open")
        version = _integer(fields, "version", 0, 1 << 31)
        if version != RENDER_VERSION:
            raise RenderingError(
                f"this server speaks {RENDER_VERSION}", code=RenderCode.UNSUPPORTED_VERSION.value
            )
        named = fields.get("formats")
        if not isinstance(named, list) or len(named) > 16:
            raise RenderingError("formats")
        known = [PictureFormat(name) for name in named if name in tuple(PictureFormat)]
        return cls(
            side=_integer(fields, "side", 1, MAX_SIDE),
            fps=_integer(fields, "fps", 1, MAX_FPS),
            formats=tuple(dict.fromkeys(known)),
            key=_matching(fields, "key", KEY_PATTERN),
            room=_matching(fields, "room", ROOM_PATTERN),
            token=_matching(fields, "token", ROOM_TOKEN_PATTERN),
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """What a page gets.

    Attributes:
        side: of the pictures, pixels.
        fps: pictures a second at most.
        format: of all pictures.
        engine: that draws them, in the operator's words.
        square: what of the portrait's photo the pictures show, in its pixels: left, top, side. It
            may reach beyond the photo. None where the server does not say.
    """

    side: int
    fps: int
    format: PictureFormat
    engine: str
    square: tuple[float, float, float] | None = None

    def to_text(self) -> str:
        return json.dumps({"type": "ready", **asdict(self)})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the server ends the socket.

    Attributes:
        code: a :class:`RenderCode`, or one that a newer server has.
        detail: for logs.
        retry_ms: after which the page may try again; 0 where that makes no sense.
    """

    code: str
    detail: str = ""
    retry_ms: int = 0

    def to_text(self) -> str:
        return json.dumps({"type": "error", **asdict(self)})


def parse_render_answer(text: str) -> Ready | Refusal:
    """What a server said.

    Raises:
        RenderingError: it is none of its messages.
    """
    fields = _fields(text, "ready", "error")
    if fields["type"] == "error":
        code = _matching(fields, "code", re.compile(r"[a-z0-9-]{1,60}"))
        detail, retry = fields.get("detail"), fields.get("retry_ms")
        return Refusal(
            code,
            detail[:500] if isinstance(detail, str) else "",
            retry if isinstance(retry, int) and 0 <= retry <= 600_000 else 0,
        )
    name, engine = fields.get("format"), fields.get("engine")
    if name not in tuple(PictureFormat):
        raise RenderingError("format")
    return Ready(
        _integer(fields, "side", 1, MAX_SIDE),
        _integer(fields, "fps", 1, MAX_FPS),
        PictureFormat(name),
        engine[:100] if isinstance(engine, str) else "",
        _square(fields.get("square")),
    )


class PictureFlags(IntFlag):
    NONE = 0
    WHOLE = 1
    """It can be decoded without those before."""


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """
    Attributes:
        frame: bytes 1 to 6 of the frame that it shows: sequence number and time as sent.
        number: of the picture, wraps at 2**16.
        server_ms: from the frame's arrival to the picture's departure, 65535 at most.
        data: as coded.
    """

    frame: bytes
    number: int
    server_ms: int
    flags: PictureFlags
    data: bytes

    def to_bytes(self) -> bytes:
        ms = min(max(self.server_ms, 0), NUMBERS - 1)
        return _HEAD.pack(_PICTURE, self.flags, self.frame, self.number, ms) + self.data

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """
        Raises:
            RenderingError: it is no picture.
        """
        if len(data) <= _HEAD.size or data[0] != _PICTURE:
            raise RenderingError("not a picture")
        _, flags, frame, number, ms = _HEAD.unpack_from(data)
        return cls(frame, number, ms, PictureFlags(flags & 1), data[_HEAD.size :])


@dataclass(frozen=True, slots=True)
class Seen:
    """
    Attributes:
        number: of the newest picture that was received.
        wants_whole: whether the next one has to be decodable by itself.
    """

    number: int
    wants_whole: bool = False

    def to_bytes(self) -> bytes:
        return _SEEN.pack(_SEEN_KIND, self.wants_whole, self.number)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self | None:
        """None where it is something else."""
        if len(data) != _SEEN.size or data[0] != _SEEN_KIND:
            return None
        _, flags, number = _SEEN.unpack(data)
        return cls(number, bool(flags & 1))


def _fields(text: str, *kinds: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT_BYTES:
        raise RenderingError(f"{len(text)} characters")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise RenderingError("not JSON") from None
    if not isinstance(fields, dict) or fields.get("type") not in kinds:
        raise RenderingError(f"wanted is {' or '.join(kinds)}")
    return fields


def _integer(fields: dict[str, Any], name: str, least: int, most: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not least <= value <= most:
        raise RenderingError(name)
    return value


def _square(value: object) -> tuple[float, float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or [type(each) in (int, float) for each in value] != [True] * 3:
        raise RenderingError("square")
    left, top, side = value
    if not (max(abs(left), abs(top), side) <= FARTHEST and side >= 1.0):
        raise RenderingError("square")
    return float(left), float(top), float(side)


def _matching(fields: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or (value and not pattern.fullmatch(value)):
        raise RenderingError(name)
    return value
