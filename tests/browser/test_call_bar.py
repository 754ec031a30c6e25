"""The bar of a call: by the keyboard alone, and on every screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.clipboard import pasted
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.starts import WATCH_STARTS, started, wait_asked
from tests.support.tab import Tab

NewTab = Callable[..., Tab]
SCREENS = {
    "small": (320, 640),
    "phone": (390, 844),
    "sideways": (844, 390),
    "lowest": (740, 340),
    "zoomed": (640, 400),
}

BESIDE = {
    "sideways": (844, 390),
    "lowest": (740, 340),
    "small and sideways": (667, 345),
    "tablet": (768, 1024),
    "wide": (1280, 800),
}
"""Screens on which a panel at the side leaves the call a place of its own."""

STAYING = {"mute", "use-camera", "more", "leave"}

# What is seen of the bar and of the menu, if that is open; and whether a word is cut or broken.
BUTTONS = """() => {
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  return [...document.querySelectorAll(".call-bar .control, .more-menu .control")]
    .filter((node) => node.checkVisibility())
    .map((node) => ({
      id: node.id,
      box: box(node),
      inMenu: Boolean(node.closest(".more-menu")),
      cut: node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight,
    }));
}"""
FOCUS = "document.activeElement.id"


def check_buttons(tab: Tab, width: int, height: int, least: int = 5) -> set[str]:
    """All buttons, ``least`` or more, are large enough and whole. Returns those in the bar."""
    buttons: list[dict[str, Any]] = tab.page.evaluate(BUTTONS)
    for button in buttons:
        left, top, right, bottom = button["box"]
        assert right - left >= 44, button
        assert bottom - top >= 44, button
        assert not button["cut"], button
        assert left >= 0, button
        assert right <= width + 0.5, button
        assert button["inMenu"] or bottom <= height + 0.5, button
    assert len(buttons) >= least
    return {button["id"] for button in buttons if not button["inMenu"]}


def check_panel_leaves_the_bar(tab: Tab, width: int) -> None:
    """No button of the bar, and nothing of the stage, lies under the panel at the side."""
    beside = tab.page.evaluate(
        """() => {
          const place = (node) => node.getBoundingClientRect();
          const seen = [...document.querySelectorAll(".call-bar .control, #stage, .self")]
            .filter((node) => node.checkVisibility());
          return {
            panel: place(document.querySelector(".side-panel:not([hidden])")).left,
            right: Math.max(...seen.map((node) => place(node).right)),
          };
        }"""
    )
    assert beside["right"] <= beside["panel"] + 0.5
    assert beside["panel"] < width


def press(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.page.keyboard.press(key)


def test_call_is_held_by_the_keyboard_alone(
    dist_server: SiteServer, face_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(
        face_browser,
        viewport={"width": 1280, "height": 800},
        locale="en",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = tab.page
    tab.context.add_init_script(WATCH_STARTS)
    rooms.enter(tab, dist_server.url, rooms.new_invitation())
    rooms.wait_status(tab, "waiting")
    wait_asked(tab, "video")

    # Held to talk, by a person who was never asked for a microphone before.
    assert page.evaluate(FOCUS) == "main", "nothing that had it is lost to the keyboard"
    page.keyboard.down("Space")
    wait_asked(tab, "video", "audio")
    page.wait_for_selector("#mute[data-live=true]")
    page.keyboard.up("Space")
    page.wait_for_selector("#mute[data-live=false]")
    assert page.evaluate("localStorage.getItem('vp.voice.muted')") is None, "it is no wish"
    # A Korean keyboard's key of the same place; the letter is another one.
    page.evaluate(
        """document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key: "ㅡ", code: "KeyM", bubbles: true }))"""
    )
    page.wait_for_selector("#mute[data-live=true]")
    press(tab, "m")
    page.wait_for_selector("#mute[data-live=false]")
    page.focus("#mute")
    press(tab, "Space")  # presses the button, as everywhere
    page.wait_for_selector("#mute[data-live=true]")

    page.focus("#invite-open")
    press(tab, "Enter")
    page.wait_for_selector("#invite-dialog[open]")
    page.wait_for_function("document.activeElement.id === 'invite-copy'")
    count = sentence("invite.count", part="dialogs").replace("{count}", "1").replace("{size}", "8")
    assert page.inner_text("#invite-count") == count
    assert page.get_attribute("#invite-code path", "d")
    press(tab, "Enter")
    page.wait_for_function(
        "words => document.getElementById('invite-said').textContent === words",
        arg=sentence("invite.copied", part="dialogs"),
    )
    press(tab, "Escape")
    assert page.evaluate(FOCUS) == "invite-open"
    assert not page.is_visible("#invite-dialog")
    assert pasted(page) == page.input_value("#invite-link")

    for entry, panel in (
        ("open-settings", "#settings-dialog"),
        ("open-picture", "#picture"),
        ("open-options", "#call-options"),
        ("open-figures", "#details-panel"),
        ("open-guide", "#guide-panel"),
        ("open-shortcuts", "#shortcuts-dialog"),
    ):
        page.focus("#more")
        press(tab, "Enter")
        first = page.evaluate(FOCUS)
        assert page.evaluate("document.activeElement.closest('#more-menu') !== null"), first
        page.focus(f"#{entry}")
        press(tab, "Enter")
        page.wait_for_selector(f"{panel}[open]")
        assert not page.is_visible("#more-menu")
        inside = "panel => document.querySelector(panel).contains(document.activeElement)"
        page.wait_for_function(inside, arg=panel)
        press(tab, "Escape")
        assert not page.is_visible(panel)
        assert page.evaluate(FOCUS) == "more"
    page.click("#more")
    page.click("#open-figures")
    press(tab, "Enter")  # on the panel's own heading
    page.wait_for_function("document.activeElement.id === 'more'")
    assert not page.is_visible("#details-panel")
    press(tab, "Enter", "ArrowUp")
    assert page.evaluate(FOCUS) == "open-shortcuts"
    press(tab, "Escape")
    assert page.evaluate(FOCUS) == "more"

    press(tab, "Shift+Slash")
    page.wait_for_selector("#shortcuts-dialog[open]")
    page.focus("#shortcuts-on")
    press(tab, "Space", "Escape", "m", "Shift+Slash")
    page.wait_for_selector("#mute[data-live=true]")
    assert not page.is_visible("#shortcuts-dialog")
    page.reload()
    tab.wait_ready()
    page.wait_for_selector("#mute[data-live=true]")
    press(tab, "m")

    page.focus("#use-camera")
    wait_asked(tab, "video", "audio")
    page.wait_for_function(
        "words => document.querySelector('#use-camera span').textContent === words",
        arg=sentence("bar.camera-off"),
    )
    press(tab, "Enter")
    page.wait_for_function(
        "words => document.querySelector('#use-camera span').textContent === words",
        arg=sentence("bar.camera-on"),
    )
    assert page.evaluate(FOCUS) == "use-camera"
    assert tab.report()["voice"]["muted"] is False, "the key is switched off"
    page.focus("#leave")
    press(tab, "Enter")
    page.wait_for_function("document.activeElement.id === 'rejoin'")
    assert page.evaluate(BUTTONS) == []
    assert len(started(tab)["sockets"]) == 1
    assert tab.errors == []


def test_bar_fits_every_screen_in_both_languages(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport={"width": 1280, "height": 800}, locale="en")
    rooms.enter(tab, dist_server.url, rooms.new_invitation())
    rooms.wait_status(tab, "waiting")
    page = tab.page
    everything = check_buttons(tab, 1280, 800)
    assert {"mute", "use-camera", "invite-open", "more", "leave"} <= everything
    for language in ("ko", "en"):
        page.select_option("#language", language)
        for width, height in SCREENS.values():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(150)
            seen = check_buttons(tab, width, height)
            page.focus("#more")
            press(tab, "Enter")
            page.wait_for_selector("#more-menu", state="visible")
            in_menu = check_buttons(tab, width, height)
            assert in_menu == seen
            entries = page.evaluate(BUTTONS)
            assert everything <= {button["id"] for button in entries}, "nothing is lost"
            press(tab, "Escape")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            overlap = page.evaluate(
                """() => {
                  const stage = document.getElementById("stage").getBoundingClientRect();
                  const bar = document.getElementById("call-bar").getBoundingClientRect();
                  return stage.bottom - bar.top;
                }"""
            )
            assert overlap <= 0
    for toggle in ("#people-toggle", "#chat-toggle"):
        rooms.press(tab, toggle)
        page.wait_for_selector(f"{toggle.removesuffix('-toggle')}-panel", state="visible")
        for width, height in BESIDE.values():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(150)
            seen = check_buttons(tab, width, height, len(STAYING))
            assert seen >= STAYING
            check_panel_leaves_the_bar(tab, width)
    assert tab.errors == []
