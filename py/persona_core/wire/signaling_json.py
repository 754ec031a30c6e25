"""Signaling messages as JSON texts: parsed once, at the edge, with every field checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from persona_core.errors import SignalingError
from persona_core.wire.signaling import (
    CLAIM_PATTERN,
    CODE_PATTERN,
    ICE_URL_PATTERN,
    KEY_PACKAGE_PATTERN,
    LIFE_PATTERN,
    MAX_MESSAGE_BYTES,
    MAX_ORDER,
    MAX_REMOVED,
    MAX_ROOM_SIZE,
    PAYLOAD_PATTERN,
    PEER_PATTERN,
    ROOM_PATTERN,
    ROOM_TOKEN_PATTERN,
    TOKEN_PATTERN,
    AskIceServers,
    AskRoom,
    ClientMessage,
    Closing,
    ErrorCode,
    ErrorMessage,
    HostOrder,
    IceServer,
    IceServers,
    Join,
    Leave,
    Limits,
    Member,
    PeerJoined,
    PeerLeft,
    PeerLost,
    Ping,
    Pong,
    Reject,
    Relay,
    RelayKind,
    RoomAnswer,
    ServerMessage,
    Welcome,
)


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
                # Optional, so that a page of another age hears that it is one.
                claim=fields.optional("claim", CLAIM_PATTERN),
                key_package=fields.optional("key_package", KEY_PACKAGE_PATTERN),
                life=fields.optional("life", LIFE_PATTERN),
                room_size=fields.optional_integer("room_size", 1, MAX_ROOM_SIZE),
                room_token=fields.optional("room_token", ROOM_TOKEN_PATTERN),
                seat_token=fields.optional("seat_token", ROOM_TOKEN_PATTERN),
                host_token=fields.optional("host_token", TOKEN_PATTERN),
            )
        case "room":
            return AskRoom(
                fields.optional("room", ROOM_PATTERN),
                fields.optional("room_token", ROOM_TOKEN_PATTERN),
            )
        case "leave":
            return Leave()
        case "ping":
            return Ping()
        case "pong":
            return Pong()
        case "peer-lost":
            return PeerLost(fields.matching("peer", PEER_PATTERN))
        case "ice-servers":
            return AskIceServers()
        case "host-order":
            return fields.host_order()
        case "reject":
            return Reject(
                fields.matching("to", PEER_PATTERN), fields.matching("code", CODE_PATTERN)
            )
        case ("offer" | "answer" | "ice" | "control") as kind:
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
        case "room":
            return RoomAnswer(
                fields.integer("people", 0, MAX_ROOM_SIZE),
                fields.integer("room_size", 1, MAX_ROOM_SIZE),
                fields.boolean("needs_token"),
                fields.boolean("locked", default=False),
            )
        case "peer-joined":
            member = fields.member()
            return PeerJoined(member.peer, member.order, member.life, member.key_package)
        case "peer-left":
            return PeerLeft(fields.matching("peer", PEER_PATTERN))
        case "reject":
            return Reject(
                fields.matching("from", PEER_PATTERN), fields.matching("code", CODE_PATTERN)
            )
        case ("offer" | "answer" | "ice" | "control") as kind:
            return fields.relay(kind, "from")
        case "error":
            return ErrorMessage(
                fields.matching("code", CODE_PATTERN), fields.text("detail", default="")[:200]
            )
        case "ping":
            return Ping()
        case "pong":
            return Pong(fields.optional("seat_token", ROOM_TOKEN_PATTERN))
        case "ice-servers":
            return fields.ice_servers()
        case "closing":
            return Closing(fields.integer("retry_ms", 0, 600_000))
        case other:
            raise SignalingError(repr(other[:40]), code=ErrorCode.UNKNOWN_TYPE)


def encode_client_message(message: ClientMessage) -> str:
    """The JSON text of a message to the server."""
    match message:
        case Join():
            return _dump("join", **_told(asdict(message)))
        case AskRoom():
            return _dump("room", **_told(asdict(message)))
        case Relay(kind, peer, counter, payload):
            return _dump(kind, to=peer, counter=counter, payload=payload)
        case Reject(peer, code):
            return _dump("reject", to=peer, code=code)
        case Leave():
            return _dump("leave")
        case Ping():
            return _dump("ping")
        case Pong():
            return _dump("pong")
        case PeerLost(peer):
            return _dump("peer-lost", peer=peer)
        case AskIceServers():
            return _dump("ice-servers")
        case HostOrder(locked, removed, heir):
            told = _told({"heir": heir})
            return _dump("host-order", locked=locked, removed=list(removed), **told)


def encode_server_message(message: ServerMessage) -> str:
    """The JSON text of a message to a client."""
    match message:
        case Welcome(peer, order, peers, limits, ice, seat_token):
            return _dump(
                "welcome",
                peer=peer,
                order=order,
                peers=[_told(asdict(member)) for member in peers],
                limits=asdict(limits),
                **_ice_fields(ice),
                **_told({"seat_token": seat_token}),
            )
        case RoomAnswer():
            return _dump("room", **asdict(message))
        case PeerJoined():
            return _dump("peer-joined", **_told(asdict(message)))
        case PeerLeft(peer):
            return _dump("peer-left", peer=peer)
        case Relay(kind, peer, counter, payload):
            return _dump(kind, **{"from": peer}, counter=counter, payload=payload)
        case Reject(peer, code):
            return _dump("reject", **{"from": peer}, code=code)
        case ErrorMessage(code, detail):
            return _dump("error", code=code, detail=detail)
        case Ping():
            return _dump("ping")
        case Pong():
            return _dump("pong", **_told(asdict(message)))
        case Closing(retry_ms):
            return _dump("closing", retry_ms=retry_ms)
        case IceServers():
            return _dump("ice-servers", **_ice_fields(message))


def _dump(kind: str, **fields: object) -> str:
    return _ENCODE({"type": kind, **fields})


def _told(fields: dict[str, object]) -> dict[str, object]:
    """Without the optional fields that say nothing."""
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _ice_fields(ice: IceServers) -> dict[str, object]:
    servers = [_told({**asdict(server), "urls": list(server.urls)}) for server in ice.servers]
    return {"ice_servers": servers, "ice_ttl_s": ice.ttl_s}


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
            relay_bytes=limits.optional_integer("relay_bytes", 0, MAX_ORDER) or 0,
            relay_per_second=limits.number("relay_per_second", low=0.0, default=0.0),
        ),
        ice=fields.ice_servers(),
        seat_token=fields.optional("seat_token", ROOM_TOKEN_PATTERN),
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
            values = _DECODE(text)
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

    def optional(self, name: str, pattern: re.Pattern[str]) -> str:
        """Empty where the field is absent."""
        return self.matching(name, pattern) if name in self._values else ""

    def optional_integer(self, name: str, low: int, high: int) -> int | None:
        return self.integer(name, low, high) if name in self._values else None

    def integer(self, name: str, low: int, high: int) -> int:
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._bad(name, f"an integer from {low} to {high}")
        return value

    def boolean(self, name: str, default: bool | None = None) -> bool:
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise self._bad(name, "true or false")
        return value

    def number(self, name: str, low: float = 1e-9, default: float | None = None) -> float:
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= 1e9:
            raise self._bad(name, f"a number from {low:g} to 1e9")
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
        return Member(
            self.matching("peer", PEER_PATTERN),
            self.integer("order", 0, MAX_ORDER),
            self.matching("life", LIFE_PATTERN),
            self.matching("key_package", KEY_PACKAGE_PATTERN),
        )

    def ice_servers(self) -> IceServers:
        """The fields ``ice_servers`` and ``ice_ttl_s``; nothing where they are absent."""
        if "ice_servers" not in self._values:
            return IceServers()
        return IceServers(
            tuple(entry.ice_server() for entry in self.objects("ice_servers")),
            self.optional_integer("ice_ttl_s", 0, MAX_ORDER) or 0,
        )

    def ice_server(self) -> IceServer:
        urls = self._values.get("urls")
        if isinstance(urls, str):
            urls = [urls]
        if not isinstance(urls, list) or not all(
            isinstance(url, str) and ICE_URL_PATTERN.fullmatch(url) for url in urls
        ):
            raise self._bad("urls", "a list of stun: and turn: addresses")
        username, credential = self.text("username", ""), self.text("credential", "")
        return IceServer(tuple(urls), username, credential)

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise self._bad(name, "true or false")
        return value

    def host_order(self) -> HostOrder:
        removed = self._values.get("removed")
        if not isinstance(removed, list) or len(removed) > MAX_REMOVED:
            raise self._bad("removed", f"a list of at most {MAX_REMOVED}")
        if not all(isinstance(one, str) and PEER_PATTERN.fullmatch(one) for one in removed):
            raise self._bad("removed", "a list of peer ids")
        return HostOrder(self.flag("locked"), tuple(removed), self.optional("heir", PEER_PATTERN))

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


# Made once: json.dumps and json.loads make a new one for every call that has options.
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_DECODE = json.JSONDecoder(parse_constant=_refuse_constant).decode
