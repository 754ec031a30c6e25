"""What an operator can set, and where each value comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from persona_core.errors import PersonaError
from persona_core.wire.signaling import ICE_URL_PATTERN, MAX_MESSAGE_BYTES, MAX_ROOM_SIZE, IceServer
from persona_server.guarded_config import DoorSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREFIX = "VP_"
FILE_SUFFIX = "_FILE"
MIN_SECRET_LENGTH = 16
MAX_TURN_TTL_SECONDS = 3600


class ConfigError(PersonaError):
    """A setting that makes no sense."""

    default_code = "bad-config"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Settings of the signaling server.

    Each is read from ``VP_<NAME>`` by :meth:`from_env`, or from the file that ``VP_<NAME>_FILE``
    names, as containers and systemd hand over secrets. Lists are separated by commas.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        room_size: how many peers a room holds at most, 2 to 8. Pages that can show fewer keep
            their rooms smaller.
        max_rooms: how many rooms there may be at once in this process.
        max_peers: how many peers there may be in all rooms of this process together.
        max_pending: how many sockets may be open that have not joined yet. Nobody holds more of
            these places than are left.
        max_http: how many connections may be open that are no WebSocket (yet), likewise.
        address_connections: how many sockets one address may hold; 0 for any number. Offices and
            mobile carriers put many people behind one address. An IPv6 /64 counts as one address;
            the /56 around it may hold twice as many, the /48 four times.
        address_http: how many connections one address may hold that are no WebSocket (yet); 0 for
            any number. Trusted proxies may hold any number and are to count for themselves.
        address_handshakes_per_minute: how often one address may open a socket; 0 for any number.
        address_joins_per_minute: how often one address may join; 0 for any number.
        request_seconds: how long a request may take to arrive as a whole.
        trusted_proxies: addresses or networks of reverse proxies whose ``X-Forwarded-For`` is
            believed; ``*`` believes everybody.
        messages_per_second: sustained rate allowed to one socket.
        message_burst: messages a socket may send at once. A page sends one offer or answer and
            10 to 20 ICE candidates in a moment, and twice that when both sides renegotiate
            together, so the default leaves room for two such rounds.
        max_message_bytes: largest message, in bytes of UTF-8; at most the protocol's own limit.
        relay_per_second: parameter frames that a socket may send through the server when there
            is no direct path, sustained and at once; 0 relays none.
        outbox_messages: messages kept for a socket that reads slowly; then it is closed.
        outbox_bytes: bytes kept for it, likewise.
        ping_seconds: pause between the WebSocket pings of an idle socket.
        drop_seconds: a socket that has been silent for this long is dropped, and a connection
            that took nothing of an answer.
        join_seconds: how long a fresh socket may wait before it joins.
        resume_seconds: how long a seat is kept for a peer whose socket broke; 0 keeps none.
        retry_ms: what clients are told to wait, at least, when the server stops.
        retry_spread_ms: each client is told to wait up to this much longer, by chance, so that
            they do not all come back at once.
        drain_seconds: after SIGTERM, how long ``/healthz`` says 503 and newcomers are turned away
            before the clients are told to move: a load balancer's time to notice.
        shutdown_seconds: how long clients may then take to be told; after that it ends.
        allowed_origins: origins (``https://host``) whose pages may connect besides the pages
            of this very host; ``*`` allows all.
        room_secrets: secrets that sign room tokens. The first one signs, all are accepted, so
            that they can be changed without turning anybody away. None: rooms are open to
            whoever knows their id.
        seat_seconds: how long somebody who was let in may come back, though the room token expired
            and the server was restarted meanwhile; renewed for as long as they are in.
        ice_servers: what pages may use besides their own list: JSON, as ``RTCIceServer`` has it.
        turn_urls: addresses of the TURN server (coturn) that shares ``turn_secret``.
        turn_secret: coturn's ``static-auth-secret``.
        turn_ttl_seconds: how long a TURN credential lasts at most; pages ask anew in time.
        redis_url: ``redis://``, ``rediss://`` or ``unix://`` address of the Redis by which
            several processes share rooms. Empty: this process is alone.
        redis_prefix: begins all our keys and channels in Redis.
        presence_seconds: a process that has not been heard of in Redis for this long is dead.
        metrics_token: bearer token that ``/metrics`` asks for. Empty: it answers requests from
            this machine only.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
        log_salt: makes the aliases of rooms in the log the same in all processes that share it.
            Empty: new ones with every start.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    room_size: int = MAX_ROOM_SIZE
    max_rooms: int = 5_000
    max_peers: int = 10_000
    max_pending: int = 1_000
    max_http: int = 1_000
    address_connections: int = 200
    address_http: int = 100
    address_handshakes_per_minute: int = 480
    address_joins_per_minute: int = 240
    request_seconds: float = 10.0
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    messages_per_second: float = 20.0
    message_burst: int = 80
    max_message_bytes: int = MAX_MESSAGE_BYTES
    relay_per_second: float = 40.0
    outbox_messages: int = 256
    outbox_bytes: int = 512 * 1024
    ping_seconds: float = 30.0
    drop_seconds: float = 75.0
    join_seconds: float = 10.0
    resume_seconds: float = 10.0
    retry_ms: int = 2_000
    retry_spread_ms: int = 3_000
    drain_seconds: float = 0.0
    shutdown_seconds: float = 10.0
    allowed_origins: tuple[str, ...] = ()
    room_secrets: tuple[str, ...] = field(default=(), repr=False)
    seat_seconds: int = 1_800
    ice_servers: tuple[IceServer, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    turn_ttl_seconds: int = MAX_TURN_TTL_SECONDS
    redis_url: str = field(default="", repr=False)
    redis_prefix: str = "virtualpersona:"
    presence_seconds: float = 15.0
    metrics_token: str = field(default="", repr=False)
    log_level: str = "info"
    log_salt: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        check_settings(self, _POSITIVE, _NOT_NEGATIVE)
        if not 2 <= self.room_size <= MAX_ROOM_SIZE:
            raise ConfigError(f"room_size must be from 2 to {MAX_ROOM_SIZE}, not {self.room_size}")
        if self.max_message_bytes > MAX_MESSAGE_BYTES:
            raise ConfigError(f"max_message_bytes must be at most {MAX_MESSAGE_BYTES}")
        if not 0 <= self.retry_ms + self.retry_spread_ms <= 600_000:
            raise ConfigError("retry_ms and retry_spread_ms must be at most 600000 together")
        self._check_secrets()
        self._check_addresses()

    def _check_secrets(self) -> None:
        check_secrets("room_secrets", self.room_secrets)
        if bool(self.turn_urls) != bool(self.turn_secret):
            raise ConfigError("turn_urls and turn_secret belong together")
        if self.turn_ttl_seconds > MAX_TURN_TTL_SECONDS:
            raise ConfigError(f"turn_ttl_seconds must be at most {MAX_TURN_TTL_SECONDS}")

    def _check_addresses(self) -> None:
        for url in (*self.turn_urls, *(url for one in self.ice_servers for url in one.urls)):
            if not ICE_URL_PATTERN.fullmatch(url):
                raise ConfigError(
                    f"turn_urls and ice_servers take addresses such as turn:host:3478, not {url!r}"
                )
        if self.redis_url and not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            raise ConfigError("redis_url must begin with redis://, rediss:// or unix://")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> ServerConfig:
        """The defaults, overridden by the ``VP_`` variables that are set.

        Raises:
            ConfigError: naming the variable that cannot be read.
        """
        return read_settings(cls, environment)


Settings = TypeVar("Settings", bound="DataclassInstance")


def read_settings(
    kind: type[Settings], environment: Mapping[str, str] = os.environ, prefix: str = PREFIX
) -> Settings:
    """Settings of a kind: its defaults, overridden by the variables that are set.

    Args:
        kind: a dataclass whose fields have the types that :class:`ServerConfig` has.
        prefix: what the variables' names begin with.

    Raises:
        ConfigError: naming the variable that cannot be read.
    """
    found: dict[str, object] = {}
    for entry in fields(kind):
        variable = prefix + entry.name.upper()
        text = _text(environment, variable)
        if text is None:
            continue
        try:
            found[entry.name] = _reader(entry.name, str(entry.type))(text)
        except ValueError:
            shown = repr(text) if entry.repr else "its value"
            raise ConfigError(f"{variable}: {shown} is not of type {entry.type}") from None
    return kind(**found)


class CommonSettings(DoorSettings, Protocol):
    """What every server of ours can be set."""

    @property
    def log_level(self) -> str: ...


def check_settings(
    settings: CommonSettings, positive: Sequence[str], not_negative: Sequence[str]
) -> None:
    """Looks at what every server of ours can be set, and at the numbers that are named.

    Raises:
        ConfigError: one makes no sense.
    """
    for name in positive:
        if not getattr(settings, name) > 0:
            raise ConfigError(f"{name} must be above 0, not {getattr(settings, name)}")
    for name in not_negative:
        if not getattr(settings, name) >= 0:
            raise ConfigError(f"{name} must be 0 or more, not {getattr(settings, name)}")
    if not 0 <= settings.port <= 65_535:
        raise ConfigError(f"port must be from 0 to 65535, not {settings.port}")
    if settings.drop_seconds <= settings.ping_seconds:
        raise ConfigError("drop_seconds must be longer than ping_seconds")
    if settings.log_level not in _LOG_LEVELS:
        raise ConfigError(f"log_level must be one of {', '.join(_LOG_LEVELS)}")
    for network in settings.trusted_proxies:
        try:
            if network != "*":
                ip_network(network)
        except ValueError:
            raise ConfigError(f"trusted_proxies: {network!r} is no address") from None


def check_secrets(name: str, secrets: Sequence[str]) -> None:
    """
    Raises:
        ConfigError: one is so short that it could be guessed.
    """
    if any(len(secret) < MIN_SECRET_LENGTH for secret in secrets):
        raise ConfigError(f"{name} must have {MIN_SECRET_LENGTH} characters or more each")


def _text(environment: Mapping[str, str], variable: str) -> str | None:
    path = environment.get(variable + FILE_SUFFIX)
    if path is None:
        return environment.get(variable)
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{variable}{FILE_SUFFIX}: {path} cannot be read: {error}") from None


def _list(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in text.split(",") if entry.strip())


def _origins(text: str) -> tuple[str, ...]:
    return tuple(origin.rstrip("/").lower() for origin in _list(text))


def _ice_servers(text: str) -> tuple[IceServer, ...]:
    entries = json.loads(text)
    if not isinstance(entries, list):
        raise ValueError("not a list")
    return tuple(map(_ice_server, entries))


def _ice_server(entry: object) -> IceServer:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    urls = entry.get("urls")
    names = [urls] if isinstance(urls, str) else urls
    words = [entry.get("username", ""), entry.get("credential", "")]
    if not isinstance(names, list) or not all(isinstance(one, str) for one in (*names, *words)):
        raise ValueError("not of the form of RTCIceServer")
    return IceServer(tuple(names), *words)


def _reader(name: str, kind: str) -> Callable[[str], object]:
    return _origins if name == "allowed_origins" else _READERS[kind]


_LOG_LEVELS = ("debug", "info", "warning", "error")
_READERS: dict[str, Callable[[str], object]] = {
    "str": str,
    "int": int,
    "float": float,
    "tuple[str, ...]": _list,
    "tuple[IceServer, ...]": _ice_servers,
}
_POSITIVE = (
    "max_rooms",
    "max_peers",
    "max_pending",
    "max_http",
    "messages_per_second",
    "message_burst",
    "max_message_bytes",
    "outbox_messages",
    "outbox_bytes",
    "ping_seconds",
    "join_seconds",
    "request_seconds",
    "shutdown_seconds",
    "seat_seconds",
    "turn_ttl_seconds",
    "presence_seconds",
)
_NOT_NEGATIVE = (
    "address_connections",
    "address_http",
    "address_handshakes_per_minute",
    "address_joins_per_minute",
    "relay_per_second",
    "drain_seconds",
    "resume_seconds",
    "retry_ms",
    "retry_spread_ms",
)
