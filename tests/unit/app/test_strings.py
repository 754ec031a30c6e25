"""The two catalogues say the same things, and everything the page and the code look up is there."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from persona_build.pages import load_pages, page_texts
from persona_core import errors
from persona_core.call.notices import NoticeCode
from persona_core.drawn.characters import CHARACTERS
from persona_core.errors import PersonaError

APP = Path(__file__).resolve().parents[3] / "app"
LANGUAGES = ("en", "ko")
MADE = page_texts(APP, load_pages(APP))
PAGES = {
    address: text
    for address, text in MADE.items()
    if address.endswith(".html") and not address.startswith("parts/")
}
PARTS = sorted(path.parent.name for path in (APP / "strings").glob("*/en.json"))
"""What pages load later and has a catalogue of its own; the sentences of other parts are the
pages'."""
LATE = sorted(path.stem for path in (APP / "parts").glob("*.html"))
ATTRIBUTE_PREFIX = "data-i18n-"


def catalogue(language: str, part: str = "") -> dict[str, str]:
    file = APP / "strings" / part / f"{language}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


class MarkedTexts(HTMLParser):
    """Collects every key a page names, with the English text standing beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open_key: str | None = None
        self._open_text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, key in given.items():
            if name.startswith(ATTRIBUTE_PREFIX):
                self.found.append((key, given[name.removeprefix(ATTRIBUTE_PREFIX)]))
        self._open_key = given.get("data-i18n")
        self._open_text = ""

    def handle_data(self, data: str) -> None:
        self._open_text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open_key is not None:
            self.found.append((self._open_key, self._open_text))
        self._open_key = None


def marked_texts(page: str) -> list[tuple[str, str]]:
    parser = MarkedTexts()
    parser.feed(page)
    return parser.found


def error_codes() -> set[str]:
    classes = [thing for thing in vars(errors).values() if isinstance(thing, type)]
    return {cls.default_code for cls in classes if issubclass(cls, PersonaError)}


@pytest.mark.parametrize("part", ["", *PARTS])
def test_catalogues_hold_the_same_keys_when_compared(part: str) -> None:
    english, korean = (catalogue(language, part) for language in LANGUAGES)
    assert english.keys() == korean.keys()


@pytest.mark.parametrize("part", ["", *PARTS])
def test_catalogues_hold_the_same_placeholders_when_compared(part: str) -> None:
    english, korean = (catalogue(language, part) for language in LANGUAGES)
    assert {key: placeholders(text) for key, text in english.items()} == {
        key: placeholders(text) for key, text in korean.items()
    }


@pytest.mark.parametrize("part", ["", *PARTS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_has_a_text_when_a_key_is_listed(language: str, part: str) -> None:
    assert [key for key, text in catalogue(language, part).items() if not text.strip()] == []


def test_parts_have_catalogues_of_their_own_and_say_nothing_twice() -> None:
    assert PARTS
    assert set(PARTS) <= set(LATE)
    for part in PARTS:
        assert catalogue("en").keys() & catalogue("en", part).keys() == set()


@pytest.mark.parametrize("part", LATE)
def test_part_carries_the_english_text_of_its_catalogue(part: str) -> None:
    english = catalogue("en", part if part in PARTS else "")
    marked = marked_texts(MADE[f"parts/{part}.html"])
    assert len(marked) > (5 if part in PARTS else 1)
    assert [(key, text) for key, text in marked if english.get(key) != text] == []


@pytest.mark.parametrize("part", PARTS)
def test_part_names_every_sentence_that_it_brings(part: str) -> None:
    sources = (APP.parent / "py").rglob("*.py")
    code = "".join(path.read_text("utf-8") for path in sources)
    markup = (APP / "parts" / f"{part}.html").read_text("utf-8")
    families = tuple(f"{part}.{word}." for word in ("step", "ask", "hint", "why"))
    unused = [
        key
        for key in catalogue("en", part)
        if not key.startswith(families)
        and f'"{key}"' not in markup
        and f'"{key}"' not in code
        and f'"{key.removeprefix("error.")}"' not in code
        and f'"{key.removeprefix("error.")}"' not in scripts()
    ]
    assert unused == []


def scripts() -> str:
    """All scripts of ours, whose codes are looked up as well."""
    return "".join(
        path.read_text("utf-8") for path in (APP.parent / "py/persona_web").rglob("*.js")
    )


@pytest.mark.parametrize("page", PAGES)
def test_page_carries_the_english_text_when_no_catalogue_is_loaded(page: str) -> None:
    english = catalogue("en")
    marked = marked_texts(PAGES[page])
    assert len(marked) > 5
    assert [(key, text) for key, text in marked if english.get(key) != text] == []


def test_catalogue_has_a_sentence_when_an_error_class_names_its_code() -> None:
    sentences = catalogue("en")
    assert {code for code in error_codes() if f"error.{code}" not in sentences} == set()


def test_catalogue_has_a_sentence_when_a_call_has_something_to_tell() -> None:
    sentences = catalogue("en")
    assert {code for code in NoticeCode if f"error.{code}" not in sentences} == set()


def test_catalogue_has_a_name_when_a_character_is_ready_made() -> None:
    names = catalogue("en")
    keys = {f"character.{character.key}" for character in CHARACTERS}
    assert keys == {key for key in names if key.startswith("character.")}
