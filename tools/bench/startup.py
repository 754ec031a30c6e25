"""What a page's start takes: time by stage, CPU of the whole browser, bytes; cold and warm.

With a site built from another state of the project in ``VP_DIST_BEFORE``, both are visited in
turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Error
from tests.support import rooms
from tests.support.chromium import ALWAYS, executable
from tests.support.patience import patient
from tests.support.site_server import SiteServer
from tests.support.start_costs import start_costs
from tools.bench.figures import Failure, Figure, Target
from tools.bench.process_time import ProcessTimes
from tools.bench.setting import Setting
from tools.bench.windows import VIEWPORT, wait_started

TITLE = "Start-up: time since the navigation began, CPU and bytes until ready, median"
BEFORE = "VP_DIST_BEFORE"
STAGES = ("html", "downloaded", "python", "numpy", "packages", "ready")
PAGES = ("home-v3", "room-v3")
VISITS = ("cold", "warm", "kept")
"""With a new profile; the next visit with it; and the one after the service worker has kept all."""
TARGETS = {
    ("ready", "cold"): Target("<=", 2500),
    ("ready", "warm"): Target("<=", 1500),
    ("bytes", "cold"): Target("<=", 10.0),
}
UNITS = {"cpu": "s", "bytes": "MB", "requests": ""}

TIMINGS = "() => JSON.parse(virtualpersona.report()).timings_ms"
KEPT = "(virtualpersona.kept ?? Promise.resolve()).then(() => undefined)"

Visit = dict[str, float]


def measure(setting: Setting) -> list[Figure]:
    """Everything of every page in every kind of visit."""
    figures = []
    with compared(setting) as sites:
        for page in PAGES:
            try:
                visits = _visits(setting, page, sites)
            except (Error, RuntimeError) as error:
                figures.append(Figure(page, "ms", Failure.of(error)))
                continue
            figures += [
                Figure(
                    name,
                    UNITS.get(name, "ms"),
                    median(visit[name] for visit in made),
                    None if site else TARGETS.get((name, kind)),
                    " ".join(filter(None, (page, kind, site))),
                )
                for (kind, site), made in visits.items()
                for name in (*STAGES, *UNITS)
            ]
    return figures


@contextmanager
def compared(setting: Setting) -> Iterator[dict[str, str]]:
    """Addresses by name; the site that was just built has none."""
    before = os.environ.get(BEFORE)
    if not before:
        yield {"": setting.url}
        return
    with SiteServer(Path(before), {"VP_LOG_LEVEL": "warning"}) as server:
        yield {"before": server.url, "": setting.url}


def _visits(
    setting: Setting, page: str, sites: dict[str, str]
) -> dict[tuple[str, str], list[Visit]]:
    visits: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for run in range(setting.runs):
        for site, url in sites.items():
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                for kind in VISITS:
                    setting.step.note(f"{page}, {kind} {site}, {run + 1} of {setting.runs}")
                    visit = _visit(setting, f"{url}{page}/", profile, keeps=kind == "warm")
                    visits[kind, site].append(visit)
    return visits


def _visit(setting: Setting, address: str, profile: str, *, keeps: bool) -> Visit:
    """One visit in a browser of its own, so that only what lies on the profile's disk is warm.

    Args:
        keeps: goes on, once measured, until the service worker has kept what it keeps.
    """
    context = setting.playwright.chromium.launch_persistent_context(
        profile, executable_path=executable(), args=list(ALWAYS), viewport=VIEWPORT
    )
    try:
        tab = patient(context.pages[0])
        times = ProcessTimes(profile)
        tab.goto(rooms.new_invitation().link(address))
        wait_started(tab)
        cpu = times.seconds()
        timings: Visit = tab.evaluate(TIMINGS)
        costs = start_costs(tab)
        if keeps:
            tab.evaluate(KEPT)
        return {
            **timings,
            "cpu": cpu,
            "bytes": costs.total_bytes / 1e6,
            "requests": costs.requests,
        }
    finally:
        context.close()
