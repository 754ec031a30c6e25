"""Signaling sockets of the page on the real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner
from tests.support.site_server import SiteServer


@pytest.fixture
def other_server() -> Iterator[SiteServer]:
    """A server of another origin that lets every page in, and may be killed."""
    running = SiteServer(None, {"VP_ALLOWED_ORIGINS": "*"})
    running.start()
    yield running
    running.stop()


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@run_in_pyodide
async def test_socket_carries_text_both_ways_when_it_is_open(selenium, signaling_url):
    from testbed.hearing import SocketHearing
    from testbed.joins import identity_of, join_as

    from persona_core.wire.signaling import Pong, Welcome
    from persona_core.wire.signaling_json import parse_server_message
    from persona_web.bridge.network.socket import BrowserSockets

    hearing = SocketHearing()
    with hearing.unheard():
        signaling = BrowserSockets().open(signaling_url, hearing)
        signaling.send('{"type": "ping"}')  # too early: there is nobody to hear it
    await hearing.hear("open")
    with hearing.unheard():
        signaling.send(join_as("ann", "both-ways"))
        signaling.send('{"type": "ping"}')
    await hearing.hear("text", times=2)
    signaling.close()

    welcome, pong = map(parse_server_message, hearing.all("text"))
    assert isinstance(welcome, Welcome)
    assert welcome.peer == identity_of("ann").peer
    assert isinstance(pong, Pong)
    assert hearing.all("open") == [()]
    assert hearing.all("closed") == []


@run_in_pyodide
async def test_socket_hears_4009_when_the_room_is_full(selenium, signaling_url):
    from testbed.hearing import SocketHearing
    from testbed.joins import join_as

    from persona_web.bridge.network.socket import BrowserSockets

    hearings, sockets = [], []
    for name in ("ann", "ben", "cat"):
        hearings.append(SocketHearing())
        sockets.append(BrowserSockets().open(signaling_url, hearings[-1]))
        await hearings[-1].hear("open")
        sockets[-1].send(join_as(name, "full-room"))
        await hearings[-1].hear("text")
    code, reason = await hearings[-1].hear("closed")
    for one in sockets:
        one.close()

    assert (code, reason) == (4009, "room-full")
    assert hearings[-1].events[-1][0] == "closed"
    assert [hearing.all("closed") for hearing in hearings[:2]] == [[], []]


@run_in_pyodide
async def test_socket_hears_4008_once_when_it_breaks_the_rules(selenium, signaling_url):
    from testbed.hearing import SocketHearing

    from persona_web.bridge.network.socket import BrowserSockets

    hearing = SocketHearing()
    signaling = BrowserSockets().open(signaling_url, hearing)
    await hearing.hear("open")
    signaling.send("no JSON")

    assert await hearing.hear("closed") == (4008, "bad-json")

    signaling.send("more")
    signaling.close()
    assert hearing.all("closed") == [(4008, "bad-json")]


@run_in_pyodide
async def test_socket_hears_1006_when_nobody_listens(selenium, closed_port):
    from testbed.hearing import SocketHearing

    from persona_web.bridge.network.socket import BrowserSockets

    hearing = SocketHearing()
    with hearing.unheard():
        signaling = BrowserSockets().open(f"ws://127.0.0.1:{closed_port}/signal", hearing)
    await hearing.hear("closed")
    signaling.send("anybody?")

    assert hearing.events == [("closed", 1006, "")]


@run_in_pyodide
async def test_socket_hears_1006_with_the_reason_when_the_address_is_malformed(selenium):
    from testbed.hearing import SocketHearing

    from persona_web.bridge.network.socket import BrowserSockets

    hearing = SocketHearing()
    with hearing.unheard():
        signaling = BrowserSockets().open("ws://[", hearing)
        signaling.send("anybody?")
    code, reason = await hearing.hear("closed")

    assert code == 1006
    assert "ws://[" in reason


@run_in_pyodide
async def open_and_enter(selenium, url):
    import testbed
    from testbed.hearing import SocketHearing
    from testbed.joins import join_as

    from persona_web.bridge.network.socket import BrowserSockets

    hearing = SocketHearing()
    signaling = BrowserSockets().open(url, hearing)
    await hearing.hear("open")
    signaling.send(join_as("ann", "doomed"))
    await hearing.hear("text")
    testbed.kept["hearing"] = hearing


@run_in_pyodide
async def heard_at_the_end(selenium):
    import testbed

    hearing = testbed.kept.pop("hearing")
    await hearing.hear("closed")
    return hearing.all("closed")


def test_socket_hears_1006_when_the_server_is_killed(
    selenium: PageRunner, other_server: SiteServer
) -> None:
    open_and_enter(selenium, other_server.signaling_url)

    other_server.kill()

    assert heard_at_the_end(selenium) == [(1006, "")]


def test_socket_hears_1012_when_the_server_ends_in_order(
    selenium: PageRunner, other_server: SiteServer
) -> None:
    open_and_enter(selenium, other_server.signaling_url)

    other_server.stop()

    [(code, _reason)] = heard_at_the_end(selenium)
    assert code == 1012


@run_in_pyodide
async def test_socket_tells_nothing_when_it_was_closed(selenium, signaling_url):
    from testbed.hearing import SocketHearing
    from testbed.joins import join_as

    from persona_web.bridge.network.socket import BrowserSockets

    async def trip(hearing, room):
        one = BrowserSockets().open(signaling_url, hearing)
        await hearing.hear("open")
        one.send(join_as("ann", room))
        return one

    never_opened, malformed, joining = SocketHearing(), SocketHearing(), SocketHearing()
    BrowserSockets().open(signaling_url, never_opened).close()
    BrowserSockets().open("ws://[", malformed).close()
    closed = await trip(joining, "silent-room")
    closed.close()  # while the welcome is on its way
    closed.send("more")
    closed.close()
    later = SocketHearing()
    witness = await trip(later, "other-room")
    await later.hear("text")
    witness.close()

    assert never_opened.events == []
    assert malformed.events == []
    assert joining.events == [("open",)]


@run_in_pyodide
async def test_socket_may_be_closed_by_its_listener_when_it_tells_something(
    selenium, signaling_url
):
    from testbed.hearing import SocketHearing

    from persona_web.bridge.network.socket import BrowserSockets

    class Leaving(SocketHearing):
        def on_socket_open(self):
            super().on_socket_open()
            signaling.close()

    hearing, witness = Leaving(), SocketHearing()
    signaling = BrowserSockets().open(signaling_url, hearing)
    await hearing.hear("open")
    other = BrowserSockets().open(signaling_url, witness)
    await witness.hear("open")
    other.close()

    assert hearing.events == [("open",)]
