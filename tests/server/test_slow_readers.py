"""Clients that do not read: what is kept for them, and for how long."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.support.polling import until
from tests.support.raw_socket import TEXT, RawSocket, frame, open_sockets, resident_bytes
from tests.support.signaling_client import client
from tests.support.site_server import SiteServer

from persona_core.wire.signaling import ErrorMessage, PeerLeft

MIB = 1 << 20
DEAF_PEERS = 8
ROOM_TO_GROW = 16 * MIB
"""Half a mebibyte for each that does not read, and as much again for what Python makes of it."""

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]


@pytest.fixture
def server() -> Iterator[SiteServer]:
    """Lets clients say as much as they like."""
    settings = {"VP_MESSAGE_BURST": "1000000000", "VP_MESSAGES_PER_SECOND": "1000000000"}
    with SiteServer(None, settings | {"VP_LOG_LEVEL": "error"}) as running:
        yield running


def join_deaf(deaf: RawSocket, room: str) -> str:
    """Joins and reads no more; returns the peer's id."""
    assert "101" in deaf.upgrade()
    peer = f"deaf-{room}"
    join = {"type": "join", "protocol": 1, "room": room, "peer": peer, "token": "t" * 16}
    deaf.socket.sendall(frame(TEXT, json.dumps(join).encode()))
    deaf.read_frame()
    return peer


async def overrun(server: SiteServer, room: str, peer: str) -> None:
    """Sends to ``peer`` until the server has given it up."""
    async with client(server.signaling_url) as speaker:
        await speaker.enter(room)
        offer = {"type": "offer", "to": peer, "counter": 1, "payload": "x" * 15_000}
        heard = asyncio.create_task(speaker.hear())
        while not heard.done():
            await speaker.say(offer)
        assert isinstance(await heard, ErrorMessage | PeerLeft)


async def test_connection_is_cut_when_its_client_reads_nothing_of_an_answer(
    tmp_path: Path,
) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(16 * MIB))
    settings = {"VP_DROP_SECONDS": "2", "VP_PING_SECONDS": "1", "VP_LOG_LEVEL": "error"}
    with SiteServer(tmp_path, settings) as server:
        before = open_sockets(server.pid)

        async def it_is_gone() -> bool:
            return open_sockets(server.pid) == before

        with RawSocket(server.port, receive_buffer=4096) as deaf:
            deaf.socket.sendall(b"GET /large.bin HTTP/1.1\r\nHost: calls.example\r\n\r\n")
            assert "200" in deaf.read_head()
            assert not await it_is_gone()
            await until(it_is_gone)


async def test_memory_stays_when_many_read_nothing_of_what_they_are_sent(
    server: SiteServer,
) -> None:
    before = resident_bytes(server.pid)
    async with AsyncExitStack() as stack:
        peers = {}
        for number in range(DEAF_PEERS):
            deaf = stack.enter_context(RawSocket(server.port, receive_buffer=4096))
            room = f"room-{number}"
            peers[room] = join_deaf(deaf, room)
        await asyncio.gather(*(overrun(server, room, peer) for room, peer in peers.items()))
        grown = resident_bytes(server.pid) - before
    assert grown < ROOM_TO_GROW


async def test_connection_is_cut_when_its_client_reads_not_even_the_last_word(
    server: SiteServer,
) -> None:
    """A transport that is closed waits to be read: for ever, where it is not aborted."""
    before = open_sockets(server.pid)

    async def all_are_gone() -> bool:
        return open_sockets(server.pid) == before

    with RawSocket(server.port, receive_buffer=4096) as deaf:
        await overrun(server, "room", join_deaf(deaf, "room"))
        await until(all_are_gone)
