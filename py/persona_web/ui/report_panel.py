"""The page's report, to read and to copy into a bug report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona_web.report.page_report import PageReport, to_json
from persona_web.ui.copy_button import CopyButton

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings
    from persona_web.bridge.site import Site

INTERVAL_MS = 1000.0


class ReportPanel:
    """``#report-text``, once a second brought up to date, and ``#copy-report``.

    A field that has the keyboard's focus stands still: somebody may be reading or selecting.
    """

    def __init__(self, site: Site, page: Page, strings: Strings, report: PageReport) -> None:
        self._report = report
        self._field = page.element("report-text")
        self._due_ms = 0.0
        CopyButton(
            site,
            page,
            strings,
            "copy-report",
            "report-text",
            copied="lab.report-copied",
            failed="lab.report-not-copied",
            refresh=self._write,
        )

    def step(self, now_ms: float) -> None:
        """Writes the report when it is time."""
        if now_ms >= self._due_ms and not self._field.focused:
            self._due_ms = now_ms + INTERVAL_MS
            self._write()

    def _write(self) -> None:
        self._field.value = to_json(self._report.data(), indent=2)
