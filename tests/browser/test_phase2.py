"""Looks, emotions and hands: made on one side, drawn and named on the other."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser import gesture_camera, hand_photos
from tests.support import pictures, rooms, tapes
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.face.blendshapes import Blendshape
from persona_core.face.emotions import EMOTION_SHAPES, Emotion
from persona_core.face.params import FaceParams, Gesture

GESTURES = [gesture for gesture in Gesture if gesture is not Gesture.NONE]
WINDOW = {"width": 720, "height": 760}
WAIT_MS = 30_000
SETTLE_MS = 1_500
"""For fades to end and jitter buffers to play out, where no look can tell."""
STANDS = 0.02
"""By which share of its ink a hand that comes or goes changes at least between two looks."""
LOOK_MS = 80
HEARTS = ("#f0466b", "#f7708c", "#e2365c")

SHOWN_AND_SAID = """text => {
  if (document.getElementById("announcer").textContent.trim() !== text) return false;
  const canvas = document.getElementById("peer-marks");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 3 && value > 0);
}"""


NOTHING_SHOWN = """() => {
  const canvas = document.getElementById("peer-marks");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return !data.some(Boolean);
}"""


def gesture_word(gesture: Gesture) -> str:
    return sentence(f"gesture.{gesture.name.lower().replace('_', '-')}")


@dataclass
class Pair:
    """A call in ``room-v2``: one changes, the other watches."""

    sender: Tab
    watcher: Tab

    def settle(self) -> None:
        self.watcher.page.wait_for_timeout(SETTLE_MS)

    def look_until(self, holds: Callable[[], bool]) -> None:
        """Looks until something is seen."""
        deadline = time.monotonic() + WAIT_MS / 1000.0
        while not holds():
            assert time.monotonic() < deadline, "it is never seen"
            self.watcher.page.wait_for_timeout(LOOK_MS)

    def see(self) -> tuple[pictures.Pixels, FaceParams]:
        """The peer as the watcher sees it, and the face that was drawn."""
        picture, face = tapes.seen_now(self.watcher)
        return pictures.decode(picture), face

    def marks(self) -> pictures.Pixels:
        """What the watcher sees around the peer."""
        return overlay(self.watcher, "peer-marks")

    def wait_said(self, text: str) -> None:
        """Waits until screen readers of the watcher have heard a sentence."""
        self.watcher.page.wait_for_function(
            "text => document.getElementById('announcer').textContent.trim() === text",
            arg=text,
            timeout=WAIT_MS,
        )

    def show_gestures(self, left: Gesture, right: Gesture) -> pictures.Pixels:
        """Holds up the sender's hands, and waits until others than before stand beside the peer.

        Returns:
            What the watcher sees around the peer then.
        """
        before = now = self.marks()
        self.sender.page.evaluate(
            "given => virtualpersona.showGestures(...given)", [int(left), int(right)]
        )
        (shown,) = {left, right} - {Gesture.NONE}
        self.wait_said(sentence("room.peer-gesture").format(what=gesture_word(shown)))

        def others_stand() -> bool:
            nonlocal now
            last, now = halves_of(now), self.marks()
            moved = np.abs(halves_of(now) - last).max()
            return moved < STANDS * last.sum() and pictures.share_changed(before, now) > 0.002

        self.look_until(others_stand)
        return now


def overlay(tab: Tab, element_id: str) -> pictures.Pixels:
    """What a plain canvas shows, which may be nothing: unlike another's, it can be read at once."""
    read = "id => document.getElementById(id).toDataURL()"
    return pictures.decode(tab.page.evaluate(read, element_id))


def ink_of(marks: pictures.Pixels) -> npt.NDArray[np.bool_]:
    return marks[..., 3] > 0


def halves_of(marks: pictures.Pixels) -> npt.NDArray[np.intp]:
    """How many pixels have ink on the left and on the right."""
    return np.array([half.sum() for half in np.array_split(ink_of(marks), 2, axis=1)])


def enter(tab: Tab, site_url: str, link_room: rooms.Invitation) -> Tab:
    return rooms.enter(tab, site_url, link_room, "room-v2/")


