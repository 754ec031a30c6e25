"""Messages on the reliable channel: JSON texts of at most 16 KB, ordered.

``hello`` opens the channel; ``avatar`` says how the sender looks from now on; ``emotion``
names the emotion that the sender has put on; ``voice`` whether the sender can be heard; ``ping``
and ``pong`` carry the times from which the clocks' offset follows; ``reception`` tells how the
other side's frames arrive; ``portrait-wanted`` asks for what a ``hello`` or an ``avatar`` named,
and ``portrait-chunk`` brings it; ``code-commitment`` and ``code-number`` lead to the short code by
which two people verify each other; ``bye`` is a farewell. A type or an emotion that we do not know
is skipped: a newer peer may say more than we understand.

``hello`` and ``avatar`` name a portrait, where one is worn, by ``portrait``: an object of
``sha256`` and ``size``. Further pictures of the same person stand in ``expressions``, a list of at
most eight such objects; together with the portrait they have at most 400,000 bytes. Each is asked
for by its ``sha256`` as the portrait is. Who knows no expressions passes the field over and shows
the portrait.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from persona_core.errors import ControlError
from persona_core.face.emotions import Emotion

MAX_CONTROL_BYTES: Final = 16_384
MAX_DEPTH: Final = 32
"""Deepest nesting of an avatar description we take."""
MAX_PORTRAIT_BYTES: Final = 400_000
"""Of a portrait and its expressions together."""
MAX_EXPRESSIONS: Final = 8
MAX_CHUNK_BYTES: Final = 12_000
"""Of a picture in one message: 16,000 characters of base64, and room for the rest."""
MAX_COUNT: Final = 2**53 - 1
"""Largest integer that survives JSON in every language (IEEE 754 double)."""

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


ControlMessage = (
    Hello
    | AvatarChange
    | EmotionChange
    | VoiceState
    | ClockPing
    | ClockPong
    | Reception
    | PortraitWanted
    | PortraitChunk
    | CodeCommitment
    | CodeNumber
    | Bye
)


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
        text = json.dumps(_to_fields(message), separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ControlError(str(error)[:100], code="control-too-large") from None
    if len(text) > MAX_CONTROL_BYTES:
        raise ControlError(f"{len(text)} bytes", code="control-too-large")
    return text


def _to_fields(message: ControlMessage) -> dict[str, Any]:
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
        case ClockPing(t0_ms):
            return {"type": "ping", "t0": t0_ms}
        case ClockPong(t0_ms, t1_ms, t2_ms):
            return {"type": "pong", "t0": t0_ms, "t1": t1_ms, "t2": t2_ms}
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
    wire, app = _integer(fields, "wire", 1, 1_000_000), _text(fields, "app", "")
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
    return PortraitName(_hex(value, "sha256", 64), _integer(value, "size", 1, MAX_PORTRAIT_BYTES))


def _offset(fields: dict[str, Any]) -> int:
    return _integer(fields, "offset", 0, MAX_PORTRAIT_BYTES - 1)


def _portrait_chunk(fields: dict[str, Any]) -> PortraitChunk:
    try:
        data = base64.b64decode(_text(fields, "data"), validate=True)
    except ValueError:
        raise ControlError("data is not base64") from None
    if not 1 <= len(data) <= MAX_CHUNK_BYTES:
        raise ControlError(f"a chunk of {len(data)} bytes")
    return PortraitChunk(_hex(fields, "sha256", 64), _offset(fields), data)


def _emotion(fields: dict[str, Any]) -> EmotionChange | None:
    name, intensity = fields.get("name"), _number(fields, "intensity")
    if not 0.0 <= intensity <= 1.0:
        raise ControlError("intensity must lie in [0, 1]")
    if name is None:
        return EmotionChange(None, intensity)
    if not isinstance(name, str):
        raise ControlError("name must be a text or null")
    return EmotionChange(Emotion(name), intensity) if name in _EMOTIONS else None


def _text(fields: dict[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise ControlError(f"{name} must be a text")
    return value


def _hex(fields: dict[str, Any], name: str, digits: int) -> str:
    value = _text(fields, name)
    if not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
        raise ControlError(f"{name} must be {digits} hex digits")
    return value


def _flag(fields: dict[str, Any], name: str, default: bool | None = None) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    return value


def _integer(fields: dict[str, Any], name: str, low: int, high: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not low <= value <= high:
        raise ControlError(f"{name} must be an integer from {low} to {high}")
    return value


def _number(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    if not abs(value) <= sys.float_info.max:
        raise ControlError(f"{name} must be finite")
    return float(value)


_EMOTIONS: Final = frozenset(Emotion)

_READERS: Final[dict[str, Callable[[dict[str, Any]], ControlMessage | None]]] = {
    "hello": _hello,
    "avatar": lambda fields: AvatarChange(_avatar(fields), *_portrait(fields)),
    "emotion": _emotion,
    "voice": lambda fields: VoiceState(not _flag(fields, "muted")),
    "ping": lambda fields: ClockPing(_number(fields, "t0")),
    "pong": lambda fields: ClockPong(*(_number(fields, name) for name in ("t0", "t1", "t2"))),
    "reception": lambda fields: Reception(
        _integer(fields, "frames", 0, MAX_COUNT),
        _integer(fields, "lost", 0, MAX_COUNT),
        _flag(fields, "watched"),
    ),
    "portrait-wanted": lambda fields: PortraitWanted(_hex(fields, "sha256", 64), _offset(fields)),
    "portrait-chunk": _portrait_chunk,
    "code-commitment": lambda fields: CodeCommitment(bytes.fromhex(_hex(fields, "sha256", 64))),
    "code-number": lambda fields: CodeNumber(bytes.fromhex(_hex(fields, "number", 32))),
    "bye": lambda fields: Bye(_flag(fields, "returning", False)),
}
