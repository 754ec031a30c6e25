"""A TURN client (RFC 8656, RFC 6062) that asks for what no browser would."""

from __future__ import annotations

import hashlib
import hmac
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from types import TracebackType
from typing import Final, Self

from persona_core.wire.signaling import IceServer

MAGIC = 0x2112A442
ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND, CONNECT = 0x003, 0x004, 0x008, 0x009, 0x00A
SUCCESS, FAILURE = 0x0100, 0x0110
CHANNEL, LIFETIME, USERNAME, INTEGRITY, ERROR, PEER = 0x0C, 0x0D, 0x06, 0x08, 0x09, 0x12
REALM, NONCE, FAMILY, TRANSPORT = 0x14, 0x15, 0x17, 0x19
TCP, UDP = 6, 17
IPV4, IPV6 = 1, 2
PATIENCE_S = 10.0

TRANSACTION = bytes(12)
"""Of all requests: one is answered before the next, and nobody here forges answers."""


@dataclass
class Answer:
    kind: int
    attributes: dict[int, bytes]

    @property
    def error(self) -> int:
        """0 for yes, else the number of the error."""
        if self.kind & FAILURE == SUCCESS:
            return 0
        code = self.attributes[ERROR]
        return code[2] * 100 + code[3]


class TurnClient:
    """One connection to a TURN server on this machine, and at most one allocation.

    Args:
        server: whose credentials to use.
        tcp: whether to speak to it over TCP.
    """

    def __init__(self, port: int, server: IceServer, *, tcp: bool = False) -> None:
        self._server = server
        self._tcp = tcp
        self._realm = self._nonce = b""
        self._allocated = False
        self._socket = _connected(port, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._allocated:  # else the next one on this port would meet the allocation
            self._ask(REFRESH, attribute(LIFETIME, bytes(4)))
        self._socket.close()

    def allocate(self, *, transport: int = UDP, family: int = IPV4) -> int:
        """Asks for a relay address; 0 or the number of the error."""
        wanted = attribute(TRANSPORT, bytes((transport, 0, 0, 0)))
        if family == IPV6:
            wanted += attribute(FAMILY, bytes((IPV6, 0, 0, 0)))
        challenge = self._ask(ALLOCATE, wanted, signed=False)
        if REALM not in challenge.attributes:
            return challenge.error
        self._realm, self._nonce = challenge.attributes[REALM], challenge.attributes[NONCE]
        error = self._ask(ALLOCATE, wanted).error
        self._allocated = not error
        return error

    def permit(self, address: str) -> int:
        """Asks to exchange data with ``address``; 0 or the number of the error."""
        return self._ask(CREATE_PERMISSION, peer_attribute(address, 0)).error

    def bind_channel(self, address: str, port: int) -> int:
        number = attribute(CHANNEL, struct.pack("!HH", 0x4000, 0))
        return self._ask(CHANNEL_BIND, number + peer_attribute(address, port)).error

    def connect(self, address: str, port: int) -> int:
        """Asks for a TCP connection from the relay to a peer (RFC 6062)."""
        return self._ask(CONNECT, peer_attribute(address, port)).error

    def _ask(self, method: int, attributes: bytes, *, signed: bool = True) -> Answer:
        key = b""
        if signed:
            name, password = self._server.username.encode(), self._server.credential.encode()
            attributes += attribute(USERNAME, name)
            attributes += attribute(REALM, self._realm) + attribute(NONCE, self._nonce)
            # RFC 8489, section 9.2.2: the key of long-term credentials.
            key = hashlib.md5(b":".join((name, self._realm, password))).digest()
        length = len(attributes) + (24 if key else 0)
        message = struct.pack("!HHI", method, length, MAGIC) + TRANSACTION + attributes
        if key:
            message += attribute(INTEGRITY, hmac.digest(key, message, "sha1"))
        self._socket.sendall(message)
        return _parsed(self._receive())

    def _receive(self) -> bytes:
        if not self._tcp:
            return self._socket.recv(2048)
        head = self._socket.recv(20, socket.MSG_WAITALL)
        (length,) = struct.unpack_from("!H", head, 2)
        return head + self._socket.recv(length, socket.MSG_WAITALL)


def _connected(port: int, kind: socket.SocketKind) -> socket.socket:
    """A socket on a port of ours that no other had: coturn keeps an allocation for some time after
    it was given up, and tells whoever has the same port then that theirs does not match."""
    while True:
        found = socket.socket(socket.AF_INET, kind)
        found.settimeout(PATIENCE_S)
        found.connect(("127.0.0.1", port))
        own = found.getsockname()[1]
        if own not in _PORTS:
            _PORTS.add(own)
            return found
        found.close()


_PORTS: Final[set[int]] = set()


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\x00" * (-len(value) % 4)


def peer_attribute(address: str, port: int) -> bytes:
    """XOR-PEER-ADDRESS, as it is in a transaction named :data:`TRANSACTION`."""
    found = ip_address(address)
    veil = struct.pack("!I", MAGIC) + TRANSACTION
    body = bytes(one ^ other for one, other in zip(found.packed, veil, strict=False))
    family = IPV6 if isinstance(found, IPv6Address) else IPV4
    return attribute(PEER, struct.pack("!BBH", 0, family, port ^ MAGIC >> 16) + body)


def _parsed(data: bytes) -> Answer:
    found, at = {}, 20
    while at < len(data):
        kind, size = struct.unpack_from("!HH", data, at)
        found[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size + (-size % 4)
    return Answer(struct.unpack_from("!H", data)[0], found)
