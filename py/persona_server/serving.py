"""Runs the application on a socket of its own until it is told to stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from errno import EADDRINUSE
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.applications import Starlette

from persona_core.errors import ServerError
from persona_server.app import create_app
from persona_server.config import ServerConfig
from persona_server.guarded_config import DoorSettings, GuardedConfig
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


class Desk(Protocol):
    """What the sockets of a server meet at."""

    async def start(self) -> None:
        """Once the event loop runs, before the first socket."""
        ...

    async def close(self) -> None:
        """Tells all clients that the server stops, and waits a little until they know."""
        ...


class GuardedServer(uvicorn.Server):
    """Uvicorn behind our bounds, with a word of farewell: clients hear of the end before their
    sockets do.

    Args:
        largest: message that is read, in bytes.
        on_ready: called with the server's address once it accepts connections.
    """

    def __init__(
        self,
        app: Starlette,
        settings: DoorSettings,
        desk: Desk,
        largest: int,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._on_ready = on_ready
        super().__init__(
            GuardedConfig(
                app,
                settings,
                http=GuardedHttp,
                ws=GuardedWebSocket,
                ws_max_size=largest,
                ws_ping_interval=settings.ping_seconds,
                ws_ping_timeout=settings.drop_seconds - settings.ping_seconds,
                ws_per_message_deflate=False,
                # What X-Forwarded-For of a trusted proxy says becomes the client's address.
                forwarded_allow_ips=list(settings.trusted_proxies),
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

    def serve_until_signal(self, listener: socket.socket) -> None:
        """Serves on what :meth:`listen` gave until Ctrl-C or SIGTERM."""
        # Uvicorn raises the signal again after a clean end; by then it has done its work.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        self.run(sockets=[listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._desk.start()
        await super().startup(sockets)
        if self.started and self._on_ready is not None and sockets:
            host, port = self._settings.host, sockets[0].getsockname()[1]
            self._on_ready(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._desk.close()
        await super().shutdown(sockets)


class SignalingServer(GuardedServer):
    """Clients hear ``closing`` before their sockets end."""

    def __init__(
        self,
        config: ServerConfig,
        site: Path | None = None,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        app = create_app(config, site)
        hub: Hub = app.state.hub
        super().__init__(app, config, hub, config.max_message_bytes * FRAME_HEADROOM, on_ready)
