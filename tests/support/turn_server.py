"""A real coturn on a free loopback port, with time-limited credentials."""

from __future__ import annotations

import os
import socket

from tests.support.system_server import SystemServer, free_port

SECRET = "a secret that only the two servers know"

BINDING_REQUEST = b"\x00\x01\x00\x00\x21\x12\xa4\x42"
"""The head of a STUN binding request (RFC 8489); twelve bytes of transaction id follow."""


class TurnServer(SystemServer):
    """Runs inside a ``with`` block; see :class:`SystemServer`.

    Args:
        tcp: whether it listens on TCP as well as on UDP.
    """

    def __init__(self, *, tcp: bool = True) -> None:
        self.port = free_port()
        super().__init__(
            "turnserver",
            "coturn",
            lambda folder: (
                *("-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout"),
                *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
                *("--listening-port", str(self.port), "--realm", "virtualpersona"),
                *("--use-auth-secret", "--static-auth-secret", SECRET),
                *("--allow-loopback-peers", "--pidfile", str(folder / "pid")),
                *("--userdb", str(folder / "users"), *(() if tcp else ("--no-tcp",))),
            ),
            self._answers_binding,
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """For an ``RTCIceServer``."""
        return (f"turn:127.0.0.1:{self.port}?transport=udp",)

    @property
    def settings(self) -> dict[str, str]:
        """What a signaling server must be told to mint credentials for it."""
        return {"VP_TURN_URLS": ",".join(self.urls), "VP_TURN_SECRET": SECRET}

    def _answers_binding(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                probe.sendto(BINDING_REQUEST + os.urandom(12), ("127.0.0.1", self.port))
                return probe.recv(1024)[:2] == b"\x01\x01"
            except OSError:
                return False
