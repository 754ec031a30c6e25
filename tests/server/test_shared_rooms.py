"""Several server processes that share their rooms through a real Redis."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from tests.support.polling import until
from tests.support.redis_server import RedisServer
from tests.support.running_server import RunningServer
from tests.support.signaling_client import Client, client
from tests.support.site_server import SiteServer

from persona_core.wire.relay_frame import encode_relay_frame
from persona_core.wire.signaling import (
    PROTOCOL_VERSION,
    CloseCode,
    ErrorCode,
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
PATIENCE_S = 30.0
PAIRS = 40


def config(redis: RedisServer, **settings: object) -> ServerConfig:
    values: dict[str, object] = {
        "redis_url": redis.url,
        "presence_seconds": 6.0,
        "resume_seconds": 0.5,
        "log_level": "error",
        **settings,
    }
    return ServerConfig(**values)  # type: ignore[arg-type]


@pytest.fixture
def room() -> str:
    return f"room-{os.urandom(6).hex()}"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture(scope="module")
def east(redis: RedisServer) -> Iterator[RunningServer]:
    with RunningServer(config(redis)) as running:
        yield running


@pytest.fixture(scope="module")
def west(redis: RedisServer) -> Iterator[RunningServer]:
    with RunningServer(config(redis)) as running:
        yield running


class Crowd:
    """Opens clients and closes them all in the end."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def come(self, server: RunningServer | SiteServer, **ids: str) -> Client:
        url = server.signal_url if isinstance(server, RunningServer) else server.signaling_url
        return await self._stack.enter_async_context(client(url, **ids))


@pytest_asyncio.fixture
async def crowd() -> AsyncIterator[Crowd]:
    async with AsyncExitStack() as stack:
        yield Crowd(stack)


async def health(server: RunningServer) -> dict[str, object]:
    async with httpx.AsyncClient(trust_env=False) as http:
        found: dict[str, object] = (await http.get(server.address + "healthz")).json()
        return found


async def until_redis_is(server: RunningServer, word: str) -> None:
    async def it_is() -> bool:
        return (await health(server))["redis"] == word

    await until(it_is)


async def test_peers_of_two_processes_meet_talk_and_part_when_redis_joins_them(
    east: RunningServer, west: RunningServer, crowd: Crowd, room: str
) -> None:
    ann, ben = await crowd.come(east), await crowd.come(west)
    first = await ann.enter(room, life="life-of-ann")
    second = await ben.enter(room, life="life-of-ben")
    assert first.peers == ()
    assert second.peers == (ann.member(first.order),)
    assert second.order > first.order
    assert await ann.hear() == ben.news(second.order)
    await ben.say(OFFER | {"to": ann.peer})
    assert await ann.hear() == Relay("offer", ben.peer, 1, "c2VhbGVk")
    await ann.say(encode_relay_frame(RelayFrame(ben.peer, b"\x00sealed")))
    assert await ben.hear_frame() == RelayFrame(ann.peer, b"\x00sealed")
    await ann.say({"type": "leave"})
    assert await ben.hear() == PeerLeft(ann.peer)
    assert (await health(west))["redis"] == "connected"


async def test_peer_of_another_process_is_asked_for_a_sign_of_life_when_somebody_has_lost_it(
    east: RunningServer,
    west: RunningServer,
    crowd: Crowd,
    room: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "SIGN_OF_LIFE_SECONDS", 0.5)
    ann, ben, ghost = [await crowd.come(server) for server in (east, west, west)]
    for one in (ann, ben, ghost):
        await one.enter(room, room_size=8)
    for peer in (ben, ghost):
        news = await ann.hear()
        assert isinstance(news, PeerJoined)
        assert news.peer == peer.peer
    for peer in (ben, ghost):
        await ann.say({"type": "peer-lost", "peer": peer.peer})
    heard = [await ben.hear()]
    while not isinstance(heard[-1], PeerLeft):
        if heard[-1] == Ping():
            await ben.say({"type": "pong"})
        heard.append(await ben.hear())
    assert Ping() in heard
    assert heard[-1] == await ann.hear() == PeerLeft(ghost.peer)
    assert (await ghost.end())[1] == ErrorCode.SILENT


async def test_room_is_full_for_everybody_when_its_peers_sit_on_different_processes(
    east: RunningServer, west: RunningServer, crowd: Crowd, room: str
) -> None:
    ann, ben = await crowd.come(east), await crowd.come(west)
    await ann.enter(room)
    await ben.enter(room)
    for server in (east, west):
        third = await crowd.come(server)
        await third.join(room)
        assert (await third.end())[:2] == (CloseCode.NO_PLACE, ErrorCode.ROOM_FULL)


async def test_seat_is_held_for_a_lost_peer_when_another_process_is_asked(
    redis: RedisServer, east: RunningServer, crowd: Crowd, room: str
) -> None:
    with RunningServer(config(redis, resume_seconds=600.0)) as patient:
        ann, ben = await crowd.come(east), await crowd.come(patient)
        await ann.enter(room)
        await ben.enter(room)
        ben.socket.transport.abort()

        async def it_is_held() -> bool:
            third = await crowd.come(east)
            await third.join(room)
            return (await third.end())[1] == ErrorCode.ROOM_HELD

        await until(it_is_held)


