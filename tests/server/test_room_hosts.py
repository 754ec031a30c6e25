"""The host's word at the real server: locked rooms, removed seats, heirs; one process and two."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from tests.support.polling import until
from tests.support.redis_server import RedisServer
from tests.support.running_server import RunningServer
from tests.support.signaling_client import Client, client

from persona_core.call.keys.founding import room_of
from persona_core.wire.signaling import (
    CloseCode,
    ErrorCode,
    ErrorMessage,
    PeerLeft,
    Pong,
    RoomAnswer,
    ServerMessage,
)
from persona_server.config import ServerConfig

pytestmark = pytest.mark.asyncio


class Place:
    """A room that somebody made, at one process or at two that share it.

    Attributes:
        token: what its id was made of.
    """

    def __init__(self, servers: list[RunningServer], stack: AsyncExitStack) -> None:
        self.token = secrets.token_urlsafe(16)
        self.room = room_of(self.token)
        self._servers = servers
        self._stack = stack
        self._count = 0

    async def open(self, **ids: str) -> Client:
        """A socket; one at each process in turns."""
        self._count += 1
        url = self._servers[self._count % len(self._servers)].signal_url
        return await self._stack.enter_async_context(client(url, **ids))

    async def come(self, **wishes: str) -> Client:
        """Somebody new, who is let in."""
        new = await self.open()
        await new.enter(self.room, room_size=8, **wishes)
        return new

    async def question(self) -> ServerMessage:
        """What somebody is told who asks before joining."""
        asker = await self.open()
        await asker.say({"type": "room", "room": self.room})
        _code, _reason, [answer] = await asker.end()
        return answer

    async def refusal(self, **ids: str) -> tuple[int, str]:
        """How somebody is turned away."""
        new = await self.open(**ids)
        await new.join(self.room, room_size=8)
        code, reason, _ = await new.end()
        return code, reason


async def order(host: Client, *removed: str, locked: bool = False, heir: str = "") -> None:
    told = {"type": "host-order", "locked": locked, "removed": list(removed)}
    await host.say(told | ({"heir": heir} if heir else {}))


async def answers(page: Client) -> list[ServerMessage]:
    """What the server has said up to now; an answer to a ping comes last."""
    await page.say({"type": "ping"})
    heard: list[ServerMessage] = []
    while not isinstance(message := await page.hear(), Pong):
        heard.append(message)
    return heard


NOT_HOST = ErrorMessage(ErrorCode.NOT_HOST, "")


@pytest.fixture(scope="module", params=["one process", "two processes"])
def servers(request: pytest.FixtureRequest) -> Iterator[list[RunningServer]]:
    plain = {"log_level": "error", "resume_seconds": 0.3}
    if request.param == "one process":
        with RunningServer(ServerConfig(**plain)) as alone:  # type: ignore[arg-type]
            yield [alone]
        return
    with RedisServer() as redis:
        config = ServerConfig(redis_url=redis.url, **plain)  # type: ignore[arg-type]
        with RunningServer(config) as east, RunningServer(config) as west:
            yield [east, west]


@pytest_asyncio.fixture
async def place(servers: list[RunningServer]) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        yield Place(servers, stack)


async def test_newcomers_are_refused_and_those_inside_return_when_the_room_is_locked(
    place: Place,
) -> None:
    ann = await place.come(host_token=place.token)
    ben = await place.open(person="ben", token="b" * 16)
    await ben.enter(place.room, room_size=8)
    assert await place.question() == RoomAnswer(2, 8)
    await order(ann, locked=True)
    await answers(ann)
    assert await place.question() == RoomAnswer(2, 8, locked=True)
    assert await place.refusal() == (CloseCode.NO_PLACE, ErrorCode.ROOM_LOCKED)
    again = await place.open(person="ben", token="b" * 16)
    await again.enter(place.room, room_size=8, life="another-life")
    await again.socket.close()
    while await ann.hear() != PeerLeft(again.peer):
        pass
    late = await place.open(person="ben", token="b" * 16)
    await late.enter(place.room, room_size=8)
    founder = await place.come(host_token=place.token)
    await order(founder, locked=False)
    await answers(founder)
    await place.come()


async def test_removed_seat_is_ended_and_never_given_again_while_the_room_lives(
    place: Place,
) -> None:
    ann = await place.come(host_token=place.token)
    eve = await place.open(person="eve", token="e" * 16)
    await eve.enter(place.room, room_size=8)
    await answers(ann)
    await order(ann, eve.peer, ann.peer)
    code, reason, _ = await eve.end()
    assert (code, reason) == (CloseCode.NO_PLACE, ErrorCode.REMOVED)
    assert await ann.hear() == PeerLeft(eve.peer)
    ids = {"person": "eve", "token": "e" * 16}
    assert await place.refusal(**ids) == (CloseCode.NO_PLACE, ErrorCode.REMOVED)
    # The next order does not have to say it again.
    await order(ann)
    assert await answers(ann) == []
    assert await place.refusal(**ids) == (CloseCode.NO_PLACE, ErrorCode.REMOVED)
    await ann.say({"type": "leave"})
    await ann.end()

    async def is_forgotten() -> bool:
        new = await place.open(**ids)
        await new.join(place.room)
        return not isinstance(await new.hear(), ErrorMessage)

    await until(is_forgotten)


async def test_order_is_refused_when_somebody_else_gives_it(place: Place) -> None:
    ann, eve = await place.come(host_token=place.token), await place.come(host_token="x" * 22)
    await answers(ann)
    await order(eve, ann.peer, locked=True, heir=eve.peer)
    assert await answers(eve) == [NOT_HOST]
    await place.come()
    await order(ann, heir="")
    assert len(await answers(ann)) == 1, "the newcomer, and nothing else"


async def test_heir_is_obeyed_only_while_the_host_is_away(place: Place) -> None:
    ann = await place.come(host_token=place.token)
    ben, eve = await place.come(), await place.come()
    await order(ann, heir=ben.peer)
    await answers(ann)
    await order(ben, ann.peer)
    assert NOT_HOST in await answers(ben)
    await ann.say({"type": "leave"})
    await ann.end()
    assert PeerLeft(ann.peer) in [await eve.hear()]
    await order(eve, ben.peer)
    assert NOT_HOST in await answers(eve)
    await order(ben, locked=True, heir=eve.peer)
    assert NOT_HOST not in await answers(ben)
    assert await place.refusal() == (CloseCode.NO_PLACE, ErrorCode.ROOM_LOCKED)
    back = await place.come(host_token=place.token)
    await answers(back)
    await order(ben, back.peer)
    assert NOT_HOST in await answers(ben)


async def test_order_breaks_nothing_when_it_makes_no_sense(place: Place) -> None:
    ann = await place.come(host_token=place.token)
    await order(ann, *(f"peer-{number:04}" for number in range(64)), heir="nobody-here")
    await order(ann, *(f"more-{number:04}" for number in range(64)))
    assert await answers(ann) == []
    await order(ann, *(f"peer-{number:04}" for number in range(65)))
    code, reason, _ = await ann.end()
    assert (code, reason) == (CloseCode.RULES_BROKEN, ErrorCode.BAD_FIELD)
