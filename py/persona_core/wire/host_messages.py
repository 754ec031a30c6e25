"""What the host of a room says, and what proves who that is.

``succession`` holds the proof that somebody founded the room, and the line of those whom the
founder and their heirs want as hosts while they are away; ``room-rules`` what the host decided,
signed, so that anybody may hand it on; ``mute-request`` is a request and no more. What is proven by
them: :mod:`persona_core.call.people.succession`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from persona_core.errors import ControlError
from persona_core.wire import base64url
from persona_core.wire.control_fields import MAX_COUNT, Fields, flag, integer, text

KEY_BYTES: Final = 65
NONCE_BYTES: Final = 16
SIGNATURE_BYTES: Final = 64
MAX_HEIRS: Final = 8
"""Wills in one line of succession: a room of hosts."""
MAX_ADMITTED: Final = 32
MAX_REMOVED: Final = 64
PERSON_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
"""Names a person: see :func:`~persona_core.call.people.room_rules.person_id`."""


@dataclass(frozen=True, slots=True)
class Will:
    """Who is host while the one before in the line is away.

    Attributes:
        heir: signing key, 65 bytes.
        serial: of two wills of one person the one with the higher number holds.
        signature: of the one before, 64 bytes.
    """

    heir: bytes
    serial: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Succession:
    """The line of hosts.

    Attributes:
        founder: signing key of who made the room, 65 bytes.
        nonce: what the founder mixed into the room's secret, 16 bytes.
        wills: the founder's, then that of the heir it names, and so on; at most eight.
    """

    founder: bytes
    nonce: bytes
    wills: tuple[Will, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomRules:
    """What a host decided. A newer one takes the place of the one before.

    Attributes:
        signer: signing key of the host, 65 bytes.
        serial: grows with every change.
        is_locked: whether nobody but ``admitted`` may be in the room.
        admitted: ids of people, 22 characters each, at most 32.
        removed: ids of people who may not be in the room, at most 64.
        signature: 64 bytes.
    """

    signer: bytes
    serial: int
    is_locked: bool
    admitted: tuple[str, ...]
    removed: tuple[str, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class MuteRequest:
    """The host asks the receiver to mute the microphone."""


HostMessage = Succession | RoomRules | MuteRequest


def host_fields(message: HostMessage) -> dict[str, Any]:
    """The JSON object of a message."""
    match message:
        case Succession(founder, nonce, wills):
            return {
                "type": "succession",
                "founder": base64url.encode(founder),
                "nonce": base64url.encode(nonce),
                "wills": [
                    {
                        "heir": base64url.encode(will.heir),
                        "serial": will.serial,
                        "signature": base64url.encode(will.signature),
                    }
                    for will in wills
                ],
            }
        case RoomRules():
            return {
                "type": "room-rules",
                "signer": base64url.encode(message.signer),
                "serial": message.serial,
                "locked": message.is_locked,
                "admitted": list(message.admitted),
                "removed": list(message.removed),
                "signature": base64url.encode(message.signature),
            }
        case MuteRequest():
            return {"type": "mute-request"}


def _succession(fields: Fields) -> Succession:
    wills = fields.get("wills")
    if not isinstance(wills, list) or len(wills) > MAX_HEIRS:
        raise ControlError(f"wills must be a list of at most {MAX_HEIRS}")
    founder, nonce = _octets(fields, "founder", KEY_BYTES), _octets(fields, "nonce", NONCE_BYTES)
    return Succession(founder, nonce, tuple(map(_will, wills)))


def _will(value: object) -> Will:
    if not isinstance(value, dict):
        raise ControlError("a will must be an object")
    return Will(
        _octets(value, "heir", KEY_BYTES),
        integer(value, "serial", 1, MAX_COUNT),
        _octets(value, "signature", SIGNATURE_BYTES),
    )


def _room_rules(fields: Fields) -> RoomRules:
    return RoomRules(
        _octets(fields, "signer", KEY_BYTES),
        integer(fields, "serial", 1, MAX_COUNT),
        flag(fields, "locked"),
        _people(fields, "admitted", MAX_ADMITTED),
        _people(fields, "removed", MAX_REMOVED),
        _octets(fields, "signature", SIGNATURE_BYTES),
    )


def _people(fields: Fields, name: str, most: int) -> tuple[str, ...]:
    value = fields.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise ControlError(f"{name} must be a list of at most {most}")
    if not all(isinstance(one, str) and PERSON_PATTERN.fullmatch(one) for one in value):
        raise ControlError(f"{name} must hold ids of people")
    return tuple(value)


def _octets(fields: Fields, name: str, count: int) -> bytes:
    value = text(fields, name)
    # The length first: what is far too long is not even decoded.
    if len(value) != (count * 4 + 2) // 3:
        raise ControlError(f"{name} must be {count} bytes")
    try:
        data = base64url.decode(value)
    except ValueError:
        raise ControlError(f"{name} is not base64url") from None
    if len(data) != count:
        raise ControlError(f"{name} must be {count} bytes")
    return data


HOST_READERS: Final[dict[str, Callable[[Fields], HostMessage | None]]] = {
    "succession": _succession,
    "room-rules": _room_rules,
    "mute-request": lambda _fields: MuteRequest(),
}
"""By ``type``: each raises ControlError."""
