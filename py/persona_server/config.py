"""What an operator can set, and where each value comes from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from persona_core.call.signaling import MAX_MESSAGE_BYTES
from persona_core.errors import PersonaError

PREFIX = "VP_"


class ConfigError(PersonaError):
    """A setting that makes no sense."""

    default_code = "bad-config"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Settings of the signaling server; each is read from ``VP_<NAME>`` by :meth:`from_env`.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        room_size: how many peers a room holds.
        max_rooms: how many rooms there may be at once.
        max_peers: how many peers there may be in all rooms together.
        max_pending: how many sockets may be open that have not joined yet.
        messages_per_second: sustained rate allowed to one socket.
        message_burst: messages a socket may send at once. A page sends one offer or answer and
            10 to 20 ICE candidates in a moment, and twice that when both sides renegotiate
            together, so the default leaves room for two such rounds.
        max_message_bytes: largest message, in bytes of UTF-8; at most the protocol's own limit.
        outbox_messages: messages kept for a socket that reads slowly; then it is closed.
        ping_seconds: pause between the WebSocket pings of an idle socket.
        drop_seconds: a socket that has been silent for this long is dropped.
        join_seconds: how long a fresh socket may wait before it joins.
        retry_ms: what clients are told to wait when the server stops.
        allowed_origins: origins (``https://host``) whose pages may connect besides the pages
            of this very host; ``*`` allows all. From a comma-separated list.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    room_size: int = 2
    max_rooms: int = 5_000
    max_peers: int = 10_000
    max_pending: int = 1_000
    messages_per_second: float = 20.0
    message_burst: int = 80
    max_message_bytes: int = MAX_MESSAGE_BYTES
    outbox_messages: int = 256
    ping_seconds: float = 30.0
    drop_seconds: float = 75.0
    join_seconds: float = 10.0
    retry_ms: int = 2_000
    allowed_origins: tuple[str, ...] = ()
    log_level: str = "info"

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be above 0, not {getattr(self, name)}")
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"port must be from 0 to 65535, not {self.port}")
        if self.max_message_bytes > MAX_MESSAGE_BYTES:
            raise ConfigError(f"max_message_bytes must be at most {MAX_MESSAGE_BYTES}")
        if not 0 <= self.retry_ms <= 600_000:
            raise ConfigError(f"retry_ms must be from 0 to 600000, not {self.retry_ms}")
        if self.drop_seconds <= self.ping_seconds:
            raise ConfigError("drop_seconds must be longer than ping_seconds")
        if self.log_level not in _LOG_LEVELS:
            raise ConfigError(f"log_level must be one of {', '.join(_LOG_LEVELS)}")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> ServerConfig:
        """The defaults, overridden by the ``VP_`` variables that are set.

        Raises:
            ConfigError: naming the variable that cannot be read.
        """
        found: dict[str, object] = {}
        for field in fields(cls):
            variable = PREFIX + field.name.upper()
            text = environment.get(variable)
            if text is None:
                continue
            try:
                found[field.name] = _READERS[str(field.type)](text)
            except ValueError:
                raise ConfigError(f"{variable}={text!r} is not of type {field.type}") from None
        return cls(**found)  # type: ignore[arg-type]


def _origins(text: str) -> tuple[str, ...]:
    return tuple(entry.strip().rstrip("/").lower() for entry in text.split(",") if entry.strip())


_LOG_LEVELS = ("debug", "info", "warning", "error")
_READERS: dict[str, Callable[[str], object]] = {
    "str": str,
    "int": int,
    "float": float,
    "tuple[str, ...]": _origins,
}
_POSITIVE = (
    "room_size",
    "max_rooms",
    "max_peers",
    "max_pending",
    "messages_per_second",
    "message_burst",
    "max_message_bytes",
    "outbox_messages",
    "ping_seconds",
    "join_seconds",
)
