"""The real server, spoken to over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from tests.support.joins import make_join
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from persona_core.wire.signaling import (
    MAX_MESSAGE_BYTES,
    PROTOCOL_VERSION,
    CloseCode,
    Closing,
    ErrorCode,
    ErrorMessage,
    PeerJoined,
    PeerLeft,
    Pong,
    Reject,
    Relay,
)
from persona_core.wire.signaling_json import encode_client_message
from persona_server.config import ServerConfig

pytestmark = pytest.mark.asyncio

OFFER = {"type": "offer", "counter": 1, "payload": "c2VhbGVk"}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with RunningServer(ServerConfig(log_level="error", resume_seconds=0.2)) as running:
        yield running


@pytest.fixture
def room(request: pytest.FixtureRequest) -> str:
    return f"room-{abs(hash(request.node.name)):x}"


async def expect_end(
    server: RunningServer, text: str | bytes, code: ErrorCode, *, after_join: str | None
) -> None:
    """Says ``text`` and expects ``error`` with ``code`` and the end with 4008."""
    async with client(server.signal_url) as speaker:
        if after_join is not None:
            await speaker.enter(after_join)
        await speaker.say(text)
        close, reason, heard = await speaker.end()
    assert (close, reason) == (CloseCode.RULES_BROKEN, code)
    assert [message.code for message in heard if isinstance(message, ErrorMessage)] == [code]


async def test_welcome_lists_those_already_there_when_a_second_peer_joins(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as first, client(server.signal_url) as second:
        alone = await first.enter(room)
        joined = await second.enter(room)
        heard = await first.hear()
    assert alone.peers == ()
    assert joined.peers == (first.member(alone.order),)
    assert heard == second.news(joined.order)
    assert joined.order > alone.order
    assert joined.limits.room_size == 8


async def test_relay_reaches_only_its_addressee_when_two_rooms_are_open(
    server: RunningServer, room: str
) -> None:
    async with AsyncExitStack() as stack:
        speaker, listener, stranger = [
            await stack.enter_async_context(client(server.signal_url)) for _ in range(3)
        ]
        await speaker.enter(room)
        await stranger.enter(room + "-other")
        await listener.enter(room)
        await speaker.hear()
        await speaker.say(OFFER | {"to": listener.peer})
        await speaker.say({"type": "reject", "to": listener.peer, "code": "wrong-secret"})
        assert await listener.hear() == Relay("offer", speaker.peer, 1, "c2VhbGVk")
        assert await listener.hear() == Reject(speaker.peer, "wrong-secret")
        await speaker.say(OFFER | {"to": stranger.peer})
        assert await speaker.hear() == ErrorMessage(ErrorCode.NO_SUCH_PEER, "")


async def test_third_peer_is_refused_with_4009_when_the_room_holds_two(
    server: RunningServer, room: str
) -> None:
    async with AsyncExitStack() as stack:
        first, second, third = [
            await stack.enter_async_context(client(server.signal_url)) for _ in range(3)
        ]
        await first.enter(room)
        await second.enter(room)
        await third.join(room)
        close, reason, _ = await third.end()
        assert (close, reason) == (CloseCode.NO_PLACE, ErrorCode.ROOM_FULL)
        assert isinstance(await first.hear(), PeerJoined)
        await second.say(OFFER | {"to": first.peer})
        assert isinstance(await first.hear(), Relay)


async def test_room_takes_three_when_the_operator_says_so(room: str) -> None:
    with RunningServer(ServerConfig(room_size=3, log_level="error")) as roomy:
        async with AsyncExitStack() as stack:
            peers = [await stack.enter_async_context(client(roomy.signal_url)) for _ in range(3)]
            welcomes = [await peer.enter(room, room_size=8) for peer in peers]
    assert [len(welcome.peers) for welcome in welcomes] == [0, 1, 2]


async def test_server_tells_to_come_later_when_it_is_full(room: str) -> None:
    with RunningServer(ServerConfig(max_rooms=1, log_level="error")) as small:
        async with client(small.signal_url) as first, client(small.signal_url) as second:
            await first.enter(room)
            await second.join(room + "-2")
            assert (await second.end())[:2] == (CloseCode.TRY_LATER, ErrorCode.SERVER_FULL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", ErrorCode.BAD_JSON),
        ("[]", ErrorCode.BAD_JSON),
        ("[" * 5_000, ErrorCode.BAD_JSON),
        ("{}", ErrorCode.BAD_FIELD),
        (json.dumps(OFFER), ErrorCode.BAD_FIELD),
        (json.dumps(OFFER | {"to": 5}), ErrorCode.BAD_FIELD),
        (json.dumps(OFFER | {"to": "peer-one", "counter": -1}), ErrorCode.BAD_FIELD),
        (json.dumps(OFFER | {"to": "peer-one", "payload": "not base64!"}), ErrorCode.BAD_FIELD),
        ('{"type":"join"}', ErrorCode.BAD_FIELD),
        (" " * (MAX_MESSAGE_BYTES + 1), ErrorCode.MESSAGE_TOO_LARGE),
        ('{"x":"' + "가" * 6_000 + '"}', ErrorCode.MESSAGE_TOO_LARGE),
        (b"binary", ErrorCode.BINARY_MESSAGE),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
async def test_socket_ends_with_4008_and_a_named_error_when_a_message_is_malformed(
    server: RunningServer, room: str, text: str | bytes, code: ErrorCode, joined: bool
) -> None:
    await expect_end(server, text, code, after_join=room if joined else None)


async def test_socket_ends_with_join_first_when_it_offers_before_it_joins(
    server: RunningServer,
) -> None:
    await expect_end(
        server, json.dumps(OFFER | {"to": "somebody"}), ErrorCode.JOIN_FIRST, after_join=None
    )


async def test_socket_ends_with_already_joined_when_it_joins_twice(
    server: RunningServer, room: str
) -> None:
    again = encode_client_message(make_join("ann", room))
    await expect_end(server, again, ErrorCode.ALREADY_JOINED, after_join=room)


async def test_socket_ends_with_unsupported_protocol_when_the_page_is_newer(
    server: RunningServer, room: str
) -> None:
    newer = encode_client_message(make_join("ann", room, protocol=PROTOCOL_VERSION + 1))
    await expect_end(server, newer, ErrorCode.UNSUPPORTED_PROTOCOL, after_join=None)


async def test_socket_ends_with_unsupported_protocol_when_the_page_is_older(
    server: RunningServer, room: str
) -> None:
    older = {"type": "join", "protocol": 1, "room": room, "peer": "p" * 8, "token": "t" * 16}
    await expect_end(server, json.dumps(older), ErrorCode.UNSUPPORTED_PROTOCOL, after_join=None)


@pytest.mark.parametrize("name", ["", "a" * 65, "a/b", "방"])
async def test_socket_ends_with_bad_field_when_the_room_id_is_not_one(
    server: RunningServer, name: str
) -> None:
    join = encode_client_message(make_join("ann", name))
    await expect_end(server, join, ErrorCode.BAD_FIELD, after_join=None)


async def test_unknown_type_is_answered_and_passed_over_when_a_page_is_newer(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as speaker:
        await speaker.enter(room)
        await speaker.say({"type": "wave"})
        answer = await speaker.hear()
        await speaker.say(OFFER | {"to": "nobody-here"})
        still_served = await speaker.hear()
    assert isinstance(answer, ErrorMessage)
    assert answer.code == ErrorCode.UNKNOWN_TYPE
    assert isinstance(still_served, ErrorMessage)
    assert still_served.code == ErrorCode.NO_SUCH_PEER


async def test_ping_is_answered_when_a_page_asks_whether_the_server_is_there(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as speaker:
        await speaker.enter(room)
        await speaker.say({"type": "ping"})
        assert await speaker.hear() == Pong()


async def test_flood_ends_with_too_many_messages_when_the_burst_is_used_up(room: str) -> None:
    config = ServerConfig(message_burst=5, messages_per_second=0.001, log_level="error")
    with RunningServer(config) as strict:
        async with client(strict.signal_url) as speaker:
            await speaker.enter(room)
            for _ in range(5):
                await speaker.say({"type": "reject", "to": "nobody-here", "code": "x"})
            close, reason, heard = await speaker.end()
    assert (close, reason) == (CloseCode.RULES_BROKEN, ErrorCode.TOO_MANY_MESSAGES)
    codes = [message.code for message in heard if isinstance(message, ErrorMessage)]
    assert codes == [ErrorCode.NO_SUCH_PEER] * 4 + [ErrorCode.TOO_MANY_MESSAGES]


async def test_message_far_over_the_limit_ends_the_socket_when_it_is_not_even_read(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as speaker:
        await speaker.enter(room)
        await speaker.say("x" * (MAX_MESSAGE_BYTES * 8))
        close, _, _ = await speaker.end()
    assert close == 1009


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
async def test_peer_id_is_refused_when_it_is_not_that_of_who_joins(
    server: RunningServer, room: str, gone: bool
) -> None:
    async with client(server.signal_url) as owner, client(server.signal_url) as thief:
        await owner.enter(room)
        if gone:  # nothing is left that could be compared
            await owner.say({"type": "leave"})
            await owner.end()
        await thief.join(room, peer=owner.peer)
        assert (await thief.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.PEER_UNPROVEN)
        if not gone:
            await owner.say(OFFER | {"to": "nobody-here"})
            assert isinstance(await owner.hear(), ErrorMessage)


async def test_new_socket_replaces_the_old_one_silently_when_peer_and_token_match(
    server: RunningServer, room: str
) -> None:
    async with (
        client(server.signal_url) as other,
        client(server.signal_url, person="comes-back", token="t" * 16) as old,
        client(server.signal_url, person="comes-back", token="t" * 16) as new,
    ):
        await other.enter(room)
        first = await old.enter(room)
        assert await other.hear() == old.news(first.order)
        second = await new.enter(room)
        assert (await old.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.REPLACED)
        assert second.order == first.order
        assert [member.peer for member in second.peers] == [other.peer]
        await new.say(OFFER | {"to": other.peer})
        # Nothing was heard of a departure or an arrival in between.
        assert await other.hear() == Relay("offer", new.peer, 1, "c2VhbGVk")
        await other.say(OFFER | {"to": new.peer})
        assert isinstance(await new.hear(), Relay)


async def test_others_hear_peer_left_when_a_client_leaves_or_vanishes(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url) as stays:
        await stays.enter(room)
        async with client(server.signal_url) as polite:
            await polite.enter(room)
            assert isinstance(await stays.hear(), PeerJoined)
            await polite.say({"type": "leave"})
            assert await stays.hear() == PeerLeft(polite.peer)
            assert (await polite.end())[0] == CloseCode.NORMAL
        async with client(server.signal_url) as vanishes:
            await vanishes.enter(room)
            assert isinstance(await stays.hear(), PeerJoined)
            vanishes.socket.transport.abort()
            assert await stays.hear() == PeerLeft(vanishes.peer)


async def test_silent_client_is_dropped_when_it_answers_no_ping(room: str) -> None:
    config = ServerConfig(ping_seconds=0.1, drop_seconds=0.3, resume_seconds=0.0, log_level="error")
    with RunningServer(config) as impatient:
        async with client(impatient.signal_url) as stays, client(impatient.signal_url) as mute:
            await stays.enter(room)
            await mute.enter(room)
            assert isinstance(await stays.hear(), PeerJoined)
            mute.socket.transport.pause_reading()
            assert await stays.hear() == PeerLeft(mute.peer)
            mute.socket.transport.abort()


async def test_socket_ends_with_join_timeout_when_it_never_joins() -> None:
    with RunningServer(ServerConfig(join_seconds=0.1, log_level="error")) as impatient:
        async with client(impatient.signal_url) as mute:
            assert (await mute.end())[:2] == (CloseCode.TRY_LATER, ErrorCode.JOIN_TIMEOUT)


async def test_socket_is_told_to_come_later_when_too_many_wait_to_join() -> None:
    with RunningServer(ServerConfig(max_pending=1, log_level="error")) as small:
        async with client(small.signal_url) as waits, client(small.signal_url) as late:
            assert (await late.end())[:2] == (CloseCode.TRY_LATER, ErrorCode.SERVER_BUSY)
            await waits.enter("room")


async def test_reader_that_stalls_is_closed_alone_when_its_outbox_runs_over(room: str) -> None:
    config = ServerConfig(
        outbox_messages=4, message_burst=5_000, resume_seconds=0.0, log_level="error"
    )
    flood = OFFER | {"payload": "x" * 15_000}
    with RunningServer(config) as server:
        async with client(server.signal_url) as speaker, client(server.signal_url) as stalled:
            await speaker.enter(room)
            await stalled.enter(room)
            assert isinstance(await speaker.hear(), PeerJoined)
            stalled.socket.transport.pause_reading()
            heard = asyncio.create_task(speaker.hear())
            for _ in range(4_000):
                await speaker.say(flood | {"to": stalled.peer})
                if heard.done():
                    break
            assert await heard == PeerLeft(stalled.peer)
            stalled.socket.transport.abort()


async def test_foreign_origin_is_refused_with_4008_when_it_is_not_allowed(
    server: RunningServer,
) -> None:
    async with client(server.signal_url, origin="https://evil.example") as stranger:
        close, reason, _ = await stranger.end()
    assert (close, reason) == (CloseCode.RULES_BROKEN, ErrorCode.ORIGIN_REFUSED)


async def test_own_page_is_served_when_its_origin_is_the_servers_host(
    server: RunningServer, room: str
) -> None:
    async with client(server.signal_url, origin=f"http://{server.host}") as page:
        await page.enter(room)


@pytest.mark.parametrize("allowed", ["https://cdn.example", "*"])
async def test_foreign_origin_is_served_when_the_operator_allows_it(
    room: str, allowed: str
) -> None:
    config = ServerConfig(allowed_origins=(allowed,), log_level="error")
    with RunningServer(config) as open_server:
        async with client(open_server.signal_url, origin="https://cdn.example") as page:
            await page.enter(room)


async def test_clients_hear_closing_and_1012_when_the_server_stops(room: str) -> None:
    config = ServerConfig(retry_ms=1_234, retry_spread_ms=100, log_level="error")
    server = RunningServer(config)
    with server:
        async with client(server.signal_url) as joined, client(server.signal_url) as pending:
            await joined.enter(room)
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            for listener in (joined, pending):
                close, _, heard = await listener.end()
                assert close == CloseCode.RESTARTING
                (closing,) = heard
                assert isinstance(closing, Closing)
                assert 1_234 <= closing.retry_ms <= 1_334
            await stopping


async def test_upgrade_is_refused_when_the_path_is_not_the_signaling_one(
    server: RunningServer,
) -> None:
    with pytest.raises(InvalidStatus, match="HTTP 403"):
        await connect(server.address.replace("http:", "ws:") + "elsewhere", proxy=None)
