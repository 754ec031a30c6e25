"""The customizer of ``home-v2``: what is chosen is worn, kept, taken back and saved as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.support import pictures
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.drawn.style_file import MAX_BYTES, read_style_file, write_style_file


@pytest.fixture(scope="module")
def home(dist_server: SiteServer, plain_browser: Browser) -> Iterator[Tab]:
    tab = Tab(plain_browser, viewport={"width": 1100, "height": 800}, locale="en")
    tab.open(f"{dist_server.url}home-v2/")
    yield tab
    tab.close()


@pytest.fixture(autouse=True)
def fresh(home: Tab) -> None:
    if home.page.get_attribute("#look-reset", "aria-disabled") == "false":
        home.page.click("#look-reset")
    assert look(home) == CHARACTERS[0].style.to_dict()


def look(tab: Tab) -> dict[str, Any]:
    return tab.report()["own"]["look"]


def choose(tab: Tab, section: str, selector: str) -> None:
    fields = tab.page.locator("details.look-section").filter(has_text=section)
    if not fields.evaluate("details => details.open"):
        fields.locator("summary").click()
    fields.locator(selector).click()


def test_look_is_worn_and_kept_when_it_is_chosen(home: Tab) -> None:
    before = pictures.decode(home.pixels("preview"))
    choose(home, "Clothes", "[value='#7d9a63']")
    choose(home, "Extras", "label:has-text('Beanie')")
    home.page.wait_for_function("localStorage.getItem('vp.look')?.includes('beanie')")
    after = pictures.decode(home.pixels("preview"))
    assert pictures.share_changed(before, after) > 0.05
    home.page.reload()
    home.wait_ready()
    assert look(home)["clothes_colour"] == "#7d9a63"
    assert look(home)["accessories"] == ["beanie"]
    assert home.page.is_checked("[name=look-accessories][value=beanie]")


def test_look_goes_back_and_forth_when_undone_and_redone(home: Tab) -> None:
    start = look(home)
    choose(home, "Mouth", "label:has-text('Bow')")
    home.page.click("#look-random")
    surprise = look(home)
    assert surprise != start | {"mouth": "bow"}
    home.page.click("#look-undo")
    assert look(home) == start | {"mouth": "bow"}
    home.page.click("#look-undo")
    assert look(home) == start
    home.page.click("#look-redo")
    home.page.click("#look-redo")
    assert look(home) == surprise
    assert home.page.get_attribute("#look-redo", "aria-disabled") == "true"
    home.page.click("#look-reset")
    assert look(home) == CHARACTERS[0].style.to_dict()
    assert home.page.get_attribute("#look-reset", "aria-disabled") == "true"


def test_any_colour_is_one_step_when_it_is_dragged(home: Tab) -> None:
    start = look(home)
    choose(home, "Eyes", "legend >> nth=0")
    colour = home.page.locator("details[open] .look-colour input").first
    for value in ("#00aa11", "#00aa22", "#00aa33"):
        colour.evaluate(
            "(node, value) => { node.value = value; node.dispatchEvent(new Event('input')); }",
            value,
        )
    colour.dispatch_event("change")
    assert look(home)["eye_colour"] == "#00aa33"
    home.page.click("#look-undo")
    assert look(home) == start


def test_look_returns_from_its_file_when_it_was_saved(home: Tab, tmp_path: Path) -> None:
    home.page.click("#look-random")
    saved = look(home)
    with home.page.expect_download() as download:
        home.page.click("#look-export")
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    assert read_style_file(target.read_bytes()).to_dict() == saved
    home.page.click("#look-reset")
    home.page.set_input_files("#look-file", target)
    home.page.wait_for_function(
        "text => document.getElementById('look-status').textContent === text",
        arg=sentence("look.imported"),
    )
    assert look(home) == saved


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"hello", "style-file-unreadable"),
        (b" " * (MAX_BYTES + 10), "style-file-too-large"),
        (b'{"format":"virtualpersona-avatar","version":99}', "style-file-newer"),
        (
            write_style_file(AvatarStyle()).replace("#f3c9ab", "javascript:1").encode(),
            "style-file-damaged",
        ),
    ],
)
def test_look_stays_and_the_fault_is_named_when_a_file_is_bad(
    home: Tab, tmp_path: Path, content: bytes, code: str
) -> None:
    before = look(home)
    target = tmp_path / "look.json"
    target.write_bytes(content)
    home.page.set_input_files("#look-file", target)
    home.page.wait_for_function(
        "text => document.getElementById('look-status').textContent === text",
        arg=sentence(f"error.{code}"),
    )
    assert look(home) == before


def test_kept_look_is_forgotten_when_it_cannot_be_read(home: Tab) -> None:
    home.page.wait_for_timeout(1000)
    home.page.evaluate("localStorage.setItem('vp.look', '{\"version\": 1, \"skin\": 5}')")
    home.page.reload()
    home.wait_ready()
    assert look(home) == CHARACTERS[0].style.to_dict()


def test_customizer_speaks_korean_when_the_person_does(home: Tab) -> None:
    home.page.select_option("#language", "ko")
    home.page.wait_for_selector("html[lang=ko]")
    text = home.page.inner_text("#look-sections")
    for key in ("look.section.face", "look.section.extras"):
        assert sentence(key, "ko") in text
    assert sentence("emotion.joy", "ko") in home.page.inner_text("#emotions")
    untranslated = [word for word in json.dumps(text).split() if word.startswith("look.")]
    assert untranslated == []
    home.page.select_option("#language", "en")


def test_page_logs_no_error_when_looks_are_made(home: Tab) -> None:
    assert home.errors == []
