"""Browser windows as a person has them, and what their processes use."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Playwright, TimeoutError, ViewportSize
from tests.support.chromium import launch
from tests.support.tab import START_TIMEOUT_MS, Tab

VIEWPORT: Final[ViewportSize] = {"width": 1280, "height": 720}
"""What a small laptop's browser has room for."""

# measureUserAgentSpecificMemory else waits for the next garbage collection, up to 20 s.
MEASURE_MEMORY_NOW = "--enable-blink-features=ForceEagerMeasureMemory"


def browse(playwright: Playwright, camera: Path | None = None, *flags: str) -> Browser:
    """A browser to measure in."""
    return launch(playwright, MEASURE_MEMORY_NOW, *flags, camera=camera)


def new_tab(browser: Browser) -> Tab:
    return Tab(browser, viewport=VIEWPORT)


SETTLED = """() => document.documentElement.dataset.boot === "ready"
  || document.getElementById("boot").dataset.state === "failed" """


def wait_started(page: Page) -> None:
    """Waits until Python made a page usable.

    Raises:
        RuntimeError: it did not; says how far the page came.
    """
    try:
        page.wait_for_function(SETTLED, timeout=START_TIMEOUT_MS)
    except TimeoutError:
        stage = page.locator("#boot-stage").text_content()
        raise RuntimeError(f"the page hung at {stage!r} of its start") from None
    if detail := page.locator("#boot-error-detail").text_content():
        raise RuntimeError(f"the page did not start: {detail}")


class CpuMeter:
    """Share of this machine's cores that a browser's processes use, all of them together."""

    def __init__(self, browser: Browser) -> None:
        self._session = browser.new_browser_cdp_session()
        self._start = self._read()
        self._start_s = time.monotonic()

    def percent(self) -> float:
        """Percent of all cores since the meter was made."""
        elapsed = time.monotonic() - self._start_s
        return cpu_seconds(self._start, self._read()) / elapsed / (os.cpu_count() or 1) * 100.0

    def _read(self) -> dict[int, float]:
        """CPU seconds of each process of the browser (CDP's SystemInfo), by its id."""
        answer: dict[str, Any] = self._session.send("SystemInfo.getProcessInfo")
        return {process["id"]: process["cpuTime"] for process in answer["processInfo"]}


def cpu_seconds(before: dict[int, float], after: dict[int, float]) -> float:
    """What the processes alive ``after`` have used since ``before``."""
    return sum(used - before.get(process, 0.0) for process, used in after.items())
