"""The page on which people choose who to be, and set out from.

Pages start slowly, so the tests share one: each finds it as the test before left it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser
from tests.support import pictures, rooms
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import AFTER_DRAWING, Tab

from persona_core.call.invitation import parse_invitation
from persona_core.drawn.characters import CHARACTERS
from persona_core.portrait.portrait import Portrait

NewTab = Callable[..., Tab]
WINDOW = {"width": 900, "height": 700}


@pytest.fixture(scope="module")
def home(dist_server: SiteServer, plain_browser: Browser) -> Iterator[Tab]:
    tab = Tab(plain_browser, viewport=WINDOW)
    yield tab.open(f"{dist_server.url}home-v3/")
    tab.close()


def wait_portrait(tab: Tab, chosen: str) -> None:
    """Waits until the card says that a portrait is worn, and nothing is going on."""
    tab.page.wait_for_function(
        """chosen => document.getElementById("portrait-progress").hidden
          && JSON.parse(virtualpersona.report()).portrait === chosen""",
        arg=chosen,
        timeout=rooms.WAIT_MS,
    )


def wait_rung(tab: Tab, rung: str) -> None:
    """Waits until the page draws on a rung of the ladder."""
    tab.page.wait_for_function(
        """rung => {
          const { graphics } = JSON.parse(virtualpersona.report());
          return graphics.rung === rung && !graphics.starting;
        }""",
        arg=rung,
        timeout=rooms.WAIT_MS,
    )


def wait_fully_drawn(tab: Tab, element_id: str) -> None:
    """Waits until a place is painted up to its corners, as photos are and characters are not."""
    tab.page.wait_for_function(
        f"""async (id) => {{
          const copy = new OffscreenCanvas(8, 8).getContext("2d");
          let isFull = false;
          await ({AFTER_DRAWING})(() => {{
            const shown = [...document.getElementById(id).querySelectorAll("canvas")]
              .find((one) => one.checkVisibility({{ visibilityProperty: true }}));
            if (shown) copy.drawImage(shown, 0, 0, 8, 8);
            isFull = [0, 7].every((x) => copy.getImageData(x, 0, 1, 1).data[3] === 255);
            return isFull;
          }});
          return isFull;
        }}""",
        arg=element_id,
        timeout=rooms.WAIT_MS,
    )


def test_photo_is_worn_in_a_new_room_with_its_own_secret_when_the_camera_took_it(
    dist_server: SiteServer, face_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(face_browser, viewport=WINDOW)
    tab.open(f"{dist_server.url}home-v3/")
    tab.page.click("#portrait-camera")
    tab.page.wait_for_function(
        "document.getElementById('portrait-video').videoWidth > 0", timeout=rooms.WAIT_MS
    )
    tab.page.click("#portrait-take")
    wait_portrait(tab, "own")
    wait_fully_drawn(tab, "preview")
    assert tab.page.is_hidden("#portrait-shot")

    tab.page.click("#create-room")
    tab.page.wait_for_url("**/room-v3/#room=*")
    tab.wait_ready()
    rooms.wait_status(tab, "waiting")
    invitation = parse_invitation(tab.page.url)
    assert len(invitation.secret) == 16
    assert tab.page.input_value("#invite-link") == tab.page.url
    assert not tab.page.is_visible("#invited"), "a room made here has no lobby"
    wait_fully_drawn(tab, "self")
    assert tab.errors == []


def test_home_shows_every_character_when_it_opens(home: Tab) -> None:
    cards = "#characters label:not([hidden]) .character-name"
    names = home.page.locator(cards).all_inner_texts()
    assert names == [sentence(f"character.{character.key}") for character in CHARACTERS]
    for card in range(len(CHARACTERS)):
        picture = home.page.evaluate(
            "n => document.querySelectorAll('#characters canvas')[n].toDataURL()", card
        )
        assert (pictures.decode(picture)[..., 3] > 0).mean() > 0.1


def test_newcomer_is_shown_the_guide_once_and_finds_it_again(home: Tab) -> None:
    page, focus = home.page, "document.activeElement.id"
    page.wait_for_selector("#guide", state="visible")
    assert page.evaluate("document.activeElement === document.body"), "nothing took the focus"
    assert page.is_visible(".guide-home")
    assert not page.is_visible(".guide-call")
    page.click("#guide-close")
    assert not page.is_visible("#guide")
    assert page.evaluate(focus) == "guide-open"
    page.keyboard.press("Enter")
    page.wait_for_selector("#guide", state="visible")
    page.wait_for_function(f"{focus} === 'guide-title'")
    page.select_option("#language", "ko")
    page.wait_for_function(
        "words => document.getElementById('guide-title').textContent === words",
        arg=sentence("guide.title", "ko", part="guide"),
    )
    page.select_option("#language", "en")
    page.reload()
    home.wait_ready()
    assert not page.is_visible("#guide")
    asked = "performance.getEntriesByType('resource').filter(({ name }) => /guide/.test(name))"
    assert page.evaluate(f"{asked}.length") == 0, "it costs nothing any more"


def test_home_speaks_korean_when_the_language_is_switched(home: Tab) -> None:
    home.page.select_option("#language", "ko")
    home.page.wait_for_function("document.documentElement.lang === 'ko'")
    assert home.page.inner_text("#create-room").strip() == sentence("home.create-room", "ko")
    assert home.page.inner_text("#source-status") == sentence("source.idle", "ko")
    first = home.page.locator("#characters .character-name").first
    assert first.inner_text() == sentence(f"character.{CHARACTERS[0].key}", "ko")

    home.page.select_option("#language", "en")
    home.page.wait_for_function("document.documentElement.lang === 'en'")
    assert first.inner_text() == sentence(f"character.{CHARACTERS[0].key}")


def test_home_names_the_fault_when_the_pasted_link_is_none(home: Tab) -> None:
    home.page.fill("#join-link", "hello there")
    home.page.click("#join")
    assert home.page.inner_text("#join-error") == sentence("error.no-room-in-link")
    assert home.page.evaluate("document.activeElement.id") == "join-link"
    assert "/home-v3/" in home.page.url


def test_preview_shows_the_chosen_character_when_another_is_picked(home: Tab) -> None:
    amara = CHARACTERS[2]
    home.pick("characters", amara.key)
    home.page.wait_for_timeout(200)
    preview = pictures.decode(home.pixels("preview"))
    assert pictures.near(preview, amara.style.clothes_colour, 24).mean() > 0.01


def test_character_and_built_in_portrait_are_kept_when_chosen_and_the_page_is_opened_again(
    home: Tab,
) -> None:
    home.page.focus("#characters input:checked")
    home.page.keyboard.press("ArrowRight")
    chosen = CHARACTERS[3].key
    assert home.report()["character"] == chosen
    home.pick("portraits", "astronaut")
    wait_portrait(home, "astronaut")
    wait_fully_drawn(home, "preview")

    home.page.reload()
    home.wait_ready()
    assert home.report()["character"] == chosen
    wait_portrait(home, "astronaut")
    wait_fully_drawn(home, "preview")
    assert home.page.is_checked("#portraits input[value=astronaut]")
    assert home.page.locator("input[name=who]:checked").count() == 1

    home.page.check(f"#characters input[value={CHARACTERS[0].key}]", force=True)
    wait_portrait(home, "drawn")
    assert home.page.locator("#portraits input:checked").count() == 0
    assert home.errors == []


def test_own_photo_becomes_a_portrait_when_its_file_is_chosen(home: Tab, dist: Path) -> None:
    still = home.page.locator("#portrait-file")
    blank = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(blank, "PNG")
    still.set_input_files({"name": "wall.png", "mimeType": "image/png", "buffer": blank.getvalue()})
    said = home.page.locator("#portrait-status[data-problem=true]")
    said.wait_for(timeout=rooms.WAIT_MS)
    assert said.inner_text() == sentence("error.photo-no-face")
    assert home.report()["portrait"] == "drawn"

    shipped = Portrait.from_bytes((dist / "portraits" / "officer.portrait").read_bytes())
    still.set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": shipped.image})
    wait_portrait(home, "own")
    wait_fully_drawn(home, "preview")
    assert home.page.is_visible("#portraits input[value=own] ~ img")
    home.page.reload()
    home.wait_ready()
    wait_portrait(home, "own")

    home.page.click("#portrait-remove")
    wait_portrait(home, "drawn")
    assert home.page.inner_text("#portrait-status") == sentence("portrait.removed")
    home.page.reload()
    home.wait_ready()
    assert home.page.is_hidden("#portrait-remove")
    assert home.errors == []


def test_picture_is_drawn_as_the_person_wants_when_they_choose_and_come_back(home: Tab) -> None:
    home.page.click("#picture summary")
    home.page.wait_for_selector("#gpu-modes input:checked", state="attached")
    assert home.page.is_disabled("#gpu-modes input[value=webgpu]")
    assert sentence("gpu.reason.software-only") in home.page.inner_text("#gpu-now")
    home.pick("qualities", "medium")
    home.pick("effect-styles", "pixel")
    wait_rung(home, "webgl")
    assert sentence("gpu.reason.webgpu-no-adapter") in home.page.inner_text("#gpu-now")
    styled = pictures.decode(home.pixels("preview"))
    home.pick("effect-styles", "none")
    wait_rung(home, "canvas")
    home.pick("gpu-modes", "webgl")
    wait_rung(home, "webgl")
    plain = pictures.decode(home.pixels("preview"))
    assert pictures.share_changed(plain, styled) > 0.05
    home.pick("effect-styles", "pixel")

    home.pick("gpu-modes", "cpu")
    wait_rung(home, "canvas")
    assert home.page.is_disabled("#effect-styles input[value=pixel]")
    assert home.page.inner_text("#effects-reason") == sentence("effects.no-gpu")
    home.page.reload()
    home.wait_ready()
    graphics = home.report()["graphics"]
    assert (graphics["mode"], graphics["quality"], graphics["pinned"]) == ("cpu", "medium", True)
    assert graphics["effects"]["style"] == "pixel"

    home.page.goto(f"{home.page.url}?gpu=webgl")
    home.wait_ready()
    assert home.report()["graphics"]["mode"] == "webgl"
    assert home.errors == []


def test_home_goes_to_the_room_when_a_link_is_pasted(home: Tab, dist_server: SiteServer) -> None:
    invitation = rooms.new_invitation()
    home.page.fill("#join-link", f"  <{invitation.link(dist_server.url)}>, see you there ")
    home.page.press("#join-link", "Enter")
    home.page.wait_for_url("**/room-v3/#room=*")
    assert parse_invitation(home.page.url) == invitation
