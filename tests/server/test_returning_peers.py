"""Seats that outlive sockets, rooms of different sizes, frames that go through the server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from tests.support.figures import figure
from tests.support.polling import until
from tests.support.running_server import RunningServer
from tests.support.signaling_client import Client, client

from persona_core.wire.relay_frame import encode_relay_frame
from persona_core.wire.signaling import (
    MAX_RELAY_BYTES,
    CloseCode,
    ErrorCode,
    ErrorMessage,
    PeerJoined,
    PeerLeft,
    Ping,
    Relay,
    RelayFrame,
)
from persona_server import connection
from persona_server.config import ServerConfig

pytestmark = pytest.mark.asyncio

OFFER = {"type": "offer", "counter": 1, "payload": "c2VhbGVk"}
IDS = {"person": "comes-back", "token": "t" * 16}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """Keeps seats for longer than any test takes."""
    with RunningServer(ServerConfig(resume_seconds=600.0, log_level="error")) as running:
        yield running


@pytest.fixture
def room() -> str:
    return f"room-{os.urandom(6).hex()}"


async def vanish(lost: Client, server: RunningServer) -> None:
    """Breaks a client's socket and waits until the server knows."""
    before = await figure(server.address, "sockets")

    async def one_less() -> bool:
        return await figure(server.address, "sockets") < before

    lost.socket.transport.abort()
    await until(one_less)


@pytest.mark.parametrize("reloaded", [False, True])
async def test_seat_is_taken_back_when_the_socket_broke(
    server: RunningServer, room: str, reloaded: bool
) -> None:
    async with client(server.signal_url) as ann:
        await ann.enter(room)
        async with client(server.signal_url, **IDS) as ben:
            before = await ben.enter(room, life="first-life")
            assert await ann.hear() == ben.news(before.order)
            await vanish(ben, server)
        await ann.say(OFFER | {"to": ben.peer})
        assert await ann.hear() == ErrorMessage(ErrorCode.NO_SUCH_PEER, "")
        async with client(server.signal_url, **IDS) as ben:
            after = await ben.enter(room, life="other-life" if reloaded else "first-life")
            assert after.order == before.order
            assert [member.peer for member in after.peers] == [ann.peer]
            if reloaded:
                assert await ann.hear() == ben.news(before.order)
            await ben.say(OFFER | {"to": ann.peer})
            assert await ann.hear() == Relay("offer", ben.peer, 1, "c2VhbGVk")


async def test_departure_is_told_at_once_when_a_peer_leaves_on_purpose(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as ann, client(server.signal_url) as ben:
        await ann.enter(room)
        await ben.enter(room)
        assert isinstance(await ann.hear(), PeerJoined)
        await ben.say({"type": "leave"})
        assert await ann.hear() == PeerLeft(ben.peer)


async def test_departure_is_told_when_a_lost_peer_does_not_come_back(room: str) -> None:
    with RunningServer(ServerConfig(resume_seconds=0.2, log_level="error")) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            await ann.enter(room)
            await ben.enter(room)
            assert isinstance(await ann.hear(), PeerJoined)
            ben.socket.transport.abort()
            assert await ann.hear() == PeerLeft(ben.peer)


async def test_newcomer_is_told_to_come_again_when_the_last_seat_is_only_held(
    server: RunningServer, room: str
) -> None:
    async with AsyncExitStack() as stack:
        ann, ben, cat = [
            await stack.enter_async_context(client(server.signal_url)) for _ in range(3)
        ]
        await ann.enter(room)
        await ben.enter(room)
        await vanish(ben, server)
        await cat.join(room)
        assert (await cat.end())[:2] == (CloseCode.TRY_LATER, ErrorCode.ROOM_HELD)


async def test_stranger_cannot_take_a_held_seat_when_it_knows_the_id_only(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url, **IDS) as ben:
        await ben.enter(room)
        await vanish(ben, server)
    async with client(server.signal_url, person="comes-back") as thief:
        await thief.join(room, peer=ben.peer)
        assert (await thief.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.PEER_UNPROVEN)


async def test_eight_share_a_room_and_the_ninth_is_refused_when_all_pages_show_eight(
    server: RunningServer, room: str
) -> None:
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(client(server.signal_url)) for _ in range(9)]
        orders = [(await peer.enter(room, room_size=8)).order for peer in peers[:8]]
        await peers[8].join(room, room_size=8)
        assert (await peers[8].end())[:2] == (CloseCode.NO_PLACE, ErrorCode.ROOM_FULL)
        assert orders == sorted(orders)
        heard = [await peers[0].hear() for _ in range(7)]
        assert [one.peer for one in heard if isinstance(one, PeerJoined)] == [
            peer.peer for peer in peers[1:8]
        ]


