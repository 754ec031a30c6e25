"""The signaling protocol: its rules, its words and its messages.

On the wire the messages are JSON texts, made and parsed by
:mod:`persona_core.wire.signaling_json` only, and relay frames, which are bytes
(:mod:`persona_core.wire.relay_frame`).

The rules both sides keep:

* The first message of a socket is ``join``; the server answers ``welcome`` or refuses.
* Or it is ``room``, the question of a page whose person has yet to join: how many people are in a
  room, and how many it holds. It takes what joining takes, the room's id and the operator's token
  where there is one, is refused as that is, and the answer holds nobody's id. The server answers
  with ``room`` and closes.
* A peer's id is made by its page, which may keep it over a reload, out of a private ``token``
  and a ``claim`` (:mod:`persona_core.call.keys.identity`). Sent beside it they prove, to a server
  that remembers nothing, that the id belongs to who joins: a new socket of the same person
  replaces its half-dead predecessor, and nobody else can take the id, whenever they try.
* ``key_package`` is what the page tells of its keys (:mod:`persona_core.call.keys.key_package`),
  sealed for the members of the room. The server hands it on with the peer and its ``life``.
* ``life`` is new with every load of a page. A socket replaced within one life is silent for the
  others; a new life is told to them by a second ``peer-joined`` with the same peer and order:
  whatever they had with the old one is over, and the newcomer offers.
* A socket that breaks without ``leave`` keeps its seat for some seconds before ``peer-left`` is
  told, so that a page that reloads or changes its network finds its place again.
* ``order`` grows with every arrival in a room. Of two peers the one with the higher order is
  the later joiner: the polite one of perfect negotiation. A replaced socket keeps its order.
* Whoever receives ``welcome`` offers to the peers listed in it; whoever hears ``peer-joined``
  waits for the newcomer's offer.
* A page sends ``ping`` now and then and takes a socket on which nothing comes for dead; the
  server does the same with the WebSocket's own pings.
* A page that hears nothing of a peer says ``peer-lost``. The server then sends that peer ``ping``,
  which every page answers; one that says nothing at all for :data:`SIGN_OF_LIFE_SECONDS` loses
  its seat at once. So whose device died is gone soon, and who is only out of reach for some stays.
* Payloads are sealed (see :mod:`persona_core.wire.sealing`); the server cannot read them.
  ``counter`` travels in clear and is bound into the seal.
* Unknown fields are ignored and unknown types answered with ``unknown-type`` without closing,
  so that a newer page can talk to an older server. Everything else that breaks the rules is
  answered with ``error`` and a close code, as :data:`CLOSE_CODES` says.
* Where rooms need an operator's token, ``welcome`` and now and then a ``pong`` bring a seat token.
  Shown in the next ``join`` it opens the same room for the same peer, so that a running call
  outlives the operator's token and the server that knew its people. It lasts only for a while:
  who is in gets the next one, who left for long does not.
* Close codes 4008 and 4009 mean: do not connect again by yourself.
* A room whose id was made of a token (:mod:`persona_core.call.keys.founding`) has a host: who shows
  the token in ``join``, or while that one is away, the seat that the last host named as heir. The
  host's ``host-order`` says whether the room is locked, so that nobody is seated anew, and which
  seats are removed, for as long as the room lives; of anybody else it is answered ``not-host``.
* A room is full for a newcomer when it holds as many as the server allows, as any page inside
  can show, or as the newcomer's own page can show, whichever is least.
* Relay frames are for peers who find no direct path. They are sealed, addressed to one peer of
  the same room, and perishable: what exceeds the rate is dropped without a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, Literal

PROTOCOL_VERSION: Final = 2
MAX_MESSAGE_BYTES: Final = 16_384
"""Largest message either side accepts, in bytes of UTF-8."""

MAX_ORDER: Final = 2**53 - 1
"""Largest integer that survives JSON in every language (IEEE 754 double)."""

MAX_ROOM_SIZE: Final = 8
"""Peers in a room, at most: each sends to each other, which a browser cannot do for more."""

MAX_RELAY_BYTES: Final = 256
"""Largest sealed content of a relay frame."""

SIGN_OF_LIFE_SECONDS: Final = 7.0
"""How long a peer that somebody has lost may take to say anything: two steps of a machine that
needs seconds for each."""

ROOM_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
PEER_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
TOKEN_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
CLAIM_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
KEY_PACKAGE_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,600}")
LIFE_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
MAX_REMOVED: Final = 64
"""Seats that one order removes, and that a room remembers."""
ROOM_TOKEN_PATTERN: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")
ICE_URL_PATTERN: Final = re.compile(r"(?:stun|stuns|turn|turns):[!-~]{1,300}")
PAYLOAD_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,16000}")
CODE_PATTERN: Final = re.compile(r"[a-z0-9-]{1,40}")

RelayKind = Literal["offer", "answer", "ice", "control"]
RELAY_KINDS: Final[tuple[RelayKind, ...]] = ("offer", "answer", "ice", "control")


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
    """There is no place for you (room full, no valid token): do not reconnect."""


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
    PEER_UNPROVEN = "peer-unproven"
    REPLACED = "replaced"
    NO_SUCH_PEER = "no-such-peer"
    ROOM_FULL = "room-full"
    SERVER_FULL = "server-full"
    SERVER_BUSY = "server-busy"
    SLOW_READER = "slow-reader"
    ROOM_HELD = "room-held"
    SILENT = "silent"
    ROOM_TOKEN_MISSING = "room-token-missing"
    ROOM_TOKEN_EXPIRED = "room-token-expired"
    ROOM_TOKEN_INVALID = "room-token-invalid"
    TOO_MANY_CONNECTIONS = "too-many-connections"
    TOO_MANY_JOINS = "too-many-joins"
    FRAME_TOO_LARGE = "frame-too-large"
    ROOM_LOCKED = "room-locked"
    REMOVED = "removed"
    NOT_HOST = "not-host"


CLOSE_CODES: Final[dict[ErrorCode, CloseCode | None]] = {
    **dict.fromkeys(ErrorCode, CloseCode.RULES_BROKEN),
    ErrorCode.UNKNOWN_TYPE: None,
    ErrorCode.NO_SUCH_PEER: None,
    ErrorCode.NOT_HOST: None,
    ErrorCode.ROOM_FULL: CloseCode.NO_PLACE,
    ErrorCode.ROOM_LOCKED: CloseCode.NO_PLACE,
    ErrorCode.REMOVED: CloseCode.NO_PLACE,
    ErrorCode.ROOM_TOKEN_MISSING: CloseCode.NO_PLACE,
    ErrorCode.ROOM_TOKEN_EXPIRED: CloseCode.NO_PLACE,
    ErrorCode.ROOM_TOKEN_INVALID: CloseCode.NO_PLACE,
    ErrorCode.JOIN_TIMEOUT: CloseCode.TRY_LATER,
    ErrorCode.SERVER_FULL: CloseCode.TRY_LATER,
    ErrorCode.SERVER_BUSY: CloseCode.TRY_LATER,
    ErrorCode.SLOW_READER: CloseCode.TRY_LATER,
    ErrorCode.ROOM_HELD: CloseCode.TRY_LATER,
    ErrorCode.SILENT: CloseCode.TRY_LATER,
    ErrorCode.TOO_MANY_CONNECTIONS: CloseCode.TRY_LATER,
    ErrorCode.TOO_MANY_JOINS: CloseCode.TRY_LATER,
}
"""How each error ends the socket: as a broken rule where nothing else is said. None: it goes on."""


@dataclass(frozen=True, slots=True)
class Join:
    """The first message of a socket.

    Attributes:
        claim: with the token it proves the peer id.
        key_package: of this page, for the others.
        life: changes with every load of the page.
        room_size: how many people the page can show, its own person included; None from pages
            that do not tell.
        room_token: the operator's signed permission, where the link holds one.
        seat_token: the last one that the server gave, empty for a newcomer.
        host_token: what the room's id was made of, where it is the host who joins.
    """

    protocol: int
    room: str
    peer: str
    token: str = field(repr=False)
    claim: str
    key_package: str = field(repr=False)
    life: str
    room_size: int | None = None
    room_token: str = field(default="", repr=False)
    seat_token: str = field(default="", repr=False)
    host_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AskRoom:
    """How many people are in a room? The first and only message of a socket.

    Attributes:
        room: empty to hear of no room but whether rooms need the operator's token.
        room_token: as in :class:`Join`.
    """

    room: str
    room_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """What is told of a room before joining.

    Attributes:
        people: how many are in it, those included whose seats are kept for a moment; 0 without a
            room.
        room_size: how many it holds, as the server and the pages inside have it.
        needs_token: whether rooms of this server need the operator's token.
        locked: whether the host lets nobody in who was not there; older servers do not tell.
    """

    people: int
    room_size: int
    needs_token: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Relay:
    """A sealed offer, answer or ICE candidate, or a control message that finds no direct path.

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
    """The answer to a ping.

    Attributes:
        seat_token: takes the place of the older one; empty where that is still good.
    """

    seat_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PeerLost:
    """We hear nothing of this peer: is its page still there?"""

    peer: str


