"""The signaling protocol: its rules, its words and its messages.

On the wire the messages are JSON texts, made and parsed by
:mod:`persona_core.call.signaling_json` only.

The rules both sides keep:

* The first message of a socket is ``join``; the server answers ``welcome`` or refuses.
* A peer's id is made by its page and lasts as long as the page. The private ``token`` sent
  beside it lets a new socket of the same page replace its half-dead predecessor, silently for
  the others, and keeps everybody else from taking the id.
* ``order`` grows with every arrival in a room. Of two peers the one with the higher order is
  the later joiner: the polite one of perfect negotiation. A replaced socket keeps its order.
* Whoever receives ``welcome`` offers to the peers listed in it; whoever hears ``peer-joined``
  waits for the newcomer's offer.
* A page sends ``ping`` now and then and takes a socket on which nothing comes for dead; the
  server does the same with the WebSocket's own pings.
* Payloads are sealed (see :mod:`persona_core.call.sealing`); the server cannot read them.
  ``counter`` travels in clear and is bound into the seal.
* Unknown fields are ignored and unknown types answered with ``unknown-type`` without closing,
  so that a newer page can talk to an older server. Everything else that breaks the rules is
  answered with ``error`` and a close code, as :data:`CLOSE_CODES` says.
* Close codes 4008 and 4009 mean: do not connect again by yourself.

Nothing here limits a room to two peers; the server's configuration does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, Literal

PROTOCOL_VERSION: Final = 1
MAX_MESSAGE_BYTES: Final = 16_384
"""Largest message either side accepts, in bytes of UTF-8."""

MAX_ORDER: Final = 2**53 - 1
"""Largest integer that survives JSON in every language (IEEE 754 double)."""

ROOM_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
PEER_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
TOKEN_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
PAYLOAD_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,16000}")
CODE_PATTERN: Final = re.compile(r"[a-z0-9-]{1,40}")

RelayKind = Literal["offer", "answer", "ice"]
RELAY_KINDS: Final[tuple[RelayKind, ...]] = ("offer", "answer", "ice")


class CloseCode(IntEnum):
    """WebSocket close codes that carry meaning here (RFC 6455, section 7.4; 4000+ are ours)."""

    NORMAL = 1000
    BROKEN = 1006
    """Never sent: the platform's word for a socket that broke or never opened."""
    RESTARTING = 1012
    TRY_LATER = 1013
    RULES_BROKEN = 4008
    """You broke the rules, or a newer socket of yours replaced this one: do not reconnect."""
    NO_PLACE = 4009
    """There is no place for you (room or server full): do not reconnect."""

    @property
    def forbids_reconnect(self) -> bool:
        return self in (CloseCode.RULES_BROKEN, CloseCode.NO_PLACE)


class ErrorCode(StrEnum):
    """What a server's ``error`` message, or the reason of a close, may say."""

    BAD_JSON = "bad-json"
    BAD_FIELD = "bad-field"
    UNKNOWN_TYPE = "unknown-type"
    MESSAGE_TOO_LARGE = "message-too-large"
    BINARY_MESSAGE = "binary-message"
    TOO_MANY_MESSAGES = "too-many-messages"
    JOIN_FIRST = "join-first"
    JOIN_TIMEOUT = "join-timeout"
    ALREADY_JOINED = "already-joined"
    UNSUPPORTED_PROTOCOL = "unsupported-protocol"
    ORIGIN_REFUSED = "origin-refused"
    PEER_TAKEN = "peer-taken"
    REPLACED = "replaced"
    NO_SUCH_PEER = "no-such-peer"
    ROOM_FULL = "room-full"
    SERVER_FULL = "server-full"
    SERVER_BUSY = "server-busy"
    SLOW_READER = "slow-reader"


CLOSE_CODES: Final[dict[ErrorCode, CloseCode | None]] = {
    ErrorCode.BAD_JSON: CloseCode.RULES_BROKEN,
    ErrorCode.BAD_FIELD: CloseCode.RULES_BROKEN,
    ErrorCode.UNKNOWN_TYPE: None,
    ErrorCode.MESSAGE_TOO_LARGE: CloseCode.RULES_BROKEN,
    ErrorCode.BINARY_MESSAGE: CloseCode.RULES_BROKEN,
    ErrorCode.TOO_MANY_MESSAGES: CloseCode.RULES_BROKEN,
    ErrorCode.JOIN_FIRST: CloseCode.RULES_BROKEN,
    ErrorCode.JOIN_TIMEOUT: CloseCode.TRY_LATER,
    ErrorCode.ALREADY_JOINED: CloseCode.RULES_BROKEN,
    ErrorCode.UNSUPPORTED_PROTOCOL: CloseCode.RULES_BROKEN,
    ErrorCode.ORIGIN_REFUSED: CloseCode.RULES_BROKEN,
    ErrorCode.PEER_TAKEN: CloseCode.RULES_BROKEN,
    ErrorCode.REPLACED: CloseCode.RULES_BROKEN,
    ErrorCode.NO_SUCH_PEER: None,
    ErrorCode.ROOM_FULL: CloseCode.NO_PLACE,
    ErrorCode.SERVER_FULL: CloseCode.NO_PLACE,
    ErrorCode.SERVER_BUSY: CloseCode.TRY_LATER,
    ErrorCode.SLOW_READER: CloseCode.TRY_LATER,
}
"""How each error ends the socket; None: it goes on."""


@dataclass(frozen=True, slots=True)
class Join:
    """The first message of a socket."""

    protocol: int
    room: str
    peer: str
    token: str


@dataclass(frozen=True, slots=True)
class Relay:
    """A sealed offer, answer or ICE candidate.

    Attributes:
        kind: what is inside; bound into the seal.
        peer: whom it is for (client to server) or whom it comes from (server to client).
        counter: the sender's counter towards that peer, >= 1 and growing.
        payload: base64url text without padding.
    """

    kind: RelayKind
    peer: str
    counter: int
    payload: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Says "my key does not open what you sent", so that both sides learn of a wrong secret."""

    peer: str
    code: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The person left on purpose."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? Pages cannot see the WebSocket's own pings."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the room."""

    peer: str
    order: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server allows one socket."""

    message_bytes: int
    messages_per_second: float
    burst: int
    room_size: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """We are in; ``peers`` are those already there."""

    peer: str
    order: int
    peers: tuple[Member, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class PeerJoined:
    peer: str
    order: int


@dataclass(frozen=True, slots=True)
class PeerLeft:
    peer: str


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """Something of ours was refused; ``code`` is an :class:`ErrorCode` or a newer word."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Closing:
    """The server is about to stop; try again after ``retry_ms``."""

    retry_ms: int


ClientMessage = Join | Relay | Reject | Leave | Ping
ServerMessage = Welcome | PeerJoined | PeerLeft | Relay | Reject | ErrorMessage | Closing | Pong
