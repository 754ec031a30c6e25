"""Messages on the reliable channel: JSON texts of at most 16 KB, ordered.

``hello`` opens the conversation; ``avatar`` says how the sender looks from now on; ``emotion``
names the emotion that the sender has put on; ``ping`` and ``pong`` carry the times from which the
clocks' offset follows; ``bye`` is a farewell. A type or an emotion that we do not know is
skipped: a newer peer may say more than we understand.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from persona_core.errors import ControlError
from persona_core.face.emotions import Emotion

MAX_CONTROL_BYTES: Final = 16_384
MAX_DEPTH: Final = 32
"""Deepest nesting of an avatar description we take."""

AvatarDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of each side.

    Attributes:
        wire: highest version of the parameter frames that the sender can read, >= 1.
        app: the sender's version, for reports.
        avatar: how the sender looks; validated by the avatar package, empty for "as you like".
    """

    wire: int
    app: str
    avatar: AvatarDict


@dataclass(frozen=True, slots=True)
class Avatar:
    """The sender looks different from now on."""

    avatar: AvatarDict


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
class Ping:
    """Sent at ``t0_ms`` of the sender's clock."""

    t0_ms: float


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping: received at ``t1_ms``, answered at ``t2_ms`` of the answerer."""

    t0_ms: float
    t1_ms: float
    t2_ms: float


@dataclass(frozen=True, slots=True)
class Bye:
    """The sender leaves."""


ControlMessage = Hello | Avatar | EmotionChange | Ping | Pong | Bye


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
    match fields.get("type"):
        case "hello":
            return Hello(_version(fields), _app(fields), _avatar(fields))
        case "avatar":
            return Avatar(_avatar(fields))
        case "emotion":
            return _emotion(fields)
        case "ping":
            return Ping(_number(fields, "t0"))
        case "pong":
            return Pong(_number(fields, "t0"), _number(fields, "t1"), _number(fields, "t2"))
        case "bye":
            return Bye()
        case str():
            return None
        case _:
            raise ControlError("no type")


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
            return {"type": "hello", "wire": wire, "app": app, "avatar": avatar}
        case Avatar(avatar):
            return {"type": "avatar", "avatar": avatar}
        case EmotionChange(emotion, intensity):
            return {"type": "emotion", "name": emotion, "intensity": intensity}
        case Ping(t0_ms):
            return {"type": "ping", "t0": t0_ms}
        case Pong(t0_ms, t1_ms, t2_ms):
            return {"type": "pong", "t0": t0_ms, "t1": t1_ms, "t2": t2_ms}
        case Bye():
            return {"type": "bye"}


def _version(fields: dict[str, Any]) -> int:
    wire = fields.get("wire")
    if type(wire) is not int or not 1 <= wire <= 1_000_000:
        raise ControlError("wire must be an integer from 1")
    return wire


def _app(fields: dict[str, Any]) -> str:
    app = fields.get("app", "")
    if not isinstance(app, str):
        raise ControlError("app must be a text")
    return app[:64]


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


def _emotion(fields: dict[str, Any]) -> EmotionChange | None:
    name, intensity = fields.get("name"), _number(fields, "intensity")
    if not 0.0 <= intensity <= 1.0:
        raise ControlError("intensity must lie in [0, 1]")
    if name is None:
        return EmotionChange(None, intensity)
    if not isinstance(name, str):
        raise ControlError("name must be a text or null")
    return EmotionChange(Emotion(name), intensity) if name in _EMOTIONS else None


_EMOTIONS: Final = frozenset(Emotion)


def _number(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    try:
        number = float(value)
    except OverflowError:
        raise ControlError(f"{name} is out of range") from None
    if not math.isfinite(number):
        raise ControlError(f"{name} must be finite")
    return number
