"""Messages on the reliable channel: JSON texts of at most 16 KB, ordered.

``hello`` opens the channel; ``avatar`` says how the sender looks from now on; ``emotion``
names the emotion that the sender has put on; ``voice`` whether the sender can be heard;
``recording`` whether the sender records the call, ``running``; ``ping``
and ``pong`` carry the times from which the clocks' offset follows; ``reception`` tells how the
other side's frames arrive; ``portrait-wanted`` asks for what a ``hello`` or an ``avatar`` named,
and ``portrait-chunk`` brings it; ``code-commitment`` and ``code-number`` lead to the short code by
which two people verify each other; ``bye`` is a farewell. What people say of themselves and to each
other is in :mod:`persona_core.wire.people_messages`, what the host of a room says in
:mod:`persona_core.wire.host_messages`. A type or an emotion that we do not know is skipped: a newer
peer may say more than we understand.

``hello`` and ``avatar`` name a portrait, where one is worn, by ``portrait``: an object of
``sha256`` and ``size``. Further pictures of the same person stand in ``expressions``, a list of at
most eight such objects; together with the portrait they have at most 400,000 bytes. Each is asked
for by its ``sha256`` as the portrait is. Who knows no expressions passes the field over and shows
the portrait.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from persona_core.errors import ControlError
from persona_core.face.emotions import Emotion
from persona_core.wire.control_fields import (
    MAX_COUNT,
    Fields,
    flag,
    hex_digits,
    integer,
    number,
    text,
)
from persona_core.wire.host_messages import HOST_READERS, HostMessage, host_fields
from persona_core.wire.people_messages import PEOPLE_READERS, PeopleMessage, people_fields

MAX_CONTROL_BYTES: Final = 16_384
MAX_DEPTH: Final = 32
"""Deepest nesting of an avatar description we take."""
MAX_PORTRAIT_BYTES: Final = 400_000
"""Of a portrait and its expressions together."""
MAX_EXPRESSIONS: Final = 8
MAX_CHUNK_BYTES: Final = 12_000
"""Of a picture in one message: 16,000 characters of base64, and room for the rest."""

AvatarDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PortraitName:
    """Names the portrait that a person wears, or one of its expressions.

    Attributes:
        sha256: of its bytes, in lower-case hex.
        size: in bytes, 1..400,000.
    """

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of each side.

    Attributes:
        wire: highest version of the parameter frames that the sender can read, >= 1.
        app: the sender's version, for reports.
        avatar: how the sender looks; validated by the avatar package, empty for "as you like".
        portrait: the portrait worn over the drawn avatar, if any.
        expressions: of that portrait, at most eight; none without one.
    """

    wire: int
    app: str
    avatar: AvatarDict
    portrait: PortraitName | None = None
    expressions: tuple[PortraitName, ...] = ()


@dataclass(frozen=True, slots=True)
class AvatarChange:
    """The sender looks different from now on; the fields are those of :class:`Hello`."""

    avatar: AvatarDict
    portrait: PortraitName | None = None
    expressions: tuple[PortraitName, ...] = ()


@dataclass(frozen=True, slots=True)
class EmotionChange:
    """The sender puts on an emotion, or takes it off.

    The frames show it already: this names it, for what an emotion has beyond the face.

    Attributes:
        emotion: None for the bare face.
        intensity: in [0, 1].
    """

    emotion: Emotion | None
    intensity: float = 1.0


@dataclass(frozen=True, slots=True)
class VoiceState:
    """Whether the sender's microphone is open to the call."""

    speaking_allowed: bool


@dataclass(frozen=True, slots=True)
class RecordingState:
    """Whether the sender records their view of the call."""

    running: bool


@dataclass(frozen=True, slots=True)
class ClockPing:
    """Sent at ``t0_ms`` of the sender's clock."""

    t0_ms: float


@dataclass(frozen=True, slots=True)
class ClockPong:
    """The answer to a ping: received at ``t1_ms``, answered at ``t2_ms`` of the answerer."""

    t0_ms: float
    t1_ms: float
    t2_ms: float


@dataclass(frozen=True, slots=True)
class Reception:
    """How the receiver's frames have arrived at the sender, counted since the call began.

    Attributes:
        frames: that came.
        lost: that never did.
        watched: whether the sender's page can be seen; a hidden one needs few frames.
    """

    frames: int
    lost: int
    watched: bool


@dataclass(frozen=True, slots=True)
class PortraitWanted:
    """Send the portrait or expression named ``sha256``, from the byte ``offset`` on."""

    sha256: str
    offset: int


