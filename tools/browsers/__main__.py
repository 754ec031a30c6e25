"""Writes ``docs/browsers.md`` from what the tests of the engines saw last.

``python build.py test --only browser --only engines`` leaves reports in ``test-results/``;
``python -m tools.browsers`` reads them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support import chromium
from tests.support.engines.differences import DIFFERENCES

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = ROOT / "test-results"
TARGET: Final = ROOT / "docs" / "browsers.md"
CHROMIUM_PAGE: Final = re.compile(r"test_page_opens_without_errors\w*\[(?P<page>[\w-]+)\]")
CHROMIUM_ROOMS: Final = "test_people_meet_when_one_opens_the_link_in_the_room_of_another_phase"
ROOMS: Final = ("room", "room-v3")


@dataclass(frozen=True)
class Seen:
    """One test that ran.

    Attributes:
        page: the page that it opened; empty where it saw something else.
        engines: names with versions.
    """

    name: str
    page: str
    engines: tuple[str, ...]
    verdict: str


def main() -> int:
    """The exit status: 1 where no report is there."""
    report = RESULTS / "engines.xml"
    if not report.exists():
        sys.stderr.write("run `python build.py test --only browser --only engines` first\n")
        return 1
    seen = [*_seen(report), *_seen_in_chromium(RESULTS / "browser.xml")]
    [suite] = list(ElementTree.parse(report).getroot().iter("testsuite"))
    TARGET.write_text(_text(seen, suite.get("timestamp", "")[:10]), "utf-8")
    return 0


def _seen(report: Path) -> Iterator[Seen]:
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        told = [(each.get("name", ""), each.get("value", "")) for each in case.iter("property")]
        engines = tuple(dict.fromkeys(value for name, value in told if name == "engine"))
        page = next((value for name, value in told if name == "page"), "")
        yield Seen(case.get("name", ""), page, engines, _verdict(case))


def _seen_in_chromium(report: Path) -> Iterator[Seen]:
    if not report.exists():
        return
    command = [chromium.executable(), "--version"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    version = "Chromium " + re.findall(r"\d[\d.]+", told)[0]
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = case.get("name", "")
        pages = ROOMS if name == CHROMIUM_ROOMS else ()
        if match := CHROMIUM_PAGE.fullmatch(name):
            pages = (match["page"],)
        for page in pages:
            yield Seen(name, page, (version,), _verdict(case))


def _verdict(case: ElementTree.Element) -> str:
    if case.find("skipped") is not None:
        return "not tried"
    return "fails" if any(case.find(way) is not None for way in ("failure", "error")) else "works"


def _text(seen: list[Seen], date: str) -> str:
    engines = sorted({name for each in seen for name in each.engines})
    pages = list(dict.fromkeys(each.page for each in seen if each.page))
    opened = {(each.page, name): each.verdict for each in seen for name in each.engines}
    others = [each for each in seen if not each.page]
    parts = [
        "# Browsers",
        f"What the tests saw on {date}. `python -m tools.browsers` writes this from their reports.",
        "## Pages",
        "Each opens, speaks Korean and English, and nothing goes wrong.",
        _table(
            ("page", *engines),
            [
                (page, *(opened.get((page, name), "not tried") for name in engines))
                for page in pages
            ],
        ),
        "## Calls, portraits, and what may be switched off",
        _table(
            ("what", "in", "result"),
            [
                (_words(each.name), ", ".join(each.engines) or "no engine here", each.verdict)
                for each in others
            ],
        ),
        "## What browsers lack",
        "Noticed by what is missing; a browser's name decides nothing.",
        _table(
            ("missing", "in", "noticed in", "what is done instead"),
            [
                (row.missing, row.where, f"`{row.noticed[0].rpartition('/')[2]}`", row.instead)
                for row in DIFFERENCES
            ],
        ),
        "Not seen by anybody: Safari itself, phones, a graphics card, a permission's question that "
        "a hand answers.",
    ]
    return "\n\n".join(parts) + "\n"


def _words(name: str) -> str:
    """A test's name as a sentence."""
    body, _, case = name.removeprefix("test_").partition("[")
    return body.replace("_", " ") + (f": {case.rstrip(']')}" if case else "")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
