"""The table of browsers, as the tests' own reports make it."""

from __future__ import annotations

from pathlib import Path

import pytest
import tools.browsers.__main__ as table

REPORT = """<testsuites><testsuite timestamp="2026-11-30T10:00:00">
<testcase name="test_page_opens_without_errors_when_firefox_shows_it[home]"><properties>
<property name="page" value="home"/><property name="engine" value="Firefox 1"/>
</properties></testcase>
<testcase name="test_page_opens_without_errors_when_webkit_shows_it[home]"><properties>
<property name="page" value="home"/><property name="engine" value="WebKitGTK 2"/>
</properties><failure message="no"/></testcase>
<testcase name="test_page_opens_without_errors_when_firefox_shows_it[test]"><properties>
<property name="page" value="test"/><property name="engine" value="Firefox 1"/>
</properties></testcase>
<testcase name="test_faces_go_both_ways_when_two_meet[firefox]"><properties>
<property name="engine" value="Firefox 1"/><property name="engine" value="Firefox 1"/>
</properties></testcase>
<testcase name="test_nobody_came"><skipped message="no Firefox"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file that is made of the report."""
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    monkeypatch.setattr(table, "TARGET", tmp_path / "browsers.md")
    (tmp_path / "engines.xml").write_text(REPORT, "utf-8")
    assert table.main() == 0
    return (tmp_path / "browsers.md").read_text("utf-8")


def test_table_tells_what_each_engine_did_when_reports_are_there(written: str) -> None:
    assert "What the tests saw on 2026-11-30" in written
    assert "| home | works | fails |" in written
    assert "| test | works | not tried |" in written
    assert "| faces go both ways when two meet: firefox | Firefox 1 | works |" in written
    assert "| nobody came | no engine here | not tried |" in written


def test_table_has_no_empty_cell_when_something_was_not_tried(written: str) -> None:
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert len(rows) > 12
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))


def test_table_asks_for_the_tests_when_there_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    assert table.main() == 1
    assert "--only engines" in capsys.readouterr().err