@dataclass(frozen=True, slots=True)
class PortraitChunk:
    """Some of what was asked for: ``data`` (1..12,000 bytes) begins at the byte ``offset``."""

    sha256: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CodeCommitment:
    """Binds the sender to a number that it is about to tell.

    Attributes:
        digest: 32 bytes.
    """

    digest: bytes


@dataclass(frozen=True, slots=True)
class CodeNumber:
    """The number, 16 bytes; see :mod:`persona_core.call.keys.verification`."""

    number: bytes


@dataclass(frozen=True, slots=True)
class Bye:
    """The sender leaves.

    Attributes:
        returning: its page is being loaded anew, or closed: it may be back in a moment.
    """

    returning: bool = False


CallMessage = (
    Hello
    | AvatarChange
    | EmotionChange
    | VoiceState
    | RecordingState
    | ClockPing
    | ClockPong
    | Reception
    | PortraitWanted
    | PortraitChunk
    | CodeCommitment
    | CodeNumber
    | Bye
)
"""What pages say for the call itself."""

ControlMessage = CallMessage | PeopleMessage | HostMessage


def parse_control(text: str) -> ControlMessage | None:
    """What the peer said; None for a type or an emotion that we do not know.

    Raises:
        ControlError: ``bad-control``, whatever else is wrong with it.
    """
    if len(text) > MAX_CONTROL_BYTES or len(text.encode(errors="replace")) > MAX_CONTROL_BYTES:
        raise ControlError(f"{len(text)} characters")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ControlError(str(error)[:100]) from None
    if not isinstance(fields, dict):
        raise ControlError("not an object")
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise ControlError("no type")
    read = _READERS.get(kind)
    return None if read is None else read(fields)


