"""What one network address may do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client
from websockets.asyncio.client import connect

from persona_core.call.signaling import CloseCode, ErrorCode
from persona_server.addresses import SWEEP_EVERY, AddressLimits, caller_of
from persona_server.config import ServerConfig


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=80))
def test_address_never_holds_more_than_it_may_whoever_comes_and_goes(
    steps: list[tuple[bool, str]],
) -> None:
    limits, held = AddressLimits(2, 0), {"a": 0, "b": 0, "c": 0}
    for comes, address in steps:
        if comes:
            let_in = limits.open(address, 0.0)
            assert let_in is (held[address] < 2)
            held[address] += let_in
        elif held[address]:
            limits.close(address)
            held[address] -= 1


def test_joins_are_counted_by_address_and_forgiven_when_a_minute_has_passed() -> None:
    limits = AddressLimits(0, 3)
    for address in ("a", "b"):
        assert limits.open(address, 0.0)
    assert [limits.may_join("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert limits.may_join("b", 0.0)
    assert [limits.may_join("a", 60.0) for _ in range(4)] == [True, True, True, False]


def test_addresses_are_forgotten_when_nothing_of_theirs_matters() -> None:
    limits = AddressLimits(10, 60)
    for number in range(SWEEP_EVERY * 5):
        now = number * 1.0
        assert limits.open(f"address-{number}", now)
        assert limits.may_join(f"address-{number}", now)
        limits.close(f"address-{number}")
    assert len(limits) <= SWEEP_EVERY + 60


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
    assert (caller_of(one) == caller_of(other)) is same


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
