"""Connections that never become a WebSocket: how many there may be, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from tests.support.polling import until
from tests.support.raw_socket import RawSocket
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client

from persona_server.config import ServerConfig

NOBODY_IS_TRUSTED = ("192.0.2.1",)
HEAD = b"GET /healthz HTTP/1.1\r\nHost: calls.example\r\n"
TRICKLES = 2_000
PAUSE_S = 0.01


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("dist")
    (folder / "large.bin").write_bytes(bytes(16 << 20))
    config = ServerConfig(request_seconds=0.3, log_level="error")
    with RunningServer(config, folder) as running:
        yield running


def port_of(server: RunningServer) -> int:
    return int(server.host.rpartition(":")[2])


def trickle_until_closed(peer: RawSocket) -> bool:
    """Sends a byte now and then, and reads nothing; False where that went on for long."""
    for _ in range(TRICKLES):
        try:
            peer.socket.sendall(b"x")
        except ConnectionError:
            return True
        time.sleep(PAUSE_S)
    return False


def test_connection_is_closed_when_nothing_comes(impatient: RunningServer) -> None:
    with RawSocket(port_of(impatient)) as idle:
        assert idle.is_closed()


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nX-Slow: ",
        b"POST /healthz HTTP/1.1\r\nHost: calls.example\r\nContent-Length: 100000\r\n\r\n",
        HEAD + b"\r\nGET /healthz HTTP/1.1\r\nX-Slow: ",
    ],
    ids=["line", "header", "body", "second request"],
)
def test_connection_is_closed_when_a_request_only_trickles_in(
    impatient: RunningServer, begin: bytes
) -> None:
    with RawSocket(port_of(impatient)) as slow:
        slow.socket.sendall(begin)
        assert trickle_until_closed(slow)


def test_connection_is_closed_when_its_second_request_only_trickles_in(
    impatient: RunningServer,
) -> None:
    with RawSocket(port_of(impatient)) as slow:
        slow.socket.sendall(HEAD + b"\r\n")
        assert "200" in slow.read_head()
        slow.socket.sendall(b"GET /")
        assert trickle_until_closed(slow)


def test_answer_is_sent_to_its_end_when_it_takes_longer_than_a_request_may(
    impatient: RunningServer,
) -> None:
    with RawSocket(port_of(impatient), receive_buffer=65_536) as patient:
        patient.socket.sendall(b"GET /large.bin HTTP/1.1\r\nHost: calls.example\r\n\r\n")
        assert "200" in patient.read_head()
        read = 0
        while read < 16 << 20:
            if read < 10 << 16:  # slowly at first
                time.sleep(0.1)
            data = patient.socket.recv(65_536)
            assert data, "it was closed"
            read += len(data)
    assert read == 16 << 20


def test_upgraded_connection_outlives_the_time_of_a_request(impatient: RunningServer) -> None:
    with RawSocket(port_of(impatient)) as peer:
        assert "101" in peer.upgrade()
        time.sleep(0.6)
        peer.socket.sendall(bytes.fromhex("898000000000"))  # an empty ping
        assert peer.read_frame() == (0xA, b"")


@pytest.mark.asyncio
async def test_connection_is_refused_at_once_when_its_address_holds_too_many() -> None:
    config = ServerConfig(
        address_http=3, trusted_proxies=NOBODY_IS_TRUSTED, request_seconds=60.0, log_level="error"
    )
    with RunningServer(config) as server, ExitStack() as stack:
        idle = [stack.enter_context(RawSocket(port_of(server))) for _ in range(3)]
        with RawSocket(port_of(server)) as fourth:
            assert "503" in fourth.read_head()
            assert fourth.is_closed()
        idle[0].socket.close()

        async def is_served_again() -> bool:
            async with httpx.AsyncClient(trust_env=False) as http:
                return (await http.get(server.address + "healthz")).status_code == 200

        await until(is_served_again)


@pytest.mark.parametrize(
    ("trusted", "places"), [(("127.0.0.1",), 8), (NOBODY_IS_TRUSTED, 4)], ids=["proxy", "somebody"]
)
def test_one_address_takes_half_of_all_connections_unless_it_is_a_proxy(
    trusted: tuple[str, ...], places: int
) -> None:
    config = ServerConfig(
        max_http=8, trusted_proxies=trusted, request_seconds=60.0, log_level="error"
    )
    with RunningServer(config) as server, ExitStack() as stack:
        for _ in range(places):
            stack.enter_context(RawSocket(port_of(server)))
        with RawSocket(port_of(server)) as refused:
            assert "503" in refused.read_head()


@pytest.mark.asyncio
async def test_websockets_take_no_place_of_other_connections() -> None:
    config = ServerConfig(address_http=1, trusted_proxies=NOBODY_IS_TRUSTED, log_level="error")
    with RunningServer(config) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            await ann.enter("room")
            await ben.enter("room")
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (await http.get(server.address + "healthz")).status_code == 200
