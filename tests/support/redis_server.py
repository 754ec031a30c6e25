"""A real Redis on a free loopback port, which keeps nothing when it ends."""

from __future__ import annotations

import socket

from tests.support.system_server import SystemServer, free_port


class RedisServer(SystemServer):
    """Runs inside a ``with`` block; see :class:`SystemServer`."""

    def __init__(self) -> None:
        self.port = free_port()
        super().__init__(
            "redis-server",
            "redis-server",
            lambda folder: (
                *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            ),
            self._pong,
        )

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _pong(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
