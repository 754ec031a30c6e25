"""The page on which people choose who to be, and set out from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser
from tests.browser import pictures, rooms
from tests.browser.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.avatar.characters import CHARACTERS
from persona_core.call.invitation import parse_invitation

NewTab = Callable[..., Tab]


@pytest.fixture
def home(dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab) -> Tab:
    tab = new_tab(plain_browser, viewport={"width": 900, "height": 700})
    return tab.open(f"{dist_server.url}home-v3/")


def test_home_shows_every_character_when_it_opens(home: Tab) -> None:
    names = home.page.locator("#characters .character-name").all_inner_texts()
    assert names == [sentence(f"character.{character.key}") for character in CHARACTERS]
    for card in range(len(CHARACTERS)):
        picture = home.page.evaluate(
            "n => document.querySelectorAll('#characters canvas')[n].toDataURL()", card
        )
        assert (pictures.decode(picture)[..., 3] > 0).mean() > 0.1


def test_home_remembers_the_character_when_chosen_by_keyboard(home: Tab) -> None:
    home.page.focus("#characters input:checked")
    home.page.keyboard.press("ArrowRight")
    assert home.report()["character"] == CHARACTERS[1].key
    home.page.reload()
    home.wait_ready()
    assert home.report()["character"] == CHARACTERS[1].key
    assert home.page.input_value("#characters input:checked") == CHARACTERS[1].key


def test_preview_shows_the_chosen_character_when_another_is_picked(home: Tab) -> None:
    amara = CHARACTERS[2]
    home.page.check(f"#characters input[value={amara.key}]", force=True)
    home.page.wait_for_timeout(200)
    preview = pictures.decode(home.pixels("preview"))
    assert pictures.near(preview, amara.style.clothes_colour, 24).mean() > 0.01


def test_new_room_has_a_secret_of_its_own_when_created(home: Tab) -> None:
    home.page.click("#create-room")
    home.page.wait_for_url("**/room-v3/#room=*")
    home.wait_ready()
    rooms.wait_status(home, "waiting")
    invitation = parse_invitation(home.page.url)
    assert len(invitation.secret) == 16
    assert home.page.input_value("#invite-link") == home.page.url


def test_home_goes_to_the_room_when_a_link_is_pasted(home: Tab, dist_server: SiteServer) -> None:
    invitation = rooms.new_invitation()
    home.page.fill("#join-link", f"  <{invitation.link(dist_server.url)}>, see you there ")
    home.page.press("#join-link", "Enter")
    home.page.wait_for_url("**/room-v3/#room=*")
    assert parse_invitation(home.page.url) == invitation


def test_home_names_the_fault_when_the_pasted_link_is_none(home: Tab) -> None:
    home.page.fill("#join-link", "hello there")
    home.page.click("#join")
    assert home.page.inner_text("#join-error") == sentence("error.no-room-in-link")
    assert home.page.evaluate("document.activeElement.id") == "join-link"
    assert "/home-v3/" in home.page.url


def test_home_speaks_korean_when_the_language_is_switched(home: Tab) -> None:
    home.page.select_option("#language", "ko")
    home.page.wait_for_function("document.documentElement.lang === 'ko'")
    assert home.page.inner_text("#create-room").strip() == sentence("home.create-room", "ko")
    assert home.page.inner_text("#source-status") == sentence("source.idle", "ko")
    first = home.page.locator("#characters .character-name").first
    assert first.inner_text() == sentence(f"character.{CHARACTERS[0].key}", "ko")
