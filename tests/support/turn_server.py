"""A real coturn on a free loopback port, with the settings that operators are given."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from tests.support.system_server import SystemServer, free_port

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"
SECRET = "a secret that only the two servers know"

NEAR = (
    "127.0.0.0-127.255.255.255",
    "10.0.0.0-10.255.255.255",
    "172.16.0.0-172.31.255.255",
    "192.168.0.0-192.168.255.255",
)
"""Addresses that the shipped settings deny and that the browsers of a test have."""

BINDING_REQUEST = b"\x00\x01\x00\x00\x21\x12\xa4\x42"
"""The head of a STUN binding request (RFC 8489); twelve bytes of transaction id follow."""


class TurnServer(SystemServer):
    """Runs inside a ``with`` block; see :class:`SystemServer`.

    Args:
        tcp: whether it listens on TCP as well as on UDP.
        near: whether it relays to this machine and its network, too, as tests of calls need it;
            otherwise only the port, the secret, the certificate and the log are not as shipped.
    """

    def __init__(self, *, tcp: bool = True, near: bool = True) -> None:
        self.port = free_port()
        ours = ("--allow-loopback-peers", *(f"--allowed-peer-ip={one}" for one in NEAR))
        super().__init__(
            "turnserver",
            "coturn",
            lambda folder: (
                *("-c", str(_settings(folder, self.port))),
                *("--no-tls", "--no-dtls", "--log-file", "stdout"),
                *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--relay-ip", "::1"),
                *("--pidfile", str(folder / "pid"), "--userdb", str(folder / "users")),
                *(() if tcp else ("--no-tcp",)),
                *(ours if near else ()),
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


def _settings(folder: Path, port: int) -> Path:
    """The shipped file, with a port and a secret of ours, and a log that can be read."""
    text = SHIPPED.read_text("utf-8")
    for pattern, ours in (
        (r"^listening-port=.*$", f"listening-port={port}"),
        (r"^static-auth-secret=.*$", f"static-auth-secret={SECRET}"),
        (r"^(?:cert|pkey|log-file)=.*$|^no-stdout-log$", ""),
    ):
        text, found = re.subn(pattern, ours, text, flags=re.MULTILINE)
        assert found, pattern
    path = folder / "turnserver.conf"
    path.write_text(text, "utf-8")
    return path
