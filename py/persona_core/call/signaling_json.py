"""Signaling messages as JSON texts: parsed once, at the edge, with every field checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from persona_core.call.signaling import (
    CODE_PATTERN,
    MAX_MESSAGE_BYTES,
    MAX_ORDER,
    PAYLOAD_PATTERN,
    PEER_PATTERN,
    ROOM_PATTERN,
    TOKEN_PATTERN,
    ClientMessage,
    Closing,
    ErrorCode,
    ErrorMessage,
    Join,
    Leave,
    Limits,
    Member,
    PeerJoined,
    PeerLeft,
    Ping,
    Pong,
    Reject,
    Relay,
    RelayKind,
    ServerMessage,
    Welcome,
)
from persona_core.errors import SignalingError


def parse_client_message(text: str) -> ClientMessage:
    """What a client sent.

    Raises:
        SignalingError: with an :class:`ErrorCode` as its code.
    """
    fields = _Fields.of(text)
    match fields.text("type"):
        case "join":
            return Join(
                protocol=fields.integer("protocol", 0, MAX_ORDER),
                room=fields.matching("room", ROOM_PATTERN),
                peer=fields.matching("peer", PEER_PATTERN),
                token=fields.matching("token", TOKEN_PATTERN),
            )
        case "leave":
            return Leave()
        case "ping":
            return Ping()
        case "reject":
            return Reject(
                fields.matching("to", PEER_PATTERN), fields.matching("code", CODE_PATTERN)
            )
        case ("offer" | "answer" | "ice") as kind:
            return fields.relay(kind, "to")
        case other:
            raise SignalingError(repr(other[:40]), code=ErrorCode.UNKNOWN_TYPE)


def parse_server_message(text: str) -> ServerMessage:
    """What the server sent.

    Raises:
        SignalingError: with an :class:`ErrorCode` as its code.
    """
    fields = _Fields.of(text)
    match fields.text("type"):
        case "welcome":
            return _welcome(fields)
        case "peer-joined":
            member = fields.member()
            return PeerJoined(member.peer, member.order)
        case "peer-left":
            return PeerLeft(fields.matching("peer", PEER_PATTERN))
        case "reject":
            return Reject(
                fields.matching("from", PEER_PATTERN), fields.matching("code", CODE_PATTERN)
            )
        case ("offer" | "answer" | "ice") as kind:
            return fields.relay(kind, "from")
        case "error":
            return ErrorMessage(
                fields.matching("code", CODE_PATTERN), fields.text("detail", default="")[:200]
            )
        case "pong":
            return Pong()
        case "closing":
            return Closing(fields.integer("retry_ms", 0, 600_000))
        case other:
            raise SignalingError(repr(other[:40]), code=ErrorCode.UNKNOWN_TYPE)


def encode_client_message(message: ClientMessage) -> str:
    """The JSON text of a message to the server."""
    match message:
        case Join(protocol, room, peer, token):
            return _dump("join", protocol=protocol, room=room, peer=peer, token=token)
        case Relay(kind, peer, counter, payload):
            return _dump(kind, to=peer, counter=counter, payload=payload)
        case Reject(peer, code):
            return _dump("reject", to=peer, code=code)
        case Leave():
            return _dump("leave")
        case Ping():
            return _dump("ping")


def encode_server_message(message: ServerMessage) -> str:
    """The JSON text of a message to a client."""
    match message:
        case Welcome(peer, order, peers, limits):
            return _dump(
                "welcome",
                peer=peer,
                order=order,
                peers=[{"peer": member.peer, "order": member.order} for member in peers],
                limits=asdict(limits),
            )
        case PeerJoined(peer, order):
            return _dump("peer-joined", peer=peer, order=order)
        case PeerLeft(peer):
            return _dump("peer-left", peer=peer)
        case Relay(kind, peer, counter, payload):
            return _dump(kind, **{"from": peer}, counter=counter, payload=payload)
        case Reject(peer, code):
            return _dump("reject", **{"from": peer}, code=code)
        case ErrorMessage(code, detail):
            return _dump("error", code=code, detail=detail)
        case Pong():
            return _dump("pong")
        case Closing(retry_ms):
            return _dump("closing", retry_ms=retry_ms)


def _dump(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))


def _welcome(fields: _Fields) -> Welcome:
    limits = fields.object("limits")
    return Welcome(
        peer=fields.matching("peer", PEER_PATTERN),
        order=fields.integer("order", 0, MAX_ORDER),
        peers=tuple(entry.member() for entry in fields.objects("peers")),
        limits=Limits(
            message_bytes=limits.integer("message_bytes", 1, MAX_ORDER),
            messages_per_second=limits.number("messages_per_second"),
            burst=limits.integer("burst", 1, MAX_ORDER),
            room_size=limits.integer("room_size", 1, MAX_ORDER),
        ),
    )


class _Fields:
    """A JSON object whose fields are read with their types checked."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    def of(cls, text: str) -> _Fields:
        if len(text) > MAX_MESSAGE_BYTES:
            raise SignalingError(f"{len(text)} characters", code=ErrorCode.MESSAGE_TOO_LARGE)
        try:
            values = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise SignalingError(str(error)[:100], code=ErrorCode.BAD_JSON) from None
        if not isinstance(values, dict):
            raise SignalingError("not an object", code=ErrorCode.BAD_JSON)
        return cls(values)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise self._bad(name, "a text")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        value = self.text(name)
        if not pattern.fullmatch(value):
            raise self._bad(name, f"of the form {pattern.pattern}")
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._bad(name, f"an integer from {low} to {high}")
        return value

    def number(self, name: str) -> float:
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e9:
            raise self._bad(name, "a positive number")
        return float(value)

    def object(self, name: str) -> _Fields:
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise self._bad(name, "an object")
        return _Fields(value)

    def objects(self, name: str) -> list[_Fields]:
        value = self._values.get(name)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self._bad(name, "a list of objects")
        return [_Fields(entry) for entry in value]

    def member(self) -> Member:
        return Member(self.matching("peer", PEER_PATTERN), self.integer("order", 0, MAX_ORDER))

    def relay(self, kind: RelayKind, address: str) -> Relay:
        return Relay(
            kind=kind,
            peer=self.matching(address, PEER_PATTERN),
            counter=self.integer("counter", 1, MAX_ORDER),
            payload=self.matching("payload", PAYLOAD_PATTERN),
        )

    @staticmethod
    def _bad(name: str, wanted: str) -> SignalingError:
        return SignalingError(f"{name} must be {wanted}", code=ErrorCode.BAD_FIELD)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
