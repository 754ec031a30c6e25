"""The whole way of a portrait: made by the wizard, worn, and seen in a call on the other side.

The person before the camera has painted lids and a painted tongue: no photo of the face at rest can
tell of them, so whoever sees them sees the set's pictures.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright
from tests.browser.portrait_call import box_of
from tests.browser.wizard_page import WAIT_MS, open_wizard, stored_set, wait_panel, wait_worn
from tests.support import graphics, pictures, rooms, tapes, wizard_film
from tests.support.chromium import launch
from tests.support.pictures import Pixels
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.face import landmarks
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.portrait import Portrait

DESKTOP = {"width": 1000, "height": 800}
SMALL = {"width": 480, "height": 420}
pytestmark = pytest.mark.timeout(WAIT_MS / 1000 + 60)  # longer than it waits by itself
MOMENTS = 4
"""In each state, at least; a state is held for two and a half seconds, and comes again."""

# Pages draw by software here: none of them is to leave its way of drawing for that.
PINNED = """
localStorage.setItem("vp.gpu.mode", "%s");
localStorage.setItem("vp.gpu.quality", "low");
"""


class State(Enum):
    """What the face on the other side does."""

    REST = auto()
    SPEAKS = auto()
    SHUTS = auto()


@dataclass(frozen=True)
class Sitter:
    """Who did what the wizard asked.

    Attributes:
        tab: their page, where people choose who to be.
        worn: what they wear.
    """

    tab: Tab
    worn: PortraitSet


@pytest.fixture(scope="module")
def sitter(
    dist_server: SiteServer,
    plain_browser: Browser,
    playwright: Playwright,
    dist: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Sitter]:
    target = tmp_path_factory.mktemp("film") / "a.mjpeg"
    film = wizard_film.as_camera(plain_browser, dist, target, marked=True)
    browser = launch(playwright, camera=film)
    tab = Tab(browser, viewport=DESKTOP)
    tab.open(f"{dist_server.url}home-v3/")
    page = open_wizard(tab)
    page.click("#wizard-use-camera")
    wait_panel(page, "review")
    assert page.locator("#wizard-pictures img[src^='blob:']").count() >= 7
    page.click("#wizard-use")
    wait_worn(tab)
    yield Sitter(tab, stored_set(page))
    browser.close()


def test_set_is_made_kept_and_worn_when_a_person_does_what_is_asked(sitter: Sitter) -> None:
    page = sitter.tab.page
    assert not page.is_visible("#wizard")
    assert len(sitter.worn.expressions) >= 6
    assert len(sitter.worn.to_file()) <= 400_100
    assert page.is_checked("#portrait-shows-me")
    assert page.inner_text("#use-camera") == sentence("source.use-camera")
    assert page.is_hidden("#stop-source")
    assert sitter.tab.errors == []


@pytest.fixture(scope="module")
def room(dist_server: SiteServer, sitter: Sitter) -> rooms.Invitation:
    """In which the sitter is."""
    invitation = rooms.new_invitation()
    sitter.tab.page.set_viewport_size({"width": 480, "height": 420})
    sitter.tab.page.add_init_script(PINNED % "webgl")
    rooms.enter(sitter.tab, dist_server.url, invitation)
    return invitation


Moments = dict[State, list[Pixels]]
"""What a page showed of its peer, by what the face did that it showed."""


def watched(tab: Tab, sitter: Tab, rung: str) -> Moments:
    """What a page shows of the sitter while it draws in one way, until there is enough of each."""
    # A fake camera begins its film anew.
    for button in ("stop-source", "use-camera"):
        sitter.page.evaluate("id => document.getElementById(id).click()", button)
    tab.page.evaluate("virtualpersona.record()")
    rooms.wait_frames(tab, 3)
    found: Moments = {state: [] for state in State}
    end = time.monotonic() + 2 * rooms.WAIT_MS / 1000.0
    while any(len(each) < MOMENTS for each in found.values()):
        assert time.monotonic() < end, {state: len(each) for state, each in found.items()}
        picture, face = tapes.seen_now(tab)
        state, report = state_of(face), tab.report()
        moving = report["seen"][1] == "portrait" and report["graphics"]["rung"] == rung
        pixels = pictures.decode(picture)
        # WebGL's canvas reads as nothing in a displayed frame in which it was not drawn.
        if state is not None and moving and pixels[..., 3].any():
            found[state].append(pixels)
    return found


def wait_whole(tab: Tab, worn: PortraitSet) -> None:
    """Waits until all that the sitter wears has come and is seen."""
    tab.page.wait_for_function(
        """count => {
          const { call, seen } = JSON.parse(virtualpersona.report());
          return call.peers[0]?.expressions === count && seen[1] === "portrait";
        }""",
        arg=len(worn.expressions),
        timeout=rooms.WAIT_MS,
    )


def state_of(face: FaceParams) -> State | None:
    """None for what lies between the three."""
    shapes = face.blendshapes
    lids = min(shapes[B.EYE_BLINK_LEFT], shapes[B.EYE_BLINK_RIGHT])
    if lids > 0.8:
        return State.SHUTS
    if lids > 0.3:
        return None
    if shapes[B.JAW_OPEN] > 0.35:
        return State.SPEAKS
    return State.REST if shapes[B.JAW_OPEN] < 0.08 else None


def blue(picture: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Where a picture shows the tongue's paint."""
    return picture[..., 2] - picture[..., 0] > 40