@dataclass(frozen=True, slots=True)
class HostOrder:
    """What the host wants of the server.

    Attributes:
        locked: whether nobody is seated anew.
        removed: peer ids that lose their seats and get none again, at most 64; those of before
            stay removed.
        heir: peer id of who is host when this one's seat is free; empty for nobody.
    """

    locked: bool
    removed: tuple[str, ...] = ()
    heir: str = ""


@dataclass(frozen=True, slots=True)
class AskIceServers:
    """Which ICE servers may I use now? For pages whose credentials are about to expire."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server, as ``RTCIceServer`` has it."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IceServers:
    """The ICE servers of this signaling server's operator.

    Attributes:
        ttl_s: after how many seconds the credentials expire; 0 when they do not.
    """

    servers: tuple[IceServer, ...] = ()
    ttl_s: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the room."""

    peer: str
    order: int
    life: str
    key_package: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server allows one socket.

    Attributes:
        relay_bytes: largest sealed content of a relay frame; 0 where frames are not relayed.
        relay_per_second: relay frames in the long run.
    """

    message_bytes: int
    messages_per_second: float
    burst: int
    room_size: int
    relay_bytes: int = 0
    relay_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Welcome:
    """We are in; ``peers`` are those already there.

    Attributes:
        seat_token: where rooms need tokens, the server's word that this peer is in this room.
    """

    peer: str
    order: int
    peers: tuple[Member, ...]
    limits: Limits
    ice: IceServers = IceServers()
    seat_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PeerJoined(Member):
    """Somebody came, or came back with a page loaded anew (same order, another life)."""


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


@dataclass(frozen=True, slots=True)
class RelayFrame:
    """Sealed bytes on their way through the server.

    Attributes:
        peer: whom it is for (client to server) or whom it comes from (server to client).
        payload: 1 to :data:`MAX_RELAY_BYTES` bytes.
    """

    peer: str
    payload: bytes


PlainMessage = Join | AskRoom | Relay | Reject | Leave | Ping | Pong | PeerLost | AskIceServers
ClientMessage = PlainMessage | HostOrder
ServerMessage = (
    Welcome
    | RoomAnswer
    | PeerJoined
    | PeerLeft
    | Relay
    | Reject
    | ErrorMessage
    | Closing
    | Ping
    | Pong
    | IceServers
)