@pytest.mark.parametrize(
    ("sizes", "let_in"),
    [((8, 8, 2), 2), ((2, 8, 8), 2), ((None, 8, 8), 2), ((8, 8, None), 2), ((3, 8, 8, 8), 3)],
)
async def test_room_is_as_large_as_its_smallest_page_can_show(
    server: RunningServer, room: str, sizes: tuple[int | None, ...], let_in: int
) -> None:
    async with AsyncExitStack() as stack:
        for number, size in enumerate(sizes):
            peer = await stack.enter_async_context(client(server.signal_url))
            if number < let_in:
                await peer.enter(room, room_size=size)
            else:
                await peer.join(room, room_size=size)
                assert (await peer.end())[1] == ErrorCode.ROOM_FULL


async def test_welcome_tells_lives_when_pages_told_theirs(server: RunningServer, room: str) -> None:
    async with client(server.signal_url) as ann, client(server.signal_url) as ben:
        first = await ann.enter(room, life="life-of-ann")
        second = await ben.enter(room)
        assert second.peers == (ann.member(first.order),)


async def test_frame_goes_unread_to_its_addressee_when_both_are_in_the_room(
    server: RunningServer, room: str
) -> None:
    sealed = os.urandom(MAX_RELAY_BYTES)
    async with client(server.signal_url) as ann, client(server.signal_url) as ben:
        await ann.enter(room)
        limits = (await ben.enter(room)).limits
        assert isinstance(await ann.hear(), PeerJoined)
        assert (limits.relay_bytes, limits.relay_per_second) == (MAX_RELAY_BYTES, 40.0)
        await ben.say(encode_relay_frame(RelayFrame(ann.peer, sealed)))
        assert await ann.hear_frame() == RelayFrame(ben.peer, sealed)


async def test_frame_reaches_nobody_when_its_addressee_sits_in_another_room(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as ann, client(server.signal_url) as ben:
        await ann.enter(room)
        await ben.enter(room + "-other")
        await ann.say(encode_relay_frame(RelayFrame(ben.peer, b"sealed")))
        await ann.say({"type": "ping"})
        await ann.hear()
        await ben.say({"type": "ping"})
        await ben.hear()  # not a frame


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.BINARY_MESSAGE),
        (b"\x01", ErrorCode.BINARY_MESSAGE),
        (b"\x02\x08peer-one!", ErrorCode.BINARY_MESSAGE),
        (b"\x01\x08peer-one", ErrorCode.BINARY_MESSAGE),
        (b"\x01\x07peer-on!", ErrorCode.BINARY_MESSAGE),
        (b"\x01\x08peer\xffone!", ErrorCode.BINARY_MESSAGE),
        (b"\x01\x08peer-one" + bytes(MAX_RELAY_BYTES + 1), ErrorCode.FRAME_TOO_LARGE),
        (bytes(20_000), ErrorCode.FRAME_TOO_LARGE),
    ],
)
async def test_socket_ends_with_4008_when_a_frame_is_malformed(
    server: RunningServer, room: str, data: bytes, code: ErrorCode
) -> None:
    async with client(server.signal_url) as ann:
        await ann.enter(room)
        await ann.say(data)
        assert (await ann.end())[:2] == (CloseCode.RULES_BROKEN, code)


