"""Five people in one room that one of them made: names, chat, reactions, hands, and the host. The
fifth came with a page of the second phase, which has emotions and no names.

They have neither camera nor microphone, and small windows: what is looked at are words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from tests.support import rooms
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 480, "height": 360}
NAMES = ("Mina", "Jun <b>Park</b>", "دانا", "Eve", sentence("people.guest"))
LOVE = sentence("emotion.love")
WRITES_ITSELF = "localStorage.getItem('vp.name') ?? localStorage.setItem('vp.name', '{}')"
TILES = "[...document.querySelectorAll('.peer-name')].map(name => name.textContent)"
CONNECTED = """count => {
  const { peers } = JSON.parse(virtualpersona.report()).call;
  const good = peers.filter(peer => peer.path === "direct").length;
  const named = document.querySelectorAll(".peer-plate:not([hidden])").length;
  return good === count && (named === count || !document.getElementById("people-toggle"));
}"""


@dataclass
class Company:
    """The five, the host first; the last is the guest of the second phase."""

    server: SiteServer
    tabs: list[Tab]

    @property
    def named(self) -> list[Tab]:
        """Those whose pages have names."""
        return self.tabs[:-1]

    def name(self, tab: Tab) -> str:
        return NAMES[self.tabs.index(tab)]


@pytest.fixture(scope="module")
def company(playwright: Playwright, dist: Path) -> Iterator[Company]:
    browser = launch(playwright)
    with SiteServer(dist) as server:
        tabs = [Tab(browser, viewport=SMALL) for _ in NAMES]
        for tab, name in zip(tabs, NAMES, strict=True):
            tab.context.add_init_script(WRITES_ITSELF.format(name))
        host, *guests = tabs
        host.open(server.url + "home-v3/")
        host.page.click("#create-room")
        host.page.wait_for_url("**/room-v3/**")
        for tab in guests[:-1]:
            tab.page.goto(host.page.url)
        guests[-1].page.goto(host.page.url.replace("room-v3/", "room-v2/"))
        for tab in guests:
            tab.wait_ready()
            rooms.join(tab)
        for tab in tabs:
            connected(tab, len(tabs) - 1)
        yield Company(server, tabs)
        browser.close()


def connected(tab: Tab, count: int) -> None:
    """Waits until so many others are there, connected and named."""
    tab.page.wait_for_function(CONNECTED, arg=count, timeout=rooms.WAIT_MS)


def press(tab: Tab, selector: str) -> None:
    """Clicks, without the mouse, which waits for frames that come slowly here."""
    tab.page.wait_for_selector(selector, state="attached", timeout=rooms.WAIT_MS)
    tab.page.evaluate("selector => document.querySelector(selector).click()", selector)


def until(tab: Tab, holds: str) -> None:
    """Waits until a sentence of JavaScript is true."""
    tab.page.wait_for_function(f"() => {holds}", timeout=rooms.WAIT_MS)


def tile(name: str) -> str:
    """The tile of a person, in JavaScript."""
    found = f"name.textContent === {name!r}"
    return (
        f"[...document.querySelectorAll('.peer-name')].find(name => {found})?.closest('.peer-tile')"
    )


def second(name: str) -> str:
    """How the second person of a name is called."""
    return sentence("people.numbered").format(name=name, number=2)


def row(name: str) -> str:
    """The row of a person in the list of people."""
    return f'.person:has(.person-name:text-is("{name}"))'


def write(tab: Tab, text: str, to: str = "") -> None:
    page = tab.page
    if not page.is_visible("#chat-panel"):
        press(tab, "#chat-toggle")
        page.wait_for_selector("#chat-panel", timeout=rooms.WAIT_MS)
    page.select_option("#chat-to", label=to or sentence("people.everybody", part="people"))
    page.fill("#chat-text", text)
    page.press("#chat-text", "Enter")


def lines(tab: Tab) -> list[str]:
    return tab.page.locator(".chat-words").all_inner_texts()


def test_everybody_sees_names_as_text_and_one_host_when_five_meet(company: Company) -> None:
    for tab in company.named:
        others = [name for name in NAMES if name != company.name(tab)]
        # The order of arrival is each page's own, and so is the number of a guest without a name.
        shown = [re.sub(r" \(\d\)$", "", label) for label in tab.page.evaluate(TILES)]
        assert sorted(shown) == sorted(others)
    host, *guests = company.named
    for tab in guests:
        assert tab.page.locator(".peer-tile b").count() == 0
        assert tab.page.locator("[data-mark=host]:visible").count() == 1
        assert tab.page.locator("[data-mark=off]:visible").count() == 3, "nobody has a camera"
    assert host.page.locator("[data-mark=host]:visible").count() == 0


def test_words_reactions_and_hands_cross_between_all_and_one_line_reaches_one_alone(
    company: Company,
) -> None:
    host, jun, dana, eve = company.named
    write(jun, "<i>hello</i> https://example.org")
    write(dana, "for Eve alone", to="Eve")
    for tab in (host, eve):
        until(tab, "!document.getElementById('chat-unread').hidden")
    press(eve, "#chat-toggle")
    write(host, "hello all")
    for tab in company.named:
        until(tab, "document.getElementById('chat-log').textContent.includes('hello all')")
    for tab in (host, jun):
        assert lines(tab) == ["<i>hello</i> https://example.org", "hello all"]
    for tab in (dana, eve):
        assert lines(tab)[1] == "for Eve alone"
    assert eve.page.locator("#chat-log :is(a, i)").count() == 0

    press(eve, "#react")
    press(eve, ".reaction-choice:nth-child(2)")
    press(jun, "#raise-hand")
    for tab in (host, dana):
        until(tab, "document.querySelector('.peer-tile .reaction use')")
    for tab in (host, dana, eve):
        found = "[data-mark=hand]:visible"
        tab.page.wait_for_selector(found, timeout=rooms.WAIT_MS)
        assert tab.page.locator(found).count() == 1
    until(host, "document.getElementById('announcer').textContent.includes('raised a hand')")
    assert jun.page.inner_text("#raise-hand") == sentence("people.lower-hand")


def test_two_of_one_name_are_told_apart_when_somebody_takes_it_in_the_call(
    company: Company,
) -> None:
    host, jun, dana, eve = company.named
    press(eve, "#people-toggle")
    eve.page.wait_for_selector("#people-panel", timeout=rooms.WAIT_MS)
    for name in (NAMES[0], "Eve"):
        eve.page.fill("#own-name", name)
        eve.page.press("#own-name", "Enter")
        for tab in (jun, dana):
            until(tab, tile(second(name) if name == NAMES[0] else name))
            assert tab.page.evaluate(TILES).count(NAMES[0]) == 1, "whose it was keeps it"
        until(host, tile(name))
    press(eve, "#people-close")


def test_pages_of_two_phases_see_each_others_emotions_in_a_call_of_five(company: Company) -> None:
    *_, eve, guest = company.tabs
    said = f"document.getElementById('announcer').textContent.includes({LOVE!r})"
    for teller, hearers in ((guest, company.named), (eve, [guest])):
        emotion = "[data-emotion=love]"
        if teller is eve:
            press(eve, "#emotions-toggle")
        press(teller, emotion)
        for tab in hearers:
            until(tab, said)
        press(teller, emotion)


def test_sender_is_told_in_plain_words_when_the_chat_is_flooded(company: Company) -> None:
    jun = company.tabs[1]
    for number in range(9):
        jun.page.fill("#chat-text", f"flood {number}")
        jun.page.press("#chat-text", "Enter")
    assert jun.page.inner_text("#chat-said") == sentence("people.too-fast")
    assert jun.page.input_value("#chat-text") != "", "nothing is lost"
    assert len(lines(company.tabs[0])) < 9


def test_blocked_person_is_gone_for_one_and_stays_for_the_others(company: Company) -> None:
    host, _, dana, eve = company.named
    press(dana, "#people-toggle")
    dana.page.wait_for_selector("#people-panel", timeout=rooms.WAIT_MS)
    dana.page.click(f"{row('Eve')} summary")
    dana.page.click(f"{row('Eve')} .person-blocked")
    until(dana, f"!({tile('Eve')})")
    until(eve, f"!({tile('دانا')})")
    assert dana.page.inner_text("#blocked-list .person-name") == "Eve"
    until(host, f"{tile('Eve')} && {tile('دانا')}")
    dana.page.click("#blocked-list button")
    connected(dana, 4)
    connected(eve, 4)


def test_nobody_comes_in_when_the_host_locked_the_room(company: Company) -> None:
    host, jun, _, _, guest = company.tabs
    press(host, "#people-toggle")
    host.page.wait_for_selector("#people-panel", timeout=rooms.WAIT_MS)
    host.page.check("#lock-room")
    until(jun, "document.getElementById('announcer').textContent.includes('locked')")
    press(guest, "#leave")
    for tab in company.tabs[:-1]:
        connected(tab, 3)
    press(guest, "#rejoin")
    rooms.wait_problem(guest, sentence("error.room-locked"))
    host.page.uncheck("#lock-room")
    until(host, "!document.getElementById('lock-room').checked")
    press(guest, "#problem-action")
    connected(guest, 4)


def test_tabs_of_one_person_are_told_apart_and_a_copied_one_takes_the_seat(
    company: Company,
) -> None:
    host, jun, dana, eve, guest = company.tabs
    other = jun.beside()
    other.page.goto(jun.page.url)
    other.wait_ready()
    rooms.join(other)
    for tab in (*company.tabs, other):
        connected(tab, 5)
    for tab in (host, dana, eve):
        off = "[data-mark=off]:visible"
        tab.page.wait_for_selector(off, timeout=rooms.WAIT_MS)
        assert tab.page.locator(off).count() == 4, "nobody whose page tells has a camera"
    for tab in (jun, other):
        label = sentence("people.other-tab").split("}")[1]
        assert len([one for one in tab.page.evaluate(TILES) if label in one]) == 1
    alike = [one for one in dana.page.evaluate(TILES) if NAMES[1] in one]
    assert sorted(alike) == [NAMES[1], second(NAMES[1])]
    if not jun.page.is_visible("#chat-panel"):
        press(jun, "#chat-toggle")
    jun.page.fill("#chat-text", "not sent yet")
    copied = jun.page.evaluate("JSON.stringify({ ...sessionStorage })")
    other.page.evaluate(
        """text => {
          for (const [key, value] of Object.entries(JSON.parse(text)))
            sessionStorage.setItem(key, value);
          location.reload();
        }""",
        copied,
    )
    rooms.wait_problem(jun, sentence("error.replaced"))
    other.wait_ready()
    for tab in (host, dana, eve, guest, other):
        connected(tab, 4)
    press(jun, "#problem-action")
    rooms.wait_problem(other, sentence("error.replaced"))
    for tab in company.tabs:
        connected(tab, 4)
    assert jun.page.input_value("#chat-text") == "not sent yet"
    assert other.errors == []
    other.page.close()


def test_removed_person_cannot_return_and_a_reload_keeps_seat_and_name(company: Company) -> None:
    host, jun, dana, eve, guest = company.tabs
    host.page.click(f"{row('Eve')} summary")
    host.page.click(f"{row('Eve')} .person-remove")
    host.page.click(f"{row('Eve')} .person-sure-yes")
    rooms.wait_problem(eve, sentence("error.removed"))
    for tab in (host, jun, dana, guest):
        connected(tab, 3)
    before = jun.page.evaluate("sessionStorage.getItem('vp.seat')")
    for tab in (eve, jun):
        tab.page.reload(wait_until="commit")
    rooms.wait_problem(eve, sentence("error.removed"))
    jun.wait_ready()
    for tab in (host, jun, dana, guest):
        connected(tab, 3)
    assert jun.page.evaluate("sessionStorage.getItem('vp.seat')") == before
    assert not jun.page.is_visible("#invited")
    until(host, f"{tile(NAMES[1])}")


def test_role_is_handed_on_when_the_host_leaves(company: Company) -> None:
    host, jun, dana, _, guest = company.tabs
    press(host, "#leave")
    for tab in (jun, dana, guest):
        connected(tab, 2)
    hosted = "[data-mark=host]:visible"
    heirs = [tab for tab in (jun, dana) if tab.page.locator(hosted).count() == 0]
    for tab in (jun, dana):
        if tab not in heirs:
            tab.page.wait_for_selector(hosted, timeout=rooms.WAIT_MS)
    [heir] = heirs
    if not heir.page.is_visible("#people-panel"):
        press(heir, "#people-toggle")
    heir.page.wait_for_selector("#host-tools", timeout=rooms.WAIT_MS)
    assert heir.page.inner_text("#host-line") == sentence("people.you-host", part="people")


def test_pages_log_no_error_when_all_this_happened(company: Company) -> None:
    for tab in company.tabs:
        assert [error for error in tab.errors if "WebSocket" not in error] == []
