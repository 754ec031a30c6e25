"""What a browser can do is asked of it; what it is called decides nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support.engines.differences import DIFFERENCES, Difference

ROOT = Path(__file__).resolve().parents[3]
NAMES = re.compile(
    r"\b(userAgent|userAgentData|appVersion|vendorSub|navigator\.(platform|vendor))\b"
)
SOURCES = ("*.py", "*.js", "*.mjs", "*.html")
REPORTING = {
    # What the laboratory's report says of the machine it was made on, for people who read it.
    Path("py/persona_web/bridge/page.py"): ["userAgent"],
}


def test_no_source_asks_for_a_browsers_name_when_it_decides_what_to_do() -> None:
    files = [
        path
        for folder in (ROOT / "py" / "persona_web", ROOT / "py" / "persona_core", ROOT / "app")
        for pattern in SOURCES
        for path in folder.rglob(pattern)
    ]
    assert len(files) > 300
    found = {
        path.relative_to(ROOT): names
        for path in files
        if (names := [match[0] for match in NAMES.finditer(path.read_text("utf-8"))])
    }
    assert found == REPORTING


def test_browsers_name_is_told_in_reports_only_when_a_page_asks_for_it() -> None:
    uses = [
        (path.relative_to(ROOT), line.strip())
        for path in (ROOT / "py" / "persona_web").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\bpage\.browser\b", line)
    ]
    assert uses == [
        (
            Path("py/persona_web/pages/test_v3.py"),
            'report.add("browser", lambda _now_ms: page.browser)',
        )
    ]


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.missing)
def test_difference_is_looked_for_and_tested_when_the_table_has_it(row: Difference) -> None:
    file, words = row.noticed
    assert words in (ROOT / file).read_text("utf-8")
    path, name = row.test
    assert f"def {name}" in (ROOT / path).read_text("utf-8")