@pytest.fixture(scope="module")
def pair(dist_server: SiteServer, plain_browser: Browser) -> Iterator[Pair]:
    """Two people without cameras; the sender's hands are the test's."""
    invitation = rooms.new_invitation()
    sender, watcher = (Tab(plain_browser, viewport=WINDOW, locale="en") for _ in range(2))
    sender.context.route("**/room-v2/main.py", lambda route: route.fulfill(path=rooms.GESTURE_PAGE))
    rooms.enter_together(dist_server.url, invitation, sender, watcher, page="room-v2/")
    rooms.wait_connected(sender, watcher)
    watcher.page.evaluate("virtualpersona.record()")
    rooms.wait_frames(watcher, 10)
    yield Pair(sender, watcher)
    sender.close()
    watcher.close()


def test_look_reaches_the_running_call_when_it_is_changed(pair: Pair) -> None:
    clothes, hair = "#e0a33a", "#b5572b"
    before, _ = pair.see()
    page = pair.sender.page
    page.click("#look-toggle")
    page.click("#look summary:has-text('Clothes')")
    page.click(f"#look [name=look-clothes_colour][value='{clothes}']")
    page.click("#look summary:has-text('Hair')")
    page.click(f"#look [name=look-hair_colour][value='{hair}']")
    page.click("#look label:has-text('Curls')")
    assert pictures.near(before, clothes, 24).mean() < 0.002

    def is_worn() -> bool:
        after, _ = pair.see()
        worn = pictures.near(after, clothes, 24).mean() > 0.01
        return bool(worn and pictures.near(after, hair, 40).mean() > 0.01)

    pair.look_until(is_worn)
    page.keyboard.press("Escape")
    assert page.is_hidden("#look")
    assert page.evaluate("document.activeElement.id") == "look-toggle"


def certain_shapes(emotion: Emotion) -> dict[Blendshape, float]:
    """Shapes that an emotion decides alone, and where it puts them."""
    found = {}
    for name, (target, pull) in EMOTION_SHAPES[emotion].shapes.items():
        for shape in Blendshape:
            if shape.name in (name, f"{name}_LEFT", f"{name}_RIGHT") and pull >= 0.95:
                found[shape] = target
    return found


def wait_drawn(pair: Pair, shapes: dict[Blendshape, float]) -> pictures.Pixels:
    """Waits until the face that the watcher sees has some shapes; gives its picture."""
    assert shapes
    picture, _ = pair.see()

    def is_drawn() -> bool:
        nonlocal picture
        picture, face = pair.see()
        return bool(np.allclose(face.blendshapes[[*shapes]], [*shapes.values()], atol=0.1))

    pair.look_until(is_drawn)
    return picture


def test_each_emotion_is_drawn_and_named_when_its_key_is_pressed(pair: Pair) -> None:
    rest, _ = pair.see()
    seen = {}
    for number, emotion in enumerate(Emotion, start=1):
        pair.sender.page.keyboard.press(str(number))
        word = sentence(f"emotion.{emotion}")
        pair.wait_said(sentence("room.peer-emotion").format(what=word))
        seen[emotion] = wait_drawn(pair, certain_shapes(emotion))
        assert pictures.share_changed(rest, seen[emotion]) > 0.01, emotion
        pressed = pair.sender.page.locator("#emotions [aria-pressed=true]")
        assert pressed.get_attribute("data-emotion") == emotion
    for first, second in itertools.combinations(seen, 2):
        assert pictures.share_changed(seen[first], seen[second]) > 0.005, (first, second)


def test_hearts_rise_only_when_the_emotion_is_love(pair: Pair) -> None:
    def hearts() -> float:
        marks = pair.marks()
        return float(np.mean([pictures.near(marks, one, 30).mean() for one in HEARTS]))

    pair.sender.page.keyboard.press("Escape")
    pair.settle()
    assert hearts() == 0.0
    pair.sender.page.click("[data-emotion=love]")
    pair.look_until(lambda: hearts() > 0.0005)
    pair.sender.page.keyboard.press("Escape")
    pair.look_until(lambda: not pair.marks().any())
    assert pair.sender.page.locator("#emotions [aria-pressed=true]").count() == 0