def encode_control(message: ControlMessage) -> str:
    """The text of a message.

    Raises:
        ControlError: ``control-too-large``: an own avatar description that is too long or is
            not JSON; nothing is sent then.
    """
    try:
        text = json.dumps(_fields_of(message), separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ControlError(str(error)[:100], code="control-too-large") from None
    if len(text) > MAX_CONTROL_BYTES:
        raise ControlError(f"{len(text)} bytes", code="control-too-large")
    return text


def _fields_of(message: ControlMessage) -> dict[str, Any]:
    if isinstance(message, PeopleMessage):
        return people_fields(message)
    if isinstance(message, HostMessage):
        return host_fields(message)
    return _to_fields(message)


def _to_fields(message: CallMessage) -> dict[str, Any]:
    match message:
        case Hello(wire, app, avatar):
            said = {"type": "hello", "wire": wire, "app": app, "avatar": avatar}
            return said | _portrait_fields(message)
        case AvatarChange(avatar):
            return {"type": "avatar", "avatar": avatar} | _portrait_fields(message)
        case EmotionChange(emotion, intensity):
            return {"type": "emotion", "name": emotion, "intensity": intensity}
        case VoiceState(speaking_allowed):
            return {"type": "voice", "muted": not speaking_allowed}
        case RecordingState(running):
            return {"type": "recording", "running": running}
        case ClockPing() | ClockPong():
            return _clock_fields(message)
        case Reception(frames, lost, watched):
            return {"type": "reception", "frames": frames, "lost": lost, "watched": watched}
        case PortraitWanted() | PortraitChunk():
            return _transfer_fields(message)
        case CodeCommitment(digest):
            return {"type": "code-commitment", "sha256": digest.hex()}
        case CodeNumber(number):
            return {"type": "code-number", "number": number.hex()}
        case Bye(returning):
            return {"type": "bye", "returning": True} if returning else {"type": "bye"}


def _clock_fields(message: ClockPing | ClockPong) -> dict[str, Any]:
    if isinstance(message, ClockPing):
        return {"type": "ping", "t0": message.t0_ms}
    return {"type": "pong", "t0": message.t0_ms, "t1": message.t1_ms, "t2": message.t2_ms}


def _transfer_fields(message: PortraitWanted | PortraitChunk) -> dict[str, Any]:
    said = {"sha256": message.sha256, "offset": message.offset}
    if isinstance(message, PortraitWanted):
        return {"type": "portrait-wanted"} | said
    data = base64.b64encode(message.data).decode()
    return {"type": "portrait-chunk"} | said | {"data": data}


def _portrait_fields(message: Hello | AvatarChange) -> dict[str, Any]:
    if message.portrait is None:
        return {}
    fields: dict[str, Any] = {"portrait": _name_fields(message.portrait)}
    if message.expressions:
        fields["expressions"] = [_name_fields(name) for name in message.expressions]
    return fields


def _name_fields(name: PortraitName) -> dict[str, Any]:
    return {"sha256": name.sha256, "size": name.size}


def _hello(fields: dict[str, Any]) -> Hello:
    wire, app = integer(fields, "wire", 1, 1_000_000), text(fields, "app", "")
    return Hello(wire, app[:64], _avatar(fields), *_portrait(fields))


def _avatar(fields: dict[str, Any]) -> AvatarDict:
    avatar = fields.get("avatar", {})
    if not isinstance(avatar, dict) or _depth(avatar) > MAX_DEPTH:
        raise ControlError("avatar must be an object of moderate depth")
    return avatar


def _depth(value: object) -> int:
    """Nesting depth, without recursion: the text comes from a stranger."""
    depth, layer = 0, [value]
    while layer:
        depth += 1
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _portrait(fields: dict[str, Any]) -> tuple[PortraitName | None, tuple[PortraitName, ...]]:
    """The portrait worn, and its expressions."""
    portrait, others = fields.get("portrait"), fields.get("expressions")
    others = [] if others is None else others
    if not isinstance(others, list) or len(others) > MAX_EXPRESSIONS:
        raise ControlError(f"expressions must be a list of at most {MAX_EXPRESSIONS}")
    if portrait is None:
        if others:
            raise ControlError("expressions of no portrait")
        return None, ()
    base, *expressions = (_portrait_name(value) for value in (portrait, *others))
    size = base.size + sum(name.size for name in expressions)
    if size > MAX_PORTRAIT_BYTES:
        raise ControlError(f"a portrait of {size} bytes")
    return base, tuple(expressions)


def _portrait_name(value: object) -> PortraitName:
    if not isinstance(value, dict):
        raise ControlError("a portrait must be an object")
    return PortraitName(_sha256(value), integer(value, "size", 1, MAX_PORTRAIT_BYTES))


def _sha256(fields: Fields) -> str:
    return hex_digits(fields, "sha256", 64)


def _offset(fields: dict[str, Any]) -> int:
    return integer(fields, "offset", 0, MAX_PORTRAIT_BYTES - 1)


def _portrait_chunk(fields: dict[str, Any]) -> PortraitChunk:
    try:
        data = base64.b64decode(text(fields, "data"), validate=True)
    except ValueError:
        raise ControlError("data is not base64") from None
    if not 1 <= len(data) <= MAX_CHUNK_BYTES:
        raise ControlError(f"a chunk of {len(data)} bytes")
    return PortraitChunk(_sha256(fields), _offset(fields), data)


def _emotion(fields: dict[str, Any]) -> EmotionChange | None:
    name, intensity = fields.get("name"), number(fields, "intensity")
    if not 0.0 <= intensity <= 1.0:
        raise ControlError("intensity must lie in [0, 1]")
    if name is None:
        return EmotionChange(None, intensity)
    if not isinstance(name, str):
        raise ControlError("name must be a text or null")
    return EmotionChange(Emotion(name), intensity) if name in _EMOTIONS else None


_EMOTIONS: Final = frozenset(Emotion)

_READERS: Final[dict[str, Callable[[dict[str, Any]], ControlMessage | None]]] = {
    "hello": _hello,
    "avatar": lambda fields: AvatarChange(_avatar(fields), *_portrait(fields)),
    "emotion": _emotion,
    "voice": lambda fields: VoiceState(not flag(fields, "muted")),
    "recording": lambda fields: RecordingState(flag(fields, "running")),
    "ping": lambda fields: ClockPing(number(fields, "t0")),
    "pong": lambda fields: ClockPong(*(number(fields, name) for name in ("t0", "t1", "t2"))),
    "reception": lambda fields: Reception(
        integer(fields, "frames", 0, MAX_COUNT),
        integer(fields, "lost", 0, MAX_COUNT),
        flag(fields, "watched"),
    ),
    "portrait-wanted": lambda fields: PortraitWanted(_sha256(fields), _offset(fields)),
    "portrait-chunk": _portrait_chunk,
    "code-commitment": lambda fields: CodeCommitment(bytes.fromhex(_sha256(fields))),
    "code-number": lambda fields: CodeNumber(bytes.fromhex(hex_digits(fields, "number", 32))),
    "bye": lambda fields: Bye(flag(fields, "returning", False)),
    **PEOPLE_READERS,
    **HOST_READERS,
}
