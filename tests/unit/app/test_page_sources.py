"""The pages' sources: nothing is said twice, and nothing lies about unused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from persona_build.pages import load_pages

APP = Path(__file__).resolve().parents[3] / "app"
PAGES = sorted(APP.glob("*/index.html"))
PARTIALS = sorted((APP / "partials").glob("*.html"))
WEB = APP.parent / "py" / "persona_web"
SOUGHT = re.compile(r'\.find\("\.([\w-]+)"\)')
CLASSES = re.compile(r'\bclass="([^"]+)"')
REFERENCE = re.compile(r"<!-- (?:partial|begin|end): ([\w-]+)")
NINE = [kind + phase for phase in ("", "-v2", "-v3") for kind in ("home", "room", "test")]


def lines_of(page: Path) -> list[str]:
    """The lines of mark-up that say something: no reference to a partial, no closing tag alone."""
    lines = [line.strip() for line in page.read_text("utf-8").splitlines()]
    return [line for line in lines if line and not REFERENCE.match(line) and line[:2] != "</"]


def test_line_of_markup_stands_once_when_all_pages_are_read() -> None:
    counted = Counter(line for page in PAGES for line in lines_of(page))
    assert [line for line, count in counted.items() if count > 1] == []


def test_policy_stands_in_one_partial_and_a_stricter_one_in_the_front_page() -> None:
    holders = [page for page in APP.rglob("*.html") if "Security-Policy" in page.read_text("utf-8")]
    assert sorted(holders) == [APP / "index.html", APP / "partials" / "policy.html"]


def test_partial_is_asked_for_somewhere_when_it_is_written() -> None:
    sources = [APP / "index.html", *PAGES, *PARTIALS, *(APP / "parts").glob("*.html")]
    asked = {name for page in sources for name in REFERENCE.findall(page.read_text("utf-8"))}
    by_build = {"phase", "page-link", "page-name"}
    assert {path.stem for path in PARTIALS} == asked - {"phases"} | by_build


def test_table_lists_the_nine_pages_when_it_is_read() -> None:
    names = [page.name for page in load_pages(APP)]
    assert [name for name in names if name in NINE] == NINE


def test_class_stands_in_a_partial_when_python_looks_for_it() -> None:
    texts = [path.read_text("utf-8") for path in WEB.rglob("*.py")]
    sought = {name for text in texts for name in SOUGHT.findall(text)}
    pages = [path.read_text("utf-8") for path in APP.rglob("*.html")]
    there = {name for page in pages for one in CLASSES.findall(page) for name in one.split()}
    assert len(sought) > 20
    assert sought <= there
