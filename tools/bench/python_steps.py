"""What each step of a frame costs in Python, inside the browser's own interpreter."""

from __future__ import annotations

import json
from pathlib import Path

from tools.bench import ticks
from tools.bench.figures import Figure, Summary
from tools.bench.setting import Setting
from tools.bench.targets import PYTHON_US
from tools.bench.windows import browse, new_tab

TITLE = "Python in Pyodide, a person, no drawing"
FRAMES = 360
SCRIPT = Path(__file__).with_name("in_pyodide.py")
TARGETS = {"room frame with a new face": PYTHON_US, "room frame between faces": PYTHON_US}

# Isolated, the page has a clock of 5 instead of 100 microseconds.
ISOLATED = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
}

RUN = """async ({ root, script, frames }) => {
  const at = (path) => new URL(path, root).href;
  const assets = await (await fetch(at("assets.json"))).json();
  const { loadPyodide } = await import(at(assets.pyodide));
  const pyodide = await loadPyodide();
  await pyodide.loadPackage(["numpy", at(assets.wheel)]);
  pyodide.runPython(script);
  const measure = pyodide.globals.get("measure");
  return measure((length) => new Float32Array(length), frames);
}"""


def measure(setting: Setting) -> list[Figure]:
    """Times of single steps in microseconds; each sample is a mean over the characters."""
    browser = browse(setting.playwright)
    try:
        page = new_tab(browser).page
        empty = f"{setting.url}empty.html"
        page.route(
            empty,
            lambda route: route.fulfill(
                body="<!doctype html>", content_type="text/html", headers=ISOLATED
            ),
        )
        page.goto(empty)
        script = SCRIPT.read_text("utf-8")
        words = {"root": setting.url, "script": script, "frames": FRAMES}
        timed: dict[str, list[float]] = json.loads(page.evaluate(RUN, words))
    finally:
        browser.close()
    steps = [
        Figure(name, "µs", Summary.of(samples), TARGETS.get(name))
        for name, samples in timed.items()
    ]
    return steps + ticks.measure(setting)
