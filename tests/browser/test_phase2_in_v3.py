"""A page of the second and one of the third phase in one call: each sees the other's look,
emotions, gestures and hearts. And hands, which are read only where somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser import gesture_camera, hand_photos
from tests.support import pictures, rooms, tapes
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab, open_together

from persona_core.drawn.style import AvatarStyle
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import Gesture

WINDOW = {"width": 900, "height": 760}
MINE, LATER = "#7d9a63", "#e0a33a"
HEARTS = ("#f0466b", "#f7708c", "#e2365c")
LOVE, VICTORY = sentence("emotion.love"), sentence("gesture.victory")
SAID = "text => document.getElementById('announcer').textContent.includes(text)"
NAMED = {"room.peer-emotion": "people.reacted", "room.peer-gesture": "people.shows"}
"""What a page says that has names."""
GUEST = f"\u2068{sentence('people.guest')}\u2069"
INKED = """id => {
  const canvas = document.getElementById(id);
  if (!canvas.width || !canvas.height) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 3 && value > 0);
}"""
# A key of a Korean keyboard that is typing Hangul: only its place tells what it is.
PRESS = """code => document.body.dispatchEvent(new KeyboardEvent(
  "keydown", { code, key: "Process", bubbles: true, cancelable: true }))"""


@pytest.fixture(scope="module")
def pair(dist_server: SiteServer, plain_browser: Browser) -> Iterator[tuple[Tab, Tab]]:
    """A page of the third phase, whose person made their look in the second, and one of that."""
    invitation = rooms.new_invitation()
    third, second = (Tab(plain_browser, viewport=WINDOW, locale="en") for _ in range(2))
    third.page.goto(dist_server.url)
    look = json.dumps(AvatarStyle(clothes_colour=MINE).to_dict())
    third.page.evaluate("look => localStorage.setItem('vp.look', look)", look)
    opened = {third: "room-v3/", second: "room-v2/"}
    for tab, page in opened.items():
        tab.context.route(f"**/{page}main.py", lambda route: route.fulfill(path=rooms.GESTURE_PAGE))
    links = (invitation.link(f"{dist_server.url}{page}") for page in opened.values())
    open_together(*zip(opened, links, strict=True))
    for tab in opened:
        rooms.join(tab)
    rooms.wait_connected(third, second)
    for tab in (third, second):
        tab.page.evaluate("virtualpersona.record()")
        rooms.wait_frames(tab, 10)
    yield third, second
    third.close()
    second.close()


def wait_peer_wears(tab: Tab, colour: str) -> None:
    """Waits until the peer's clothes have a colour before ``tab``."""
    for _attempt in range(60):
        picture, _ = tapes.seen_now(tab)
        if pictures.near(pictures.decode(picture), colour, 24).mean() > 0.01:
            return
        tab.page.wait_for_timeout(500)
    raise AssertionError(f"{colour} was not seen")


def wait_said(tab: Tab, key: str, what: str) -> None:
    if "room-v3" in tab.page.url:
        key = NAMED[key]
    words = sentence(key).format(what=what, name=GUEST)
    tab.page.wait_for_function(SAID, arg=words, timeout=rooms.WAIT_MS)


def wait_inked(tab: Tab, canvas: str, *, inked: bool = True) -> None:
    condition = INKED if inked else f"id => !({INKED})(id)"
    tab.page.wait_for_function(condition, arg=canvas, timeout=rooms.WAIT_MS)