def violet(picture: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Where it shows that of the lids."""
    return picture[..., 2] - picture[..., 1] > 30


REGIONS: dict[str, tuple[npt.NDArray[np.intp], Callable[..., npt.NDArray[np.bool_]]]] = {
    "mouth": (landmarks.LIPS_OUTER, blue),
    "left eye": (landmarks.EYE_LEFT, violet),
    "right eye": (landmarks.EYE_RIGHT, violet),
}


def shares(found: list[Pixels], base: Portrait) -> dict[str, float]:
    """Which share of each region shows its paint, in half of the pictures at least."""
    height, width = found[0].shape[:2]
    return {
        name: statistics.median(
            float(paint(picture[box_of(base, loop, width, height, 0.1)]).mean())
            for picture in found
        )
        for name, (loop, paint) in REGIONS.items()
    }


@pytest.mark.parametrize(
    ("rung", "mode", "flags"),
    [("webgl", "webgl", graphics.WEBGL), ("canvas", "cpu", graphics.NONE)],
    ids=["webgl", "canvas"],
)
def test_other_side_sees_the_sets_picture_in_each_region_when_the_face_makes_it(
    dist_server: SiteServer,
    playwright: Playwright,
    sitter: Sitter,
    room: rooms.Invitation,
    rung: str,
    mode: str,
    flags: tuple[str, ...],
) -> None:
    base = sitter.worn.base
    photo = np.asarray(Image.open(io.BytesIO(base.image)).convert("RGB")).astype(int)
    assert (blue(photo) | violet(photo)).mean() < 0.001, "one photo knows of no paint"

    browser = launch(playwright, *flags)
    try:
        tab = Tab(browser, viewport=SMALL)
        tab.page.add_init_script(PINNED % mode)
        rooms.enter(tab, dist_server.url, room)
        wait_whole(tab, sitter.worn)
        moments = watched(tab, sitter.tab, rung)
        assert tab.errors == []
    finally:
        browser.close()

    seen = {state: shares(found, base) for state, found in moments.items()}
    assert max(seen[State.REST].values()) < 0.02, seen
    assert seen[State.SPEAKS]["mouth"] > 0.1, seen
    assert max(seen[State.SPEAKS][eye] for eye in ("left eye", "right eye")) < 0.02, seen
    assert min(seen[State.SHUTS][eye] for eye in ("left eye", "right eye")) > 0.1, seen
    assert seen[State.SHUTS]["mouth"] < 0.02, seen
