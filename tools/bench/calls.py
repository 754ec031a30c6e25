"""Calls with troubles at random: a hundred in memory, and some in real time over real WebRTC."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from tests.support.call_script import Verdict
from tests.support.scripted_call import ScriptedCall
from tests.support.site_server import ROOT
from tools.bench.figures import Failure, Figure, Summary, attempt
from tools.bench.setting import Setting, run_apart
from tools.bench.targets import FAULTLESS_PERCENT
from tools.bench.windows import browse, new_tab

TITLE = "Calls with troubles"
SCRIPTED = [*((seed, 2) for seed in range(80)), *((seed, 3) for seed in range(20))]
SCRIPTED_RATE = 10.0
REAL_ROOMS = 10
MODULES = (
    "tests/support/call_script.py",
    "tests/support/rough_calls.py",
    "tools/bench/in_page_calls.py",
)

RUN = """async ({ root, modules, rooms, seconds }) => {
  const at = (path) => new URL(path, root).href;
  const read = async (path) => (await fetch(at(path))).json();
  const [assets, config] = [await read("assets.json"), await read("config.json")];
  globalThis.virtualpersona = { root, assets, config, load: (address) => import(address) };
  const { loadPyodide } = await import(at(assets.pyodide));
  const pyodide = await loadPyodide();
  await pyodide.loadPackage(["numpy", at(assets.wheel)]);
  for (const [path, text] of Object.entries(modules)) {
    pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    pyodide.FS.writeFile(path, text);
  }
  const measure = pyodide.pyimport("tools.bench.in_page_calls").measure;
  return measure(rooms, seconds);
}"""


def measure(setting: Setting) -> list[Figure]:
    """Shares without a fault and times to recover, in memory and in a page."""
    scripted = attempt(lambda: play_scripted(setting))
    real = attempt(lambda: play_real(setting))
    return [
        *summarise(scripted, f"{len(SCRIPTED)} scripted calls of five minutes"),
        *summarise(real, f"{REAL_ROOMS} calls of {setting.seconds} s at once, real time"),
    ]


def play_scripted(setting: Setting) -> Sequence[Verdict]:
    """Plays them one after the other, without what they log of their troubles."""
    logger = logging.getLogger("persona_core")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        verdicts = []
        for number, (seed, people) in enumerate(SCRIPTED):
            setting.step.note(f"scripted call {number + 1} of {len(SCRIPTED)}")
            verdicts.append(run_apart(ScriptedCall(seed, people, rate=SCRIPTED_RATE).play()))
        return verdicts
    finally:
        logger.setLevel(before)


def play_real(setting: Setting) -> Sequence[Verdict]:
    """Plays all at once in one page, with the real server."""
    setting.step.note(f"{REAL_ROOMS} calls in real time")
    browser = browse(setting.playwright)
    try:
        page = new_tab(browser).page
        # The server's own answer, with nothing in it that runs: from a page that never came from
        # this address, Chromium lets no socket go to it.
        page.goto(f"{setting.url}config.json")
        words = {
            "root": setting.url,
            "modules": {path: (ROOT / path).read_text("utf-8") for path in MODULES},
            "rooms": REAL_ROOMS,
            "seconds": float(setting.seconds),
        }
        found = json.loads(page.evaluate(RUN, words))
    finally:
        browser.close()
    return [Verdict(**data) for data in found]


def summarise(verdicts: Sequence[Verdict] | Failure, what: str) -> list[Figure]:
    """Figures of how calls fared."""
    if isinstance(verdicts, Failure):
        return [Figure(f"{what}: without a fault", "%", verdicts)]
    good = sum(not verdict.faults for verdict in verdicts)
    recoveries = [ms for verdict in verdicts for ms in verdict.recoveries_ms]
    share = Figure(f"{what}: without a fault", "%", 100.0 * good / len(verdicts), FAULTLESS_PERCENT)
    if not recoveries:
        return [share]
    recovered = Summary.of(recoveries)
    return [
        share,
        Figure("  a face again after a trouble", "ms", recovered),
        Figure("  the same, longest", "ms", max(recoveries)),
        Figure("  longest without a face, no trouble", "ms", max(v.longest_ms for v in verdicts)),
    ]
