"""What a tick of a call costs in which nothing is new, in the page of a room of two.

With a site built from another state of the project in ``VP_DIST_BEFORE``, that is measured, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.support import rooms
from tools.bench.figures import Figure, Summary
from tools.bench.setting import Setting
from tools.bench.startup import compared
from tools.bench.targets import STILL_TICK_MS
from tools.bench.windows import browse, new_tab

TICKS: Final = 1_200
SCRIPT: Final = Path(__file__).with_name("in_page_ticks.py")
SETTLING_MS: Final = 3_000
# The page keeps its Python to itself; a function of it that it publishes leads there.
RUN: Final = """([script, ticks]) => {
  const python = virtualpersona.report.__func__.__globals__.get("__builtins__");
  const names = python.get("dict")();
  names.set("__name__", "in_page_ticks");
  python.get("exec")(script, names);
  return names.get("measure")(ticks);
}"""


def measure(setting: Setting) -> list[Figure]:
    """Milliseconds of a tick without news, of the site and of the one before."""
    figures = []
    with compared(setting) as found:
        for site, url in found.items():
            taken = _measure(setting, url)
            note = f", {site}" if site else ""
            figures += [
                Figure(
                    f"a tick without news in a room of two{note}",
                    "ms",
                    Summary.of(taken["python"]),
                    None if site else STILL_TICK_MS,
                ),
                Figure(f"  with what its canvases take{note}", "ms", Summary.of(taken["whole"])),
            ]
    return figures


def _measure(setting: Setting, url: str) -> dict[str, list[float]]:
    browser = browse(setting.playwright)
    try:
        invitation = rooms.new_invitation()
        measured, peer = (new_tab(browser) for _ in range(2))
        peer.page.add_init_script("localStorage.setItem('vp.source', 'demo')")
        for tab in (measured, peer):
            rooms.enter(tab, url, invitation)
        rooms.wait_connected(measured, peer)
        measured.page.wait_for_timeout(SETTLING_MS)
        taken: dict[str, list[float]] = json.loads(
            measured.page.evaluate(RUN, [SCRIPT.read_text("utf-8"), TICKS])
        )
    finally:
        browser.close()
    return taken
