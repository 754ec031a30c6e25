"""What a client may do below the messages: pings, pongs and pieces, over raw sockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from tests.support.raw_socket import (
    PING,
    PONG,
    TEXT,
    RawSocket,
    frame,
    resident_bytes,
)
from tests.support.site_server import SiteServer

from persona_core.wire.signaling import CloseCode, ErrorCode

CONTINUATION = 0x0
BURST = 20
MIB = 1 << 20
MOST_SENT = 64 * MIB
"""Of which the systems' socket buffers alone may take about 10 MiB unread."""
ROOM_TO_GROW = 16 * MIB

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def ended_for_too_many(end: tuple[int, str]) -> bool:
    return end == (CloseCode.RULES_BROKEN, ErrorCode.TOO_MANY_MESSAGES)


@pytest.fixture(scope="module")
def strict() -> Iterator[SiteServer]:
    settings = {"VP_MESSAGE_BURST": str(BURST), "VP_MESSAGES_PER_SECOND": "0.001"}
    with SiteServer(None, settings | {"VP_LOG_LEVEL": "error"}) as running:
        yield running


@pytest.fixture
def generous() -> Iterator[SiteServer]:
    """Counts nothing, so that only bytes are bounded."""
    settings = {"VP_MESSAGE_BURST": "1000000000", "VP_MESSAGES_PER_SECOND": "1000000000"}
    with SiteServer(None, settings | {"VP_LOG_LEVEL": "error"}) as running:
        yield running


def test_memory_stays_when_a_client_sends_pings_and_reads_no_pong(generous: SiteServer) -> None:
    before = resident_bytes(generous.pid)
    with RawSocket(generous.port, receive_buffer=4096) as peer:
        assert "101" in peer.upgrade()
        sent = peer.write_until_closed(frame(PING, bytes(125)) * 2_000, MOST_SENT)
        grown = resident_bytes(generous.pid) - before
    assert sent < MOST_SENT, "it went on reading"
    assert grown < ROOM_TO_GROW


@pytest.mark.parametrize("piece", [frame(PING, b"?"), frame(PONG, b"!")], ids=["ping", "pong"])
def test_socket_ends_with_too_many_messages_when_control_frames_use_up_the_burst(
    strict: SiteServer, piece: bytes
) -> None:
    with RawSocket(strict.port) as peer:
        assert "101" in peer.upgrade()
        peer.socket.sendall(piece * (BURST + 1))
        assert ended_for_too_many(peer.read_close())


def test_socket_ends_with_too_many_messages_when_one_comes_in_endless_pieces(
    strict: SiteServer,
) -> None:
    with RawSocket(strict.port) as peer:
        assert "101" in peer.upgrade()
        peer.socket.sendall(frame(TEXT, b"{", final=False))
        peer.socket.sendall(frame(CONTINUATION, final=False) * (BURST + 1))
        assert ended_for_too_many(peer.read_close())


def test_messages_and_pings_share_one_rate(strict: SiteServer) -> None:
    with RawSocket(strict.port) as peer:
        assert "101" in peer.upgrade()
        unknown = frame(TEXT, b'{"type":"wave"}')
        peer.socket.sendall(frame(PING, b"?") * (BURST - 2) + unknown * 2 + frame(PING, b"?"))
        assert ended_for_too_many(peer.read_close())


def test_pings_are_answered_when_there_are_few(strict: SiteServer) -> None:
    with RawSocket(strict.port) as peer:
        assert "101" in peer.upgrade()
        for number in range(BURST):
            peer.socket.sendall(frame(PING, str(number).encode()))
            assert peer.read_frame() == (PONG, str(number).encode())


def test_handshake_is_closed_when_the_websocket_layer_does_not_take_it(
    strict: SiteServer,
) -> None:
    with RawSocket(strict.port) as peer:
        answer = peer.upgrade(*(f"X-{number}: x" for number in range(200)))
        assert " 431 " in answer
        assert peer.is_closed()
