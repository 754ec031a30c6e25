"""A call goes on as it was where a battery is saved, a camera is slow, a tab is behind another or a
clock is set: none of it is a slow machine, and none of it is told as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

# An init script: what a machine does, for the tests to turn.
MACHINE = """
globalThis.machine = { framesApart: 1, hidden: false, clockMs: 0, drawn: 0 };
const ask = requestAnimationFrame;
const wait = (frames, call) => ask((now) => (frames > 1 ? wait(frames - 1, call) : call(now)));
globalThis.requestAnimationFrame = (call) => wait(machine.framesApart, call);
Object.defineProperty(document, "hidden", { get: () => machine.hidden });
const clock = Date.now;
Date.now = () => clock() + machine.clockMs;
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...given) {
  machine.drawn += this.canvas.isConnected;
  return clear.apply(this, given);
};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  for (const track of stream.getVideoTracks()) globalThis.camera = track;
  return stream;
};
"""
FRAMES = 30


@dataclass
class Call:
    """Two tabs in one room; the first has a face before its camera, and its machine is turned."""

    turned: Tab
    peer: Tab

    def goes_on(self) -> None:
        """Faces come both ways, and the first page has found nothing slow, nor left its path."""
        for tab in (self.turned, self.peer):
            rooms.wait_frames(tab, FRAMES)
        assert self.connections() == 1
        report = self.turned.report()
        assert [entry["reason"] for entry in report["graphics"]["log"]] == ["begin"]
        assert report["call"]["peers"][0]["path"] == "direct"
        assert self.turned.page.is_hidden("#suggestion")
        assert self.turned.errors == []

    def connections(self) -> int:
        return int(self.turned.page.evaluate("connections.length"))

    def turn(self, name: str, value: Any) -> None:
        self.turned.page.evaluate("([name, value]) => { machine[name] = value; }", [name, value])


@pytest.fixture(scope="module")
def call(dist_server: SiteServer, face_browser: Browser, plain_browser: Browser) -> Iterator[Call]:
    invitation = rooms.new_invitation()
    turned, peer = (
        Tab(browser, viewport={"width": 480, "height": 420})
        for browser in (face_browser, plain_browser)
    )
    turned.page.add_init_script(MACHINE + rooms.KEEP_CONNECTIONS)
    peer.page.add_init_script("localStorage.setItem('vp.source', 'demo')")
    rooms.enter_together(dist_server.url, invitation, turned, peer)
    rooms.wait_connected(turned, peer)
    turned.page.wait_for_function(
        "JSON.parse(virtualpersona.report()).source.face_found", timeout=rooms.WAIT_MS
    )
    yield Call(turned, peer)
    turned.close()
    peer.close()


def test_call_goes_on_when_the_browser_shows_every_second_frame_only(call: Call) -> None:
    call.turn("framesApart", 2)
    call.goes_on()
    call.turn("framesApart", 1)


def test_call_goes_on_when_the_camera_gives_seven_pictures_a_second(call: Call) -> None:
    call.turned.page.evaluate("camera.applyConstraints({ frameRate: { max: 7 } })")
    call.turned.page.wait_for_function(
        "JSON.parse(virtualpersona.report()).source.tracking_fps < 7.6", timeout=rooms.WAIT_MS
    )
    call.goes_on()
    assert call.turned.report()["source"]["face_found"]
    call.turned.page.evaluate("camera.applyConstraints({ frameRate: { max: 30 } })")


def test_page_sends_on_and_draws_nothing_when_it_is_behind_another_and_draws_again_after(
    call: Call,
) -> None:
    page = call.turned.page
    call.turn("hidden", True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    drawn = page.evaluate("machine.drawn")
    rooms.wait_frames(call.peer, FRAMES)
    assert page.evaluate("machine.drawn") - drawn <= 2
    call.turn("hidden", False)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("drawn => machine.drawn > drawn + 20", arg=drawn)
    call.goes_on()


def test_call_goes_on_when_the_clock_is_set_forth_and_back(call: Call) -> None:
    for clock_ms in (3_600_000, -3_600_000, 0):
        call.turn("clockMs", clock_ms)
        call.goes_on()
