"""TURN credentials that our server mints, shown to a real coturn."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client
from tests.support.turn_server import SECRET, TurnServer

from persona_core.call.signaling import IceServer, IceServers
from persona_server.config import ServerConfig
from persona_server.ice import ice_servers_for, turn_password

MAGIC = 0x2112A442
ALLOCATE, ALLOCATED, REFUSED = 0x0003, 0x0103, 0x0113
USERNAME, INTEGRITY, ERROR, REALM, NONCE, TRANSPORT = 0x06, 0x08, 0x09, 0x14, 0x15, 0x19
UNAUTHORIZED = 401
UDP = b"\x11\x00\x00\x00"


@pytest.fixture(scope="module")
def coturn() -> Iterator[TurnServer]:
    with TurnServer() as running:
        yield running


@dataclass
class Answer:
    kind: int
    attributes: dict[int, bytes]


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\x00" * (-len(value) % 4)


def ask(connection: socket.socket, attributes: bytes, key: bytes = b"") -> Answer:
    """One TURN allocation request over UDP (RFC 8656), signed where there is a key."""
    length = len(attributes) + (24 if key else 0)
    message = struct.pack("!HHI", ALLOCATE, length, MAGIC) + os.urandom(12) + attributes
    if key:
        message += attribute(INTEGRITY, hmac.digest(key, message, "sha1"))
    connection.send(message)
    data = connection.recv(2048)
    found, at = {}, 20
    while at < len(data):
        kind, size = struct.unpack_from("!HH", data, at)
        found[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size + (-size % 4)
    return Answer(struct.unpack_from("!H", data)[0], found)


def allocate(port: int, username: str, password: str) -> int:
    """What the TURN server says to an allocation: 0 for yes, else the number of its error."""
    wanted = attribute(TRANSPORT, UDP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        challenge = ask(connection, wanted)
        assert challenge.kind == REFUSED
        realm, nonce = challenge.attributes[REALM], challenge.attributes[NONCE]
        # RFC 8489, section 9.2.2: the key of long-term credentials.
        words = b":".join((username.encode(), realm, password.encode()))
        signed = wanted + attribute(USERNAME, username.encode())
        signed += attribute(REALM, realm) + attribute(NONCE, nonce)
        answer = ask(connection, signed, hashlib.md5(words).digest())
    if answer.kind == ALLOCATED:
        return 0
    error = answer.attributes[ERROR]
    return error[2] * 100 + error[3]


def minted(port: int, now: float) -> IceServer:
    config = ServerConfig(
        turn_urls=(f"turn:127.0.0.1:{port}",), turn_secret=SECRET, turn_ttl_seconds=60
    )
    return ice_servers_for("peer-number-1", config, now).servers[-1]


def test_coturn_allocates_when_our_server_minted_the_credentials(coturn: TurnServer) -> None:
    server = minted(coturn.port, time.time())
    assert allocate(coturn.port, server.username, server.credential) == 0


def test_coturn_refuses_when_the_credentials_are_old_or_forged(coturn: TurnServer) -> None:
    expired = minted(coturn.port, time.time() - 120)
    assert allocate(coturn.port, expired.username, expired.credential) == UNAUTHORIZED
    good = minted(coturn.port, time.time())
    forged = turn_password("another secret", good.username)
    assert allocate(coturn.port, good.username, forged) == UNAUTHORIZED
    longer = f"{int(time.time()) + 9999}:peer-number-1"
    assert allocate(coturn.port, longer, good.credential) == UNAUTHORIZED


def test_password_is_what_the_rest_scheme_says_when_computed_another_way() -> None:
    # printf 1800000060:peer | openssl dgst -sha1 -hmac north -binary | base64
    assert turn_password("north", "1800000060:peer") == "u5aosotPqDHo7UwUZvBwOPjY+jU="


@pytest.mark.asyncio
async def test_peers_are_given_credentials_of_their_own_when_they_join_and_ask_again() -> None:
    own = IceServer(("stun:stun.you.example",))
    config = ServerConfig(
        ice_servers=(own,),
        turn_urls=("turn:turn.you.example", "turns:turn.you.example:5349?transport=tcp"),
        turn_secret="sixteen letters!",
        turn_ttl_seconds=600,
        log_level="error",
    )
    with RunningServer(config) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            first = (await ann.enter("room")).ice
            second = (await ben.enter("room")).ice
            await ben.say({"type": "ice-servers"})
            again = await ben.hear()
    assert first.ttl_s == 600
    assert first.servers[0] == own
    assert first.servers[1].urls == config.turn_urls
    assert first.servers[1].username.endswith(f":{ann.peer}")
    assert second.servers[1].username.endswith(f":{ben.peer}")
    expiry = int(first.servers[1].username.split(":")[0])
    assert 590 <= expiry - time.time() <= 600
    assert isinstance(again, IceServers)
    assert again.servers[0] == own
    assert again.servers[1].username.endswith(f":{ben.peer}")


@pytest.mark.asyncio
async def test_no_ice_servers_are_named_when_the_operator_named_none() -> None:
    with RunningServer(ServerConfig(log_level="error")) as server:
        async with client(server.signal_url) as ann:
            assert (await ann.enter("room")).ice == IceServers()
