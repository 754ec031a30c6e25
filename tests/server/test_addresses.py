"""What one network address may do."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from persona_core.wire.signaling import CloseCode, ErrorCode
from persona_server.addresses import (
    SWEEP_EVERY,
    AddressLimits,
    Caller,
    FairPlaces,
    TrustedProxies,
    caller_of,
)
from persona_server.config import ServerConfig

HOMES = [(f"{wide}-{home}-net", f"{wide}-{home}", wide) for wide in "xy" for home in "ab"]
"""Two homes in each of two wide networks."""


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(HOMES)), max_size=80))
def test_network_never_holds_more_than_it_may_whoever_comes_and_goes(
    steps: list[tuple[bool, Caller]],
) -> None:
    limits, held = AddressLimits(1, 0), []
    for comes, caller in steps:
        if comes:
            sizes = [sum(name in other for other in held) for name in caller]
            let_in = limits.open(caller, 0.0)
            assert let_in is (sizes[0] < 1 and sizes[1] < 2 and sizes[2] < 4)
            held += [caller] * let_in
        elif caller in held:
            limits.close(caller)
            held.remove(caller)


def test_wider_networks_hold_twice_as_much_each() -> None:
    limits, let_in = AddressLimits(3, 0), 0
    for home in range(20):
        for _ in range(20):
            let_in += limits.open((f"net-{home}", f"home-{home // 4}", "wide"), 0.0)
    assert let_in == 12


def test_joins_are_counted_by_address_and_forgiven_when_a_minute_has_passed() -> None:
    limits = AddressLimits(0, 3)
    for address in ("a", "b"):
        assert limits.open((address,), 0.0)
    assert [limits.may_join(("a",), 0.0) for _ in range(4)] == [True, True, True, False]
    assert limits.may_join(("b",), 0.0)
    assert [limits.may_join(("a",), 60.0) for _ in range(4)] == [True, True, True, False]


def test_handshakes_of_a_wide_network_are_counted_together_and_not_used_up_by_one() -> None:
    limits = AddressLimits(0, 0, 3)
    first, second, third = ((f"net-{n}", "home", "wide") for n in range(3))
    assert [limits.may_connect(first, 0.0) for _ in range(100)] == [True] * 3 + [False] * 97
    assert [limits.may_connect(second, 0.0) for _ in range(4)] == [True, True, True, False]
    assert not limits.may_connect(third, 0.0)
    assert limits.may_connect(third, 60.0)


def test_addresses_are_forgotten_when_nothing_of_theirs_matters() -> None:
    limits = AddressLimits(10, 60, 60)
    for number in range(SWEEP_EVERY * 5):
        now, caller = number * 1.0, (f"address-{number}",)
        assert limits.may_connect(caller, now)
        assert limits.open(caller, now)
        assert limits.may_join(caller, now)
        limits.close(caller)
    assert len(limits) <= SWEEP_EVERY + 60


@pytest.mark.parametrize(("callers", "taken"), [(1, 6), (2, 8), (5, 10)])
def test_places_are_left_for_newcomers_however_many_one_network_wants(
    callers: int, taken: int
) -> None:
    places = FairPlaces(12)
    names: list[Caller] = [(f"address-{number}",) for number in range(callers)]
    for _ in range(12):
        for name in names:
            places.take(name)
    assert 12 - places.left == taken
    newcomer: Caller = ("somebody else",)
    assert places.take(newcomer)
    places.give_back(newcomer)
    assert [places.take(()) for _ in range(13 - taken)] == [True] * (12 - taken) + [False]


def test_place_is_free_again_when_it_is_given_back() -> None:
    places = FairPlaces(2)
    for _ in range(5):
        assert places.take(("a",))
        assert not places.take(("a",))
        places.give_back(("a",))


@pytest.mark.parametrize(
    ("trusted", "host", "expected"),
    [
        (("127.0.0.1", "::1"), "::1", True),
        (("127.0.0.0/8",), "127.9.9.9", True),
        (("127.0.0.1",), "192.0.2.1", False),
        (("127.0.0.1",), "", False),
        (("127.0.0.1", "*"), "192.0.2.1", True),
        (("*",), "", True),
    ],
)
def test_proxy_is_trusted_when_the_operator_named_it(
    trusted: tuple[str, ...], host: str, expected: bool
) -> None:
    assert (host in TrustedProxies(trusted)) is expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        (None, "", True),
        ("testclient", "testclient", True),
    ],
)
def test_callers_are_told_apart_by_network(one: str | None, other: str, same: bool) -> None:
    assert (caller_of(one)[0] == caller_of(other)[0]) is same


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ("2001:db8:1:2::9", 3),
        ("2001:db8:1:ff::1", 2),
        ("2001:db8:1:ff00::1", 1),
        ("2001:db8:2::1", 0),
    ],
)
def test_ipv6_callers_share_a_home_and_a_wide_network(other: str, shared: int) -> None:
    assert len(set(caller_of("2001:db8:1:2::1")) & set(caller_of(other))) == shared


@pytest.mark.asyncio
async def test_socket_is_told_to_come_later_when_its_address_holds_too_many() -> None:
    with RunningServer(ServerConfig(address_connections=1, log_level="error")) as server:
        async with client(server.signal_url) as first:
            await first.enter("room")
            async with client(server.signal_url) as second:
                end = (await second.end())[:2]
            assert end == (CloseCode.TRY_LATER, ErrorCode.TOO_MANY_CONNECTIONS)
            await first.say({"type": "leave"})
            await first.end()
        async with client(server.signal_url) as third:
            await third.enter("room")


@pytest.mark.asyncio
async def test_socket_is_told_to_come_later_when_its_address_joins_too_often() -> None:
    with RunningServer(ServerConfig(address_joins_per_minute=1, log_level="error")) as server:
        async with client(server.signal_url) as first, client(server.signal_url) as second:
            await first.enter("room")
            await second.join("room")
            assert (await second.end())[:2] == (CloseCode.TRY_LATER, ErrorCode.TOO_MANY_JOINS)


@pytest.mark.asyncio
@pytest.mark.parametrize("trusted", [True, False])
async def test_people_behind_a_proxy_are_told_apart_only_when_it_is_trusted(trusted: bool) -> None:
    proxies = ("127.0.0.0/8",) if trusted else ("192.0.2.1",)
    config = ServerConfig(address_connections=1, trusted_proxies=proxies, log_level="error")
    with RunningServer(config) as server:
        sockets = [
            await connect(
                server.signal_url,
                additional_headers={"X-Forwarded-For": f"203.0.113.{number}"},
                proxy=None,
                close_timeout=1,
            )
            for number in (1, 2)
        ]
        if trusted:
            await sockets[1].send('{"type":"nonsense"}')
            assert "unknown-type" in str(await sockets[1].recv())
        else:
            await sockets[1].wait_closed()
            assert sockets[1].close_reason == ErrorCode.TOO_MANY_CONNECTIONS
        for socket in sockets:
            await socket.close()


async def come_from(
    server: RunningServer, stack: AsyncExitStack, address: str
) -> ClientConnection | None:
    """A socket that waits to join, as a proxy would open it; None where it was turned away."""
    socket = await stack.enter_async_context(
        connect(
            server.signal_url,
            additional_headers={"X-Forwarded-For": address},
            proxy=None,
            close_timeout=1,
        )
    )
    try:
        # Only one that is served is answered.
        await socket.send('{"type":"nonsense"}')
        await socket.recv()
    except ConnectionClosed:
        return None
    return socket


@pytest.mark.asyncio
async def test_newcomers_find_a_place_when_many_addresses_of_one_network_wait_to_join() -> None:
    config = ServerConfig(max_pending=12, log_level="error")
    with RunningServer(config) as server:
        async with AsyncExitStack() as stack:
            idle = [
                await come_from(server, stack, f"2001:db8:7:{number:x}::1") for number in range(12)
            ]
            assert sum(socket is not None for socket in idle) == 6
            assert await come_from(server, stack, "2001:db8:8::1") is not None
            assert await come_from(server, stack, "203.0.113.9") is not None


@pytest.mark.asyncio
async def test_place_to_wait_in_is_free_again_when_who_had_it_joined_or_went() -> None:
    config = ServerConfig(max_pending=2, room_size=8, log_level="error")
    with RunningServer(config) as server:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                peer = await stack.enter_async_context(client(server.signal_url))
                await peer.enter("room", room_size=8)
            for _ in range(3):
                async with client(server.signal_url) as quitter:
                    await quitter.say({"type": "leave"})
                    assert (await quitter.end())[1] == ErrorCode.JOIN_FIRST


@pytest.mark.asyncio
async def test_sockets_of_a_wide_network_are_counted_together() -> None:
    config = ServerConfig(address_connections=2, log_level="error")
    with RunningServer(config) as server:
        async with AsyncExitStack() as stack:
            came = [
                await come_from(server, stack, f"2001:db8:7:{number << 8:x}::1")
                for number in range(10)
            ]
            assert [socket is not None for socket in came] == [True] * 8 + [False] * 2
            assert await come_from(server, stack, "2001:db8:8::1") is not None


@pytest.mark.asyncio
async def test_handshake_is_refused_when_an_address_makes_too_many() -> None:
    config = ServerConfig(address_handshakes_per_minute=3, log_level="error")
    with RunningServer(config) as server:
        for number in range(3):
            async with client(server.signal_url) as peer:
                await peer.enter(f"room-{number}")
        with pytest.raises(InvalidStatus, match="429"):
            await connect(server.signal_url, proxy=None)
