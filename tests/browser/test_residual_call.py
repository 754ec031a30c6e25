"""Someone who goes as a portrait sends more of their face, and who does not sends no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.face.params import FaceParams
from persona_core.wire.codec import BASE_FRAME_BYTES, RESIDUAL_FRAME_BYTES, decode_frame

WEAR = "localStorage.setItem('vp.portrait', 'astronaut')"
FRAMES = 60


@dataclass
class Call:
    """Two tabs in one room; the first has a face before its camera and goes as a portrait."""

    portrait: Tab
    drawn: Tab

    def sizes(self, tab: Tab, tape: str) -> list[int]:
        return [len(data) for data in frames(tab, tape)]


def frames(tab: Tab, tape: str) -> list[bytes]:
    entries = json.loads(tab.page.evaluate("virtualpersona.recorded()"))[tape]
    return [bytes.fromhex(data) for _, data in entries]


def faces(tab: Tab, tape: str) -> list[FaceParams]:
    return [decode_frame(data).params for data in frames(tab, tape)]


@pytest.fixture(scope="module")
def call(dist_server: SiteServer, face_browser: Browser, plain_browser: Browser) -> Iterator[Call]:
    """A call some seconds after the person's rest was found."""
    invitation = rooms.new_invitation()
    portrait = Tab(face_browser, viewport={"width": 480, "height": 420})
    portrait.page.add_init_script(WEAR)
    drawn = Tab(plain_browser, viewport={"width": 480, "height": 420})
    rooms.enter_together(dist_server.url, invitation, portrait, drawn)
    rooms.wait_connected(portrait, drawn)
    for tab in (portrait, drawn):
        tab.page.evaluate("virtualpersona.record()")
    portrait.page.wait_for_function(
        "least => JSON.parse(virtualpersona.recorded()).sent"
        ".filter(([, data]) => data.length === least).length > 60",
        arg=2 * RESIDUAL_FRAME_BYTES,
        timeout=rooms.WAIT_MS,
    )
    rooms.wait_frames(drawn, FRAMES)
    yield Call(portrait, drawn)
    portrait.close()
    drawn.close()


def test_residual_travels_with_the_face_of_who_goes_as_a_portrait(call: Call) -> None:
    assert set(call.sizes(call.portrait, "sent")) <= {BASE_FRAME_BYTES, RESIDUAL_FRAME_BYTES}
    received = faces(call.drawn, "received")[-FRAMES:]
    residuals = np.array([face.residual for face in received if face.residual is not None])
    assert len(residuals) > 0.9 * len(received)
    assert np.ptp(residuals, axis=0).max() > 0.3  # a living face
    assert np.abs(residuals).max() > 0.3


def test_bytes_on_the_wire_are_those_of_frames_with_a_residual(call: Call) -> None:
    mean = call.drawn.report()["call"]["peers"][0]["bytes_per_frame"]
    assert BASE_FRAME_BYTES < mean <= RESIDUAL_FRAME_BYTES


def test_nothing_more_is_sent_by_who_goes_as_a_drawn_character(call: Call) -> None:
    assert set(call.sizes(call.drawn, "sent")) == {BASE_FRAME_BYTES}
