"""A call without a mouse and without seeing it: by the keyboard alone from the front page to the
end, axe-core with every panel open, and what a screen reader is given of the room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.support import accessibility, rooms
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SNAPSHOT = Path(__file__).with_name("data") / "room.aria.yaml"
MOST_STEPS = 80
"""Presses of Tab, which lead round any of these pages."""
HEARD = """
globalThis.heard = [];
addEventListener("DOMContentLoaded", () => {
  const region = document.getElementById("announcer");
  if (region === null) return;
  new MutationObserver(() => heard.push(region.textContent))
    .observe(region, { childList: true, characterData: true, subtree: true });
});
"""
"""An init script: what the live region has said so far."""

# Of what has the keyboard's focus: whether it can be seen, and that it has it. A card's radio shows
# it by its card.
SEEN = """() => {
  document.getAnimations()
    .filter((one) => one instanceof CSSTransition)
    .forEach((one) => one.finish());
  const node = document.activeElement;
  const box = node.getBoundingClientRect();
  const marked = [node, node.closest("label"), node.nextElementSibling]
    .filter(Boolean).map((one) => getComputedStyle(one))
    .some(({ outlineStyle, outlineWidth, boxShadow }) =>
      (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none");
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return node.matches(":focus-visible") && marked && inside;
}"""
FOCUS = "(document.activeElement.id || document.activeElement.outerHTML)"


@dataclass
class Call:
    """Two people who have nothing but their keyboards; first the one who makes the room."""

    caller: Tab
    guest: Tab

    @property
    def tabs(self) -> tuple[Tab, Tab]:
        return self.caller, self.guest


@pytest.fixture(scope="module")
def call(plain_browser: Browser) -> Iterator[Call]:
    given = {"viewport": {"width": 1280, "height": 800}, "locale": "en", "color_scheme": "light"}
    allowed = ["clipboard-read", "clipboard-write"]
    tabs = [Tab(plain_browser, **given, permissions=allowed) for _ in range(2)]
    for tab in tabs:
        tab.context.add_init_script(HEARD)
    yield Call(*tabs)
    for tab in tabs:
        tab.close()


def press(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.page.keyboard.press(key)


def walk_to(tab: Tab, selector: str, key: str = "Tab") -> None:
    """Presses Tab until what ``selector`` names has the focus, which can be seen on the way."""
    reached = "selector => document.activeElement.matches(selector)"
    for _step in range(MOST_STEPS):
        press(tab, key)
        on_page = tab.page.evaluate("document.activeElement !== document.body")
        assert not on_page or tab.page.evaluate(SEEN), tab.page.evaluate(FOCUS)
        if tab.page.evaluate(reached, selector):
            return
    raise AssertionError(f"{selector} is not reached by {key}")


def wait_focus(tab: Tab, *names: str) -> None:
    tab.page.wait_for_function(f"names => names.includes({FOCUS})", arg=list(names))


def wait_heard(tab: Tab, key: str, name: str) -> None:
    """Waits until the live region has said a sentence of somebody, whose name is isolated."""
    words = sentence(key).format(name=f"\u2068{name}\u2069")
    tab.page.wait_for_function(
        "words => heard.some((one) => one.includes(words))", arg=words, timeout=rooms.WAIT_MS
    )


def test_keyboard_alone_leads_two_people_from_the_front_page_into_a_call(
    dist_server: SiteServer, call: Call
) -> None:
    caller, guest = call.tabs
    page = caller.page
    page.goto(dist_server.url)
    walk_to(caller, "main a[href*='home-v3']")
    press(caller, "Enter")
    page.wait_for_url("**/home-v3/")
    caller.wait_ready()
    page.wait_for_selector("input[name=who]:checked", state="attached")
    walk_to(caller, "input[name=who]")
    before = caller.report()["who"]
    press(caller, "ArrowRight")
    page.wait_for_function(
        "before => JSON.parse(virtualpersona.report()).who !== before", arg=before
    )
    name = sentence(f"character.{caller.report()['who']}")
    assert page.get_by_role("radio", name=name, exact=True).is_checked(), "its tick is no name"
    walk_to(caller, "#create-room")
    press(caller, "Enter")
    page.wait_for_url("**/room-v3/#room=*")
    caller.wait_ready()
    rooms.wait_status(caller, "waiting")
    walk_to(caller, "#invite-open")
    press(caller, "Enter")
    wait_focus(caller, "invite-copy")
    press(caller, "Enter")
    copied = sentence("invite.copied", part="dialogs")
    page.wait_for_function(
        "words => document.getElementById('invite-said').textContent === words", arg=copied
    )
    link = page.input_value("#invite-dialog-link")
    press(caller, "Escape")
    wait_focus(caller, "invite-open")

    guest.open(link)
    wait_focus(guest, "join")
    walk_to(guest, "#lobby-name", "Shift+Tab")
    guest.page.keyboard.type("Mina")
    walk_to(guest, "#join")
    press(guest, "Enter")
    rooms.wait_connected(caller, guest)
    wait_focus(guest, "main")
    wait_heard(caller, "people.joined", "Mina")

    walk_to(guest, "#raise-hand")
    press(guest, "Space")
    guest.page.wait_for_selector("#own-hand", state="visible")
    wait_heard(caller, "people.hand-up", "Mina")
    press(guest, "Space")
    guest.page.wait_for_selector("#own-hand", state="hidden")
    wait_heard(caller, "people.hand-down", "Mina")
    walk_to(guest, "#chat-toggle")
    press(guest, "Enter")
    wait_focus(guest, "chat-text")
    guest.page.keyboard.type("hello")
    press(guest, "Enter")
    wait_heard(caller, "people.new-message", "Mina")
    press(guest, "Escape")
    wait_focus(guest, "chat-toggle")
    walk_to(guest, "#more")
    press(guest, "Enter")
    walk_to(guest, "#react")
    press(guest, "Enter", "Enter")
    wait_heard_reaction(caller)
    press(guest, "Escape")
    wait_focus(guest, "react", "main")
    press(guest, "6")
    guest.page.wait_for_function("JSON.parse(virtualpersona.report()).own.emotion === 'love'")
    press(guest, "6")


def wait_heard_reaction(tab: Tab) -> None:
    what = sentence("people.reaction.like")
    tab.page.wait_for_function(
        "words => heard.some((one) => one.includes(words))", arg=what, timeout=rooms.WAIT_MS
    )


def test_room_is_given_to_screen_readers_as_it_was_written_down(call: Call) -> None:
    page = call.caller.page
    page.wait_for_function(  # what was said last, and the reaction that is seen for a moment
        "() => !document.querySelector('.reaction')", timeout=rooms.WAIT_MS
    )
    page.evaluate(
        "for (const name of ['announcer', 'detail-status'])"
        " document.getElementById(name).textContent = ''"
    )
    given = page.locator("body").aria_snapshot()
    # How good the connection and the machine are is not the room's.
    for word in (sentence("status.poor"), sentence("link.poor")):
        given = given.replace(word, sentence("status.good"))
    given = re.sub(r"\n\s*- text: \d+:\d+\n", "\n", given)
    assert given + "\n" == SNAPSHOT.read_text("utf-8")


def test_axe_finds_nothing_wrong_with_any_panel_of_a_call(call: Call) -> None:
    tab, page = call.caller, call.caller.page
    found: list[str] = []

    def turn(button: str) -> None:
        """Presses it, wherever the bar has put it."""
        page.wait_for_selector(button, state="attached", timeout=rooms.WAIT_MS)
        page.evaluate("button => document.querySelector(button).click()", button)

    def look(opened: str) -> None:
        page.wait_for_selector(opened, state="visible", timeout=rooms.WAIT_MS)
        found.extend(f"{opened}: {line}" for line in accessibility.looks(page))

    turn("#react")
    turn("#emotions-toggle")
    turn("#chat-toggle")
    page.wait_for_selector("[data-emotion]", timeout=rooms.WAIT_MS)
    look("#chat-panel")
    for button in ("#chat-close", "#react", "#emotions-toggle"):
        turn(button)
    turn("#people-toggle")
    page.click("#people-list summary")
    page.click(".person-remove")
    look("#people-panel .person-sure")
    turn("#people-close")
    turn("#look-toggle")
    page.wait_for_selector("#look-sections details", timeout=rooms.WAIT_MS)
    look("#look")
    turn("#look-close")
    turn("#more")
    look("#more-menu")
    press(tab, "Escape")
    for button, panel in (
        ("invite-open", "#invite-dialog"),
        ("open-settings", "#settings-dialog"),
        ("open-shortcuts", "#shortcuts-dialog"),
        ("open-picture", "#picture[open]"),
        ("open-options", "#call-options[open]"),
        ("open-figures", "#details-panel[open]"),
        ("open-guide", "#guide-panel[open] #guide"),
    ):
        turn(f"#{button}")
        look(panel)
        press(tab, "Escape")
    assert found == []


def test_keyboard_alone_leaves_the_call_and_the_others_hear_of_it(call: Call) -> None:
    caller, guest = call.tabs
    press(guest, "Shift+Slash")
    guest.page.wait_for_selector("#shortcuts-dialog[open]")
    press(guest, "Escape")
    walk_to(guest, "#leave")
    press(guest, "Enter")
    wait_focus(guest, "rejoin")
    assert guest.page.evaluate(SEEN)
    wait_heard(caller, "people.left", "Mina")
    assert [tab.errors for tab in call.tabs] == [[], []]