@pytest.mark.parametrize("reloaded", [False, True])
async def test_peer_keeps_its_seat_when_it_comes_back_on_another_process(
    east: RunningServer, west: RunningServer, crowd: Crowd, room: str, reloaded: bool
) -> None:
    ids = {"person": "comes-back", "token": "t" * 16}
    ann, old = await crowd.come(east), await crowd.come(east, **ids)
    new = await crowd.come(west, **ids)
    await ann.enter(room)
    before = await old.enter(room, life="first-life")
    assert await ann.hear() == old.news(before.order)
    life = "second-life" if reloaded else "first-life"
    after = await new.enter(room, life=life)
    assert after.order == before.order
    assert [member.peer for member in after.peers] == [ann.peer]
    assert (await old.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.REPLACED)
    if reloaded:
        assert await ann.hear() == new.news(before.order)
    await ann.say(OFFER | {"to": new.peer})
    assert await new.hear() == Relay("offer", ann.peer, 1, "c2VhbGVk")
    await new.say(OFFER | {"to": ann.peer})
    assert await ann.hear() == Relay("offer", new.peer, 1, "c2VhbGVk")


async def test_peer_id_is_refused_when_a_stranger_takes_it_on_another_process(
    east: RunningServer, west: RunningServer, crowd: Crowd, room: str
) -> None:
    owner = await crowd.come(east, person="the-same-person")
    thief = await crowd.come(west, person="the-same-person")
    await owner.enter(room)
    await thief.join(room, peer=owner.peer)
    assert (await thief.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.PEER_UNPROVEN)


async def test_both_learn_of_each_other_once_when_they_join_at_the_same_moment(
    east: RunningServer, west: RunningServer, crowd: Crowd, room: str
) -> None:
    async def meet(number: int) -> None:
        pair = await crowd.come(east), await crowd.come(west)
        welcomes = await asyncio.gather(*(one.enter(f"{room}-{number}") for one in pair))
        later = max((0, 1), key=lambda i: welcomes[i].order)
        earlier = 1 - later
        assert welcomes[earlier].peers == ()
        assert [member.peer for member in welcomes[later].peers] == [pair[earlier].peer]
        heard = await pair[earlier].hear()
        assert heard == pair[later].news(welcomes[later].order)
        # Nothing else was said: the next thing heard is what the other says now.
        for one, other in (pair, pair[::-1]):
            await one.say(OFFER | {"to": other.peer})
            assert isinstance(await other.hear(), Relay)

    await asyncio.gather(*map(meet, range(PAIRS)))


async def test_peers_are_told_when_a_process_dies(
    redis: RedisServer, crowd: Crowd, room: str
) -> None:
    doomed = SiteServer(
        None,
        {"VP_REDIS_URL": redis.url, "VP_PRESENCE_SECONDS": "1.5", "VP_LOG_LEVEL": "error"},
    )
    with RunningServer(config(redis, presence_seconds=1.5)) as watchful:
        doomed.start()
        try:
            ann, ben = await crowd.come(watchful), await crowd.come(doomed)
            await ann.enter(room)
            await ben.enter(room)
            assert isinstance(await ann.hear(), PeerJoined)
        finally:
            doomed.kill()
        assert await ann.hear() == PeerLeft(ben.peer)
        cat = await crowd.come(watchful)
        assert [member.peer for member in (await cat.enter(room)).peers] == [ann.peer]


async def test_nobody_hears_a_departure_when_a_process_stops_and_its_peer_moves(
    redis: RedisServer, east: RunningServer, crowd: Crowd, room: str
) -> None:
    ids = {"person": "will-move", "token": "t" * 16}
    with RunningServer(config(redis)) as stopping:
        ann, mover = await crowd.come(east), await crowd.come(stopping, **ids)
        await ann.enter(room)
        before = await mover.enter(room)
        assert isinstance(await ann.hear(), PeerJoined)
    assert (await mover.end())[0] == CloseCode.RESTARTING
    moved = await crowd.come(east, **ids)
    assert (await moved.enter(room)).order == before.order
    await moved.say(OFFER | {"to": ann.peer})
    assert isinstance(await ann.hear(), Relay)


