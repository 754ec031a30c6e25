"""What the server tells of a room before anybody joins it: how many, never who."""

from __future__ import annotations

import json
import time

import pytest
from tests.support.redis_server import RedisServer
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client

from persona_core.wire.signaling import (
    CloseCode,
    ErrorCode,
    ErrorMessage,
    RoomAnswer,
    ServerMessage,
)
from persona_server.config import ServerConfig
from persona_server.room_tokens import make_room_token

pytestmark = pytest.mark.asyncio

SECRET = "a secret of the operator's"


async def ask(
    server: RunningServer, room: str = "", token: str = ""
) -> tuple[int, list[ServerMessage]]:
    """The close code, and what was heard before it."""
    fields = {"type": "room", "room": room, "room_token": token}
    async with client(server.signal_url) as asker:
        await asker.say({name: value for name, value in fields.items() if value})
        code, _reason, heard = await asker.end()
    return code, heard


async def refusal_of(server: RunningServer, room: str = "", token: str = "") -> tuple[int, str]:
    code, [heard] = await ask(server, room, token)
    assert isinstance(heard, ErrorMessage)
    return code, heard.code


async def test_room_is_counted_and_nobody_in_it_hears_of_the_question() -> None:
    config = ServerConfig(log_level="error", resume_seconds=0.0, room_size=6)
    with RunningServer(config) as server:
        empty = await ask(server, "counted")
        async with (
            client(server.signal_url) as ann,
            client(server.signal_url) as ben,
        ):
            await ann.enter("counted", room_size=8)
            one = await ask(server, "counted")
            await ben.enter("counted", room_size=3)
            two = await ask(server, "counted")
            elsewhere = await ask(server, "another")
            await ben.say({"type": "leave"})
            await ben.end()
            heard = [type(await ann.hear()).__name__ for _ in range(2)]
        answers = [answer for code, [answer] in (empty, one, two, elsewhere)]
        assert answers == [
            RoomAnswer(0, 6), RoomAnswer(1, 6), RoomAnswer(2, 3), RoomAnswer(0, 6),
        ]  # fmt: skip
        assert {code for code, _heard in (empty, one, two, elsewhere)} == {CloseCode.NORMAL}
        assert heard == ["PeerJoined", "PeerLeft"]


async def test_question_takes_the_token_that_joining_takes() -> None:
    config = ServerConfig(log_level="error", room_secrets=(SECRET,))
    now = int(time.time())
    with RunningServer(config) as server:
        assert await ask(server) == (CloseCode.NORMAL, [RoomAnswer(0, 8, True)])
        assert await refusal_of(server, "guarded") == (
            CloseCode.NO_PLACE, ErrorCode.ROOM_TOKEN_MISSING,
        )  # fmt: skip
        stale = make_room_token(SECRET, "guarded", now - 9)
        other = make_room_token(SECRET, "another", now + 60)
        good = make_room_token(SECRET, "guarded", now + 60)
        assert (await refusal_of(server, "guarded", stale))[1] == ErrorCode.ROOM_TOKEN_EXPIRED
        assert (await refusal_of(server, "guarded", other))[1] == ErrorCode.ROOM_TOKEN_INVALID
        assert (await ask(server, "guarded", good))[1] == [RoomAnswer(0, 8, True)]


async def test_questions_are_limited_like_joins_and_take_no_join_away() -> None:
    config = ServerConfig(log_level="error", address_joins_per_minute=2)
    with RunningServer(config) as server:
        for _ in range(2):
            await ask(server, "busy")
        assert await refusal_of(server, "busy") == (CloseCode.TRY_LATER, ErrorCode.TOO_MANY_JOINS)
        async with client(server.signal_url) as guest:
            await guest.enter("busy")
            await guest.say({"type": "room", "room": "busy"})
            _code, reason, _heard = await guest.end()
        assert reason == ErrorCode.ALREADY_JOINED


async def test_question_is_refused_when_it_names_no_room() -> None:
    with RunningServer(ServerConfig(log_level="error")) as server:
        for room in (7, "a b", "x" * 65, None):
            async with client(server.signal_url) as asker:
                await asker.say(json.dumps({"type": "room", "room": room}))
                _code, reason, _heard = await asker.end()
            assert reason == ErrorCode.BAD_FIELD


async def test_room_is_counted_across_processes_and_without_redis_too() -> None:
    with RedisServer() as redis:
        settings = {"redis_url": redis.url, "log_level": "error", "presence_seconds": 6.0}
        config = ServerConfig(**settings)  # type: ignore[arg-type]
        with RunningServer(config) as east, RunningServer(config) as west:
            async with (
                client(east.signal_url) as ann,
                client(west.signal_url) as ben,
            ):
                await ann.enter("spread", room_size=8)
                await ben.enter("spread", room_size=5)
                for server in (east, west):
                    assert (await ask(server, "spread"))[1] == [RoomAnswer(2, 5)]
                redis.kill()
                assert (await ask(east, "spread"))[1] == [RoomAnswer(2, 5)], "by what it knows"
