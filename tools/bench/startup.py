"""How long a page takes to start, by stage, with and without the HTTP cache."""

from __future__ import annotations

import tempfile
from statistics import median

from playwright.sync_api import Error
from tests.support import rooms
from tests.support.chromium import ALWAYS, executable
from tests.support.patience import patient
from tools.bench.figures import Failure, Figure
from tools.bench.setting import Setting
from tools.bench.windows import VIEWPORT, wait_started

TITLE = "Start-up: time since the navigation began, median"
STAGES = ("html", "downloaded", "python", "numpy", "packages", "ready")
PAGES = ("home-v3", "room-v3")
VISITS = ("cold", "warm")

TIMINGS = "() => JSON.parse(virtualpersona.report()).timings_ms"


def measure(setting: Setting) -> list[Figure]:
    """Every stage of every page; cold is a new profile, warm the next visit with that profile."""
    figures = []
    for page in PAGES:
        try:
            timings = _visits(setting, page)
        except (Error, RuntimeError) as error:
            figures.append(Figure(page, "ms", Failure.of(error)))
            continue
        figures += [
            Figure(stage, "ms", median(t[stage] for t in timings[visit]), column=f"{page} {visit}")
            for visit in VISITS
            for stage in STAGES
        ]
    return figures


def _visits(setting: Setting, page: str) -> dict[str, list[dict[str, float]]]:
    timings: dict[str, list[dict[str, float]]] = {visit: [] for visit in VISITS}
    for run in range(setting.runs):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            for visit in VISITS:
                setting.step.note(f"{page}, {visit}, {run + 1} of {setting.runs}")
                timings[visit].append(_visit(setting, page, profile))
    return timings


def _visit(setting: Setting, page: str, profile: str) -> dict[str, float]:
    """One visit in a browser of its own, so that only the profile's disk cache is warm."""
    context = setting.playwright.chromium.launch_persistent_context(
        profile, executable_path=executable(), args=list(ALWAYS), viewport=VIEWPORT
    )
    try:
        tab = patient(context.pages[0])
        tab.goto(rooms.new_invitation().link(f"{setting.url}{page}/"))
        wait_started(tab)
        timings: dict[str, float] = tab.evaluate(TIMINGS)
        return timings
    finally:
        context.close()
