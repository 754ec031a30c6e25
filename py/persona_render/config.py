"""What an operator of a render server can set, and where each value comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from persona_core.wire.rendering import MAX_FPS, MAX_SIDE
from persona_render.engines.engine import EngineOptions
from persona_server.config import ConfigError, check_secrets, check_settings, read_settings

PREFIX: Final = "VP_RENDER_"
SHIPPED: Final = Path(__file__).parents[2] / "static" / "models" / "liveportrait-lite"


@dataclass(frozen=True, slots=True)
class RenderConfig:
    """Settings of a render server.

    Each is read from ``VP_RENDER_<NAME>`` by :meth:`from_env`, or from the file that
    ``VP_RENDER_<NAME>_FILE`` names. Lists are separated by commas.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        model: the model's folder. Empty: LivePortrait-Lite, which comes with the app.
        engine: its name; empty: what belongs to the model.
        device: ``auto``, ``cpu``, ``cuda`` or ``tensorrt``, for engines that have a choice.
        workers: pictures that are drawn at the same time; 0 for one a core.
        batch: pictures that wait and are drawn at once at most, by engines that can; 0 for 4 by
            CUDA and 1 else.
        max_sessions: portraits that are open at once; 0 for three a worker.
        address_sessions: of one address, which counts as in ``VP_ADDRESS_CONNECTIONS``; 0 for any
            number.
        address_handshakes_per_minute: how often one address may open a socket; 0: any number.
        max_side: of a picture, pixels.
        max_fps: pictures a second for one viewer.
        max_kbit: bits a second that video for one viewer aims at, in thousands.
        frames_per_second: parameter frames that one viewer may send; more are passed over, and
            eight times as many end the socket.
        open_seconds: how long a fresh socket may take to send its portrait.
        idle_seconds: a viewer that sends no frames for so long is closed, as is one that receives
            no picture.
        session_seconds: a portrait is drawn for so long at most.
        allowed_origins: origins (``https://host``) whose pages may connect besides the pages of
            this very host; ``*`` allows all.
        access_keys: any of them opens a session. None, and no room secrets: no key is asked for.
        room_secrets: as the signaling server's: a room token does instead of a key.
        trusted_proxies, max_http, address_http, request_seconds, messages_per_second,
            message_burst, ping_seconds, drop_seconds, drain_seconds, retry_ms, metrics_token,
            log_level: as the signaling server's.
    """

    host: str = "127.0.0.1"
    port: int = 8010
    model: str = ""
    engine: str = ""
    device: str = "auto"
    workers: int = 0
    batch: int = 0
    max_sessions: int = 0
    address_sessions: int = 8
    address_handshakes_per_minute: int = 30
    max_side: int = 512
    max_fps: int = 30
    max_kbit: int = 500
    frames_per_second: float = 60.0
    open_seconds: float = 15.0
    idle_seconds: float = 30.0
    session_seconds: float = 4 * 3600.0
    allowed_origins: tuple[str, ...] = ()
    access_keys: tuple[str, ...] = field(default=(), repr=False)
    room_secrets: tuple[str, ...] = field(default=(), repr=False)
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    max_http: int = 200
    address_http: int = 50
    request_seconds: float = 10.0
    messages_per_second: float = 20.0
    message_burst: int = 80
    ping_seconds: float = 20.0
    drop_seconds: float = 50.0
    drain_seconds: float = 0.0
    shutdown_seconds: float = 5.0
    retry_ms: int = 2_000
    metrics_token: str = field(default="", repr=False)
    log_level: str = "info"

    def __post_init__(self) -> None:
        check_settings(self, _POSITIVE, _NOT_NEGATIVE)
        check_secrets("access_keys", self.access_keys)
        check_secrets("room_secrets", self.room_secrets)
        if self.max_side > MAX_SIDE:
            raise ConfigError(f"max_side must be at most {MAX_SIDE}, not {self.max_side}")
        if self.max_fps > MAX_FPS:
            raise ConfigError(f"max_fps must be at most {MAX_FPS}, not {self.max_fps}")
        if self.device not in _DEVICES:
            raise ConfigError(f"device must be one of {', '.join(_DEVICES)}")

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1

    @property
    def engine_options(self) -> EngineOptions:
        folder = Path(self.model) if self.model else SHIPPED
        return EngineOptions(folder, self.worker_count, self.device, self.batch)

    @property
    def session_limit(self) -> int:
        return self.max_sessions or 3 * self.worker_count

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> RenderConfig:
        """The defaults, overridden by the ``VP_RENDER_`` variables that are set.

        Raises:
            ConfigError: naming the variable that cannot be read.
        """
        return read_settings(cls, environment, PREFIX)


_DEVICES: Final = ("auto", "cpu", "cuda", "tensorrt")
_POSITIVE: Final = (
    "max_side",
    "max_fps",
    "max_kbit",
    "frames_per_second",
    "open_seconds",
    "idle_seconds",
    "session_seconds",
    "max_http",
    "request_seconds",
    "messages_per_second",
    "message_burst",
    "ping_seconds",
    "shutdown_seconds",
)
_NOT_NEGATIVE: Final = (
    "workers",
    "batch",
    "max_sessions",
    "address_sessions",
    "address_handshakes_per_minute",
    "address_http",
    "drain_seconds",
    "retry_ms",
)