def test_emotion_is_fainter_when_its_strength_is_lowered(pair: Pair) -> None:
    page = pair.sender.page
    page.keyboard.press("4")
    pair.settle()
    _, strong = pair.see()
    page.locator("#emotion-strength").fill("40")
    pair.settle()
    _, faint = pair.see()
    page.locator("#emotion-strength").fill("100")
    page.keyboard.press("4")
    brow = Blendshape.BROW_DOWN_LEFT
    assert faint.blendshapes[brow] == pytest.approx(0.4 * strong.blendshapes[brow], abs=0.12)


def test_each_gesture_is_drawn_and_named_when_a_hand_shows_it(pair: Pair) -> None:
    seen = {}
    for gesture in GESTURES:
        seen[gesture] = pair.show_gestures(gesture, Gesture.NONE)
        ink = ink_of(seen[gesture])
        # The person's own left is on the right of who looks at them.
        assert ink[:, ink.shape[1] // 2 :].mean() > 0.01, gesture
        assert not ink[:, : ink.shape[1] // 2].any(), gesture
    for first, second in itertools.combinations(seen, 2):
        assert pictures.share_changed(seen[first], seen[second]) > 0.002, (first, second)
    ink = ink_of(pair.show_gestures(Gesture.NONE, Gesture.VICTORY))
    assert ink[:, : ink.shape[1] // 2].any()
    assert not ink[:, ink.shape[1] // 2 :].any()
    pair.sender.page.evaluate("virtualpersona.showGestures(0, 0)")
    pair.look_until(lambda: not pair.marks().any())


def test_pages_stay_silent_and_at_home_when_all_this_happens(
    pair: Pair, dist_server: SiteServer
) -> None:
    for tab in (pair.sender, pair.watcher):
        assert tab.errors == []
        assert tab.hosts == {f"127.0.0.1:{dist_server.port}"}


@pytest.fixture(scope="module")
def hand_pair(
    pair: Pair,
    dist_server: SiteServer,
    playwright: Playwright,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    """The watcher's next call, in which photographs of hands are the sender's camera."""
    photos = hand_photos.photographs()
    video = gesture_camera.as_camera(photos, tmp_path_factory.mktemp("camera") / "hands.mjpeg")
    pair.sender.close()
    browser = launch(playwright, camera=video)
    invitation = rooms.new_invitation()
    rooms.turn_to(pair.watcher, invitation.fragment)
    rooms.join(pair.watcher)
    rooms.wait_status(pair.watcher, "waiting")
    sender = Tab(browser, viewport=WINDOW, locale="en")
    enter(sender, dist_server.url, invitation)
    rooms.wait_connected(sender, pair.watcher)
    yield Pair(sender, pair.watcher)
    browser.close()


def test_real_hands_reach_the_peer_when_they_are_held_before_the_camera(hand_pair: Pair) -> None:
    page = hand_pair.sender.page
    assert hand_pair.sender.report()["own"]["hands"] == "off"
    assert not overlay(hand_pair.sender, "own-hands").any()
    page.click("#hands")
    for gesture in (Gesture.THUMB_UP, Gesture.VICTORY):
        page.wait_for_function(
            "word => document.getElementById('hands-status').textContent.includes(word)",
            arg=gesture_word(gesture),
            timeout=2 * WAIT_MS,
        )
        assert overlay(hand_pair.sender, "own-hands").any()
        hand_pair.watcher.page.wait_for_function(
            SHOWN_AND_SAID,
            arg=sentence("room.peer-gesture").format(what=gesture_word(gesture)),
            timeout=2 * WAIT_MS,
        )
    page.click("#hands")
    assert page.text_content("#hands-status") == sentence("hands.off")
    hand_pair.watcher.page.wait_for_function(NOTHING_SHOWN, timeout=WAIT_MS)
    assert not overlay(hand_pair.sender, "own-hands").any()
    assert hand_pair.sender.errors == []