async def test_rooms_heal_when_redis_is_lost_and_comes_back_empty(crowd: Crowd, room: str) -> None:
    with (
        RedisServer() as redis,
        RunningServer(config(redis)) as east,
        RunningServer(config(redis)) as west,
    ):
        ann, ben = await crowd.come(east), await crowd.come(west)
        await ann.enter(room, room_size=8)
        await ben.enter(room, room_size=8)
        assert isinstance(await ann.hear(), PeerJoined)
        redis.kill()
        for server in (east, west):
            await until_redis_is(server, "lost")
        # Each process goes on with what it knows.
        cat, dan = await crowd.come(east), await crowd.come(west)
        alone = await cat.enter(room, room_size=8)
        assert {member.peer for member in alone.peers} == {ann.peer, ben.peer}
        assert await ann.hear() == cat.news(alone.order)
        await cat.say(OFFER | {"to": ann.peer})
        assert isinstance(await ann.hear(), Relay)
        other = await dan.enter(room, room_size=8)
        assert await ben.hear() == dan.news(other.order)
        redis.start()
        for server in (east, west):
            await until_redis_is(server, "connected")
        assert await ann.hear() == dan.news(other.order)
        assert await cat.hear() == dan.news(other.order)
        assert await ben.hear() == cat.news(alone.order)
        assert await dan.hear() == cat.news(alone.order)
        await cat.say(OFFER | {"to": dan.peer})
        assert isinstance(await dan.hear(), Relay)
        await ben.say({"type": "leave"})
        for peer in (ann, cat, dan):
            assert await peer.hear() == PeerLeft(ben.peer)


async def test_last_announced_has_to_go_when_two_processes_filled_a_room_without_redis(
    crowd: Crowd, room: str
) -> None:
    with RedisServer() as redis:
        redis.kill()
        with RunningServer(config(redis)) as east, RunningServer(config(redis)) as west:
            assert (await health(east))["redis"] == "lost"
            clients = [await crowd.come(server) for server in (east, east, west, west)]
            for one in clients:
                await one.enter(room)
            redis.start()
            ends = [asyncio.create_task(one.end()) for one in clients]
            finished: set[asyncio.Task[tuple[int, str, list[object]]]] = set()
            async with asyncio.timeout(PATIENCE_S):
                while len(finished) < 2:
                    finished, _ = await asyncio.wait(ends, return_when="FIRST_COMPLETED")
                    await asyncio.sleep(0.02)
            codes = {end.result()[:2] for end in finished}
            assert codes == {(CloseCode.NO_PLACE, ErrorCode.ROOM_FULL)}
            for end in ends:
                end.cancel()


async def test_person_is_let_in_when_redis_does_not_answer(crowd: Crowd, room: str) -> None:
    with RedisServer() as redis, RunningServer(config(redis)) as server:
        redis.freeze()
        try:
            ann, ben = await crowd.come(server), await crowd.come(server)
            await ann.enter(room)
            await ben.enter(room)
            assert isinstance(await ann.hear(), PeerJoined)
        finally:
            redis.thaw()
        await until_redis_is(server, "connected")
        await ann.say(OFFER | {"to": ben.peer})
        assert isinstance(await ben.hear(), Relay)


async def test_process_announces_itself_anew_when_only_its_channel_was_cut(
    redis: RedisServer, east: RunningServer, west: RunningServer, crowd: Crowd, room: str
) -> None:
    async with Redis.from_url(redis.url) as operator:
        ann, ben = await crowd.come(east), await crowd.come(west)
        await ann.enter(room)
        await ben.enter(room)
        assert isinstance(await ann.hear(), PeerJoined)
        before = set(await operator.pubsub_channels())
        await operator.client_kill_filter(_type="pubsub")

        async def all_are_new() -> bool:
            now = set(await operator.pubsub_channels())
            return len(now) == len(before) and not now & before

        await until(all_are_new)
        for server in (east, west):
            await until_redis_is(server, "connected")
        await ben.say(OFFER | {"to": ann.peer})
        assert isinstance(await ann.hear(), Relay)
        await ben.say({"type": "leave"})
        assert await ann.hear() == PeerLeft(ben.peer)


async def test_seat_of_a_join_that_was_broken_off_is_freed_when_its_process_notices(
    redis: RedisServer, east: RunningServer, west: RunningServer, crowd: Crowd, room: str
) -> None:
    ann, ben, cat = await crowd.come(east), await crowd.come(west), await crowd.come(east)
    await ann.enter(room, room_size=8)
    async with Redis.from_url(redis.url) as operator:
        key = f"{ServerConfig().redis_prefix}room{PROTOCOL_VERSION}:{room}"
        await operator.hset(key, "nobody-there", await operator.hget(key, ann.peer))
    seen = await ben.enter(room, room_size=8)
    assert {member.peer for member in seen.peers} == {ann.peer, "nobody-there"}
    entered = await cat.enter(room, room_size=8)
    assert {member.peer for member in entered.peers} == {ann.peer, ben.peer}
    heard = {await ben.hear(), await ben.hear()}
    assert heard == {cat.news(entered.order), PeerLeft("nobody-there")}


async def test_server_stops_at_once_whatever_it_was_saying_to_redis(redis: RedisServer) -> None:
    chance = random.Random(5)
    for _ in range(8):
        # Signs of life every tenth of a second: the stop meets many of them.
        server = RunningServer(config(redis, presence_seconds=0.3))
        await asyncio.to_thread(server.start)
        await asyncio.sleep(chance.random() * 0.5)
        await asyncio.to_thread(server.stop)