def test_two_phases_see_each_others_look_emotion_gesture_and_hearts(
    pair: tuple[Tab, Tab],
) -> None:
    third, second = pair
    wait_peer_wears(second, MINE)

    third.page.evaluate(PRESS, "Digit6")
    second.page.evaluate("document.querySelector('[data-emotion=love]').click()")
    for tab in pair:
        wait_said(tab, "room.peer-emotion", LOVE)
        tab.page.wait_for_timeout(1500)
        marks = pictures.decode(tab.pixels("peer-marks"))
        hearts = np.mean([pictures.near(marks, one, 30).mean() for one in HEARTS])
        assert hearts > 0.0005
        assert tab.report()["own"]["emotion"] == "love"
        wait_inked(tab, "own-marks")
    for tab in pair:
        tab.page.keyboard.press("Escape")
    for tab in pair:
        wait_inked(tab, "peer-marks", inked=False)

    for tab in pair:
        tab.page.evaluate("one => virtualpersona.showGestures(one, 0)", int(Gesture.VICTORY))
    for tab in pair:
        wait_said(tab, "room.peer-gesture", VICTORY)
        wait_inked(tab, "peer-marks")
        wait_inked(tab, "own-marks")
    for tab in pair:
        tab.page.evaluate("virtualpersona.showGestures(0, 0)")

    rooms.press(third, "#open-settings")
    third.page.check("#palm-raises")
    third.page.keyboard.press("Escape")
    third.page.evaluate("one => virtualpersona.showGestures(one, 0)", int(Gesture.OPEN_PALM))
    third.page.wait_for_selector("#own-hand", state="visible")
    assert third.page.inner_text("#raise-hand") == sentence("people.lower-hand")
    rooms.press(third, "#raise-hand")
    assert third.page.is_hidden("#own-hand"), "though the palm is still there"
    third.page.evaluate("virtualpersona.showGestures(0, 0)")


def test_look_and_portrait_are_changed_back_and_forth_in_the_call(pair: tuple[Tab, Tab]) -> None:
    third, second = pair
    page = third.page
    rooms.press(third, "#look-toggle")
    page.wait_for_selector("#look input[value=look]:checked", state="attached")
    page.click("#look summary:has-text('Clothes')")
    page.click(f"#look [name=look-clothes_colour][value='{LATER}']")
    wait_peer_wears(second, LATER)
    third.pick("portraits", "astronaut")
    page.wait_for_function(
        """() => {
          const { who, seen } = JSON.parse(virtualpersona.report());
          return who === "astronaut" && ["portrait", "still"].includes(seen[0]);
        }""",
        timeout=rooms.WAIT_MS,
    )
    assert page.locator("input[name=who]:checked").count() == 1

    # The emotion is in the frames, so that it acts on a portrait as well.
    page.keyboard.press("Escape")
    page.click("#emotions-toggle")
    page.click("#expression [data-emotion=anger]")
    page.wait_for_timeout(1500)
    _, face = tapes.seen_now(second)
    assert face.blendshapes[Blendshape.BROW_DOWN_LEFT] > 0.8
    assert face.residual is None or not face.residual.any()
    assert page.inner_text("#emotions-toggle") == sentence("emotion.anger")
    page.keyboard.press("4")
    assert page.inner_text("#emotions-toggle") == sentence("emotion.heading")

    rooms.press(third, "#look-toggle")
    third.pick("characters", "look")
    page.wait_for_function(
        "JSON.parse(virtualpersona.report()).seen[0] === 'drawn'", timeout=rooms.WAIT_MS
    )
    wait_peer_wears(second, LATER)
    assert third.errors == second.errors == []


def test_hands_are_loaded_and_read_when_they_are_switched_on(
    dist_server: SiteServer, playwright: Playwright, tmp_path: Path
) -> None:
    photos = hand_photos.photographs()
    browser = launch(playwright, camera=gesture_camera.as_camera(photos, tmp_path / "hands.mjpeg"))
    tab = Tab(browser, viewport=WINDOW, locale="en")
    asked: list[str] = []
    tab.context.on("request", lambda request: asked.append(request.url))
    page = tab.open(f"{dist_server.url}home-v3/").page
    page.click("#use-camera")
    page.wait_for_function("JSON.parse(virtualpersona.report()).source.camera === 'camera'")
    own = ("hands.worker.js", "gesture_recognizer", "hand_landmarker")
    assert not [url for url in asked if any(part in url for part in own)]
    page.click("#hands")
    page.wait_for_function(
        "word => document.getElementById('hands-status').textContent.includes(word)",
        arg=VICTORY,
        timeout=2 * rooms.WAIT_MS,
    )
    for canvas in ("own-hands", "own-marks"):
        wait_inked(tab, canvas)
    page.click("#hands")
    assert page.text_content("#hands-status") == sentence("hands.off")
    for canvas in ("own-hands", "own-marks"):
        wait_inked(tab, canvas, inked=False)
    assert tab.errors == []
    browser.close()