async def test_socket_ends_with_4008_when_it_sends_frames_before_it_joined(
    server: RunningServer,
) -> None:
    async with client(server.signal_url) as ann:
        await ann.say(encode_relay_frame(RelayFrame("somebody", b"sealed")))
        assert (await ann.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.JOIN_FIRST)


async def test_socket_ends_with_4008_when_this_server_relays_no_frames(room: str) -> None:
    with RunningServer(ServerConfig(relay_per_second=0.0, log_level="error")) as server:
        async with client(server.signal_url) as ann:
            assert (await ann.enter(room)).limits.relay_bytes == 0
            await ann.say(encode_relay_frame(RelayFrame("somebody", b"sealed")))
            assert (await ann.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.BINARY_MESSAGE)


async def test_frames_over_the_rate_are_dropped_and_a_flood_ends_the_socket(room: str) -> None:
    config = ServerConfig(relay_per_second=2.0, log_level="error")
    with RunningServer(config) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            await ann.enter(room)
            await ben.enter(room)
            assert isinstance(await ann.hear(), PeerJoined)
            for number in range(8):
                await ben.say(encode_relay_frame(RelayFrame(ann.peer, bytes((number,)))))
            await ben.say(OFFER | {"to": ann.peer})
            heard = []
            while not heard or isinstance(heard[-1], bytes):
                heard.append(await ann.socket.recv())
            # The first two are allowed at once; more only as time passes.
            assert 2 <= len(heard) - 1 < 8
            for _ in range(200):
                await ben.say(encode_relay_frame(RelayFrame(ann.peer, b"x")))
            assert (await ben.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.TOO_MANY_MESSAGES)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs of life are due in a moment."""
    monkeypatch.setattr(connection, "SIGN_OF_LIFE_SECONDS", 0.3)


async def test_peer_whose_device_died_is_gone_soon_when_somebody_has_lost_it(
    server: RunningServer, room: str, soon: None
) -> None:
    async with client(server.signal_url) as ann, client(server.signal_url) as ghost:
        await ann.enter(room)
        await ghost.enter(room)
        assert isinstance(await ann.hear(), PeerJoined)
        await ann.say({"type": "peer-lost", "peer": ghost.peer})
        # Its seat is kept for ten minutes when its socket breaks; this is no such case.
        assert await ann.hear() == PeerLeft(ghost.peer)
        code, reason, heard = await ghost.end()
        assert (code, reason) == (CloseCode.TRY_LATER, ErrorCode.SILENT)
        assert Ping() in heard


@pytest.mark.parametrize(
    "sign", [{"type": "pong"}, {"type": "ping"}, OFFER | {"to": "nobody-here"}]
)
async def test_peer_stays_when_it_says_anything_after_somebody_has_lost_it(
    server: RunningServer, room: str, soon: None, sign: dict[str, object]
) -> None:
    async with client(server.signal_url) as ann, client(server.signal_url) as ben:
        await ann.enter(room)
        await ben.enter(room)
        assert isinstance(await ann.hear(), PeerJoined)
        await ann.say({"type": "peer-lost", "peer": ben.peer})
        assert await ben.hear() == Ping()
        await ben.say(sign)
        await asyncio.sleep(0.6)
        await ann.say(OFFER | {"to": ben.peer})
        while not isinstance(heard := await ben.hear(), Relay):
            pass
        assert heard == Relay("offer", ann.peer, 1, "c2VhbGVk")


async def test_peer_is_asked_once_in_a_while_however_often_it_is_called_lost(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as ann, client(server.signal_url) as ben:
        await ann.enter(room)
        await ben.enter(room)
        assert isinstance(await ann.hear(), PeerJoined)
        for _ in range(20):
            await ann.say({"type": "peer-lost", "peer": ben.peer})
        await ann.say({"type": "peer-lost", "peer": "nobody-here"})
        await ann.say(OFFER | {"to": ben.peer})
        heard = [await ben.hear()]
        while not isinstance(heard[-1], Relay):
            await ben.say({"type": "pong"})
            heard.append(await ben.hear())
        assert heard == [Ping(), Relay("offer", ann.peer, 1, "c2VhbGVk")]
