"""Many people coming, going, moving and vanishing on three processes, while Redis comes and goes.

Whatever happened, in the end everybody must know exactly who is in the room with them.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, ExitStack, suppress

import pytest
from tests.support.joins import identity_of
from tests.support.polling import until
from tests.support.redis_server import RedisServer
from tests.support.running_server import RunningServer
from tests.support.signaling_client import Client, client
from websockets.exceptions import ConnectionClosed

from persona_core.wire.signaling import PeerJoined, PeerLeft, Welcome
from persona_core.wire.signaling_json import parse_server_message
from persona_server.config import ServerConfig

PEOPLE = 18
ROOMS = 3
STEPS = 12
SEED = 20


class Person:
    """Somebody who keeps an id, wanders between the servers, and remembers who is there."""

    def __init__(self, number: int) -> None:
        self.ids = {"person": f"person-{number}", "token": f"token-of-{number:08}"}
        self.peer = identity_of(**self.ids).peer
        self.room = f"room-{number % ROOMS}"
        self.view: set[str] = set()
        self.is_in = False
        self._number = number
        self._client: Client | None = None
        self._stack = AsyncExitStack()
        self._ears: asyncio.Task[None] | None = None

    async def come(self, server: RunningServer) -> None:
        """Joins on a server; from another one it moves, its old socket is still open then."""
        stack, before, ears = AsyncExitStack(), self._stack, self._ears
        self._client = await stack.enter_async_context(client(server.signal_url, **self.ids))
        self._stack = stack
        await self._client.join(self.room, room_size=8, life=f"life-of-{self._number:08}")
        self._ears = asyncio.create_task(self._listen(self._client))
        if ears is not None:
            ears.cancel()
        await before.aclose()

    async def vanish(self) -> None:
        if self._client is not None:
            self._client.socket.transport.abort()
            self.is_in = False

    async def leave(self) -> None:
        if self._client is not None:
            with suppress(ConnectionClosed):
                await self._client.say({"type": "leave"})
            self.is_in = False

    async def go_home(self) -> None:
        if self._ears is not None:
            self._ears.cancel()
        await self._stack.aclose()

    async def _listen(self, line: Client) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = parse_server_message(str(await line.socket.recv()))
                if line is not self._client:
                    return
                match message:
                    case Welcome(peers=peers):
                        self.view = {member.peer for member in peers}
                        self.is_in = True
                    case PeerJoined(peer):
                        self.view.add(peer)
                    case PeerLeft(peer):
                        self.view.discard(peer)
        if line is self._client:
            self.is_in = False


async def wander(person: Person, servers: list[RunningServer], chance: random.Random) -> None:
    for _ in range(STEPS):
        match chance.randrange(6):
            case 0:
                await person.vanish()
            case 1:
                await person.leave()
            case _:
                await person.come(chance.choice(servers))
        await asyncio.sleep(chance.random() * 0.3)


async def torment(redis: RedisServer) -> None:
    for _ in range(2):
        await asyncio.sleep(0.8)
        redis.kill()
        await asyncio.sleep(0.4)
        await asyncio.to_thread(redis.start)


def company_of(person: Person, people: list[Person]) -> set[str]:
    """Who is truly in the room with somebody."""
    return {
        other.peer
        for other in people
        if other is not person and other.is_in and other.room == person.room
    }


@pytest.mark.asyncio
async def test_everybody_knows_who_is_there_when_the_chaos_is_over() -> None:
    chance = random.Random(SEED)
    people = [Person(number) for number in range(PEOPLE)]
    away, staying = people[::4], [one for one in people if one not in people[::4]]

    async def they_stay_in_agreement() -> bool:
        for _ in range(5):
            if any(one.view != company_of(one, people) for one in people if one.is_in):
                return False
            await asyncio.sleep(0.1)
        return True

    with RedisServer() as redis, ExitStack() as stack:
        config = ServerConfig(
            redis_url=redis.url,
            presence_seconds=1.5,
            resume_seconds=0.5,
            address_joins_per_minute=0,
            log_level="error",
        )
        servers = [stack.enter_context(RunningServer(config)) for _ in range(3)]
        try:
            await asyncio.gather(
                torment(redis), *(wander(person, servers, chance) for person in people)
            )
            for person in away:
                await person.leave()
            for person in staying:
                if not person.is_in:
                    await person.come(chance.choice(servers))
            await until(they_stay_in_agreement)
            assert [person.ids for person in staying if not person.is_in] == []
        finally:
            for person in people:
                await person.go_home()
