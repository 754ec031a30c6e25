"""A plain call and the start on phones, upright and on their sides, by touch."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

PHONES = {
    "Galaxy S24": (360, 780),
    "Pixel 8": (412, 915),
    "iPhone SE": (375, 667),
    "iPhone 15": (393, 852),
}
BARS = 60
"""Pixels that a browser's own bars take of a phone's height."""
KEYBOARD = 340
"""Pixels that one takes."""
LEAST = 44

PLACES = """() => Object.fromEntries([...document.querySelectorAll(".control-buttons button")]
  .filter((button) => button.checkVisibility())
  .map((button) => {
    const { left, top, right, bottom } = button.getBoundingClientRect();
    return [button.id, [left, top, right, bottom]];
  }))"""

# Sizes of the buttons that move the own picture, and whether it lies on the invitation.
OWN_PICTURE = """() => {
  const box = (query) => document.querySelector(query).getBoundingClientRect();
  const own = document.querySelector(".self");
  const seen = own.checkVisibility({ visibilityProperty: true });
  const [hint, picture] = [box("#peer-overlay .hint"), box(".self")];
  const apart = hint.bottom <= picture.top || picture.bottom <= hint.top
    || hint.right <= picture.left || picture.right <= hint.left;
  const corners = [...document.querySelectorAll(".corner")].map((corner) => {
    const { width, height } = corner.getBoundingClientRect();
    return Math.min(width, height);
  });
  return { seen, apart, least: Math.min(...corners) };
}"""


def check_whole(tab: Tab, width: int, height: int) -> None:
    """Every button of the call is on the screen, and large enough for a thumb."""
    places = tab.page.evaluate(PLACES)
    assert {"mute", "leave"} < set(places)
    for name, (left, top, right, bottom) in places.items():
        told = f"{name} at {width} x {height}: {left} {top} {right} {bottom}"
        assert left >= 0, told
        assert top >= 0, told
        assert right <= width + 0.5, told
        assert bottom <= height + 0.5, told
        assert min(right - left, bottom - top) >= LEAST, told
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    own = tab.page.evaluate(OWN_PICTURE)
    if own["seen"]:
        assert own["apart"], f"at {width} x {height} the own picture lies on the hint"
    assert own["least"] >= LEAST, f"{own['least']} px at {width} x {height}"


def test_call_fits_the_screen_and_keeps_it_on_when_a_phone_is_turned(
    dist_server: SiteServer, face_browser: Browser, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab(
        face_browser,
        viewport={"width": 393, "height": 852},
        has_touch=True,
        is_mobile=True,
        locale="en",
    )
    rooms.enter(tab, dist_server.url, rooms.new_invitation(), "room/")
    rooms.wait_status(tab, "waiting")
    tab.page.wait_for_function("JSON.parse(virtualpersona.report()).screen === 'on'")
    for width, height in PHONES.values():
        for size in ((width, height - BARS), (height, width - BARS // 2)):
            tab.page.set_viewport_size({"width": size[0], "height": size[1]})
            tab.page.wait_for_timeout(100)
            check_whole(tab, *size)
    # It goes on reading the face, however it is held.
    tab.page.wait_for_function("JSON.parse(virtualpersona.report()).source.face_found")
    tab.page.tap("#leave")
    tab.page.wait_for_function("JSON.parse(virtualpersona.report()).screen === 'free'")
    assert tab.errors == []


def test_start_of_a_call_is_near_and_a_wrong_link_is_told_above_the_keyboard_on_a_phone(
    dist_server: SiteServer, face_browser: Browser, new_tab: Callable[..., Tab]
) -> None:
    width, height = PHONES["iPhone 15"][0], PHONES["iPhone 15"][1] - BARS
    tab = new_tab(
        face_browser,
        viewport={"width": width, "height": height},
        has_touch=True,
        is_mobile=True,
        locale="en",
    )
    tab.open(f"{dist_server.url}home-v3/")
    top = tab.page.evaluate(
        "scrollY + document.getElementById('create-room').getBoundingClientRect().bottom"
    )
    assert top <= 2.0 * height, f"Create a room ends {top:.0f} px down"
    link = tab.page.locator(".lone-link").bounding_box()
    assert link is not None
    assert link["height"] >= LEAST
    tab.page.tap("#join-link")
    tab.page.fill("#join-link", "this is no link")
    tab.page.set_viewport_size({"width": width, "height": height - KEYBOARD})
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector("#join-error:not(:empty)")
    tab.page.wait_for_function(
        "() => { const { top, bottom } = document.getElementById('join-error')"
        ".getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"
    )
    assert tab.errors == []
