"""Runs the application on a socket of its own until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from errno import EADDRINUSE
from pathlib import Path

import uvicorn

from persona_core.errors import ServerError
from persona_server.app import create_app
from persona_server.config import ServerConfig
from persona_server.guarded_config import GuardedConfig
from persona_server.http_protocol import GuardedHttp
from persona_server.hub import Hub
from persona_server.websocket_protocol import GuardedWebSocket

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

FRAME_HEADROOM = 4
"""Messages up to this many times the limit are read, so that they get a named error;
beyond it the WebSocket layer closes with 1009 without reading on."""


SPARE_FILES = 100
"""For what is not a client: the listener, Redis, files of the site."""


def raise_file_limit(sockets: int) -> bool:
    """Asks the system for as many open files as that many sockets take.

    Returns:
        Whether it gives them; True as well where there is no such limit (Windows).
    """
    if resource is None:
        return True
    wanted = sockets + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft == resource.RLIM_INFINITY or soft >= wanted


class SignalingServer(uvicorn.Server):
    """Uvicorn with a word of farewell: clients hear ``closing`` before their sockets end.

    Args:
        on_ready: called with the server's address once it accepts connections.
    """

    def __init__(
        self,
        config: ServerConfig,
        site: Path | None = None,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        app = create_app(config, site)
        self._hub: Hub = app.state.hub
        self._settings = config
        self._on_ready = on_ready
        super().__init__(
            GuardedConfig(
                app,
                config,
                http=GuardedHttp,
                ws=GuardedWebSocket,
                ws_max_size=config.max_message_bytes * FRAME_HEADROOM,
                ws_ping_interval=config.ping_seconds,
                ws_ping_timeout=config.drop_seconds - config.ping_seconds,
                ws_per_message_deflate=False,
                # What X-Forwarded-For of a trusted proxy says becomes the client's address.
                forwarded_allow_ips=list(config.trusted_proxies),
                timeout_graceful_shutdown=2,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
            )
        )

    def listen(self) -> socket.socket:
        """A listening socket at the configured address.

        Raises:
            ServerError: ``port-in-use`` or ``cannot-listen``.
        """
        host, port = self._settings.host, self._settings.port
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((host, port), family=family, backlog=512)
        except OSError as error:
            code = "port-in-use" if error.errno == EADDRINUSE else "cannot-listen"
            raise ServerError(f"{host}:{port}: {error.strerror or error}", code=code) from error

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._hub.start()
        await super().startup(sockets)
        if self.started and self._on_ready is not None and sockets:
            host, port = self._settings.host, sockets[0].getsockname()[1]
            self._on_ready(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._hub.close()
        await super().shutdown(sockets)
