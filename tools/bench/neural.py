"""A neural model on the app's own path: loaded, opened, drawn; and onnxruntime by itself."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import Browser, Page
from tests.support import graphics
from tests.support.chromium import launch
from tests.support.patience import patient
from tests.support.site_server import SiteServer
from tools.bench import neural_site
from tools.bench.figures import Failure, Figure, Summary
from tools.bench.setting import Setting, site_folder
from tools.bench.targets import NEURAL_RATIO
from tools.bench.windows import new_tab, wait_started

TITLE = "Neural model, on the app's path"
WAIT_MS: Final = 300_000
WARM_UP: Final = 3


@dataclass(frozen=True)
class Case:
    """A model on a backend.

    Attributes:
        pairs: frames of ours, each with one of onnxruntime by itself after it.
        limit: whether the ratio has a target; not where the model costs next to nothing.
    """

    column: str
    model: str
    backend: str
    bundle: str
    flags: Sequence[str]
    pairs: int
    limit: bool


CASES: Final = (
    Case("1 GFLOP, wasm", neural_site.WIDE, "wasm", "ort.wasm.min.mjs", (), 60, True),
    Case("nano, wasm", "nano", "wasm", "ort.wasm.min.mjs", (), 60, False),
    Case("nano, webgpu", "nano", "webgpu", "ort.jspi.min.mjs", graphics.WEBGPU, 6, False),
)

# The two take turns, so that whatever slows the machine slows both.
COMPARE = """async ({ model, backend, bundle, threads, pairs, skipped }) => {
  const { root, assets, neural_frame } = globalThis.virtualpersona;
  const { openBare } = await import(`${root}neural-bench/bare_session.js`);
  const folder = `${root}models/${model}/`;
  const get = async (path) => (await fetch(folder + path)).arrayBuffer();
  const manifest = await (await fetch(`${folder}manifest.json`)).json();
  const weights = new Map();
  for (const { name, shards } of manifest.weights) {
    const parts = await Promise.all(shards.map(({ path }) => get(path)));
    const data = new Uint8Array(await new Blob(parts).arrayBuffer());
    weights.set(name, { path: name, data });
  }
  const files = [];
  for (const { name, files: { fp32 }, weights: own } of manifest.graphs) {
    const graph = new Uint8Array(await get(fp32.path));
    files.push({ name, graph, weights: weights.get(own) });
  }
  const vendor = `${root}vendor/ort/`;
  const where = { ort: vendor + bundle, wasm: vendor, threads };
  if (backend === "webgpu") {
    const { sharedDevice } = await import(`${root}${assets.code}web/bridge/graphics/gpu_device.js`);
    where.device = await sharedDevice();
  }
  const bare = await openBare(backend, where, files);
  const tensors = {};
  for (const { name, shape } of manifest.graphs.flatMap(({ inputs }) => inputs)) {
    const size = shape.reduce((product, each) => product * each, 1);
    tensors[name] = { dims: shape, data: new Float32Array(size).fill(0.5) };
  }
  await bare.put(tensors);
  const stage = (wanted) => manifest.graphs.filter((g) => g.stage === wanted).map((g) => g.name);
  await bare.run(stage("portrait"));
  const times = { whole: [], inside: [], bare: [] };
  for (let pair = -skipped; pair < pairs; pair += 1) {
    const even = pair % 2 === 0; // who comes second finds warm caches, or a busy machine
    const before = even ? undefined : await bare.run(stage("frame"));
    const [whole, inside] = JSON.parse(await neural_frame());
    const alone = before ?? (await bare.run(stage("frame")));
    if (pair < 0) continue;
    times.whole.push(whole);
    times.inside.push(inside);
    times.bare.push(alone);
  }
  await bare.close();
  return times;
}"""


def measure(setting: Setting) -> list[Figure]:
    """Loading, the first frame and every frame, model by model; nothing is fetched twice."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        site = neural_site.with_neural_page(site_folder(), Path(scratch) / "site")
        server = SiteServer(site, {"VP_LOG_LEVEL": "warning"})
        server.start()
        try:
            for case in CASES:
                setting.step.note(case.column)
                figures += _measure_case(setting, server.url, case)
        finally:
            server.stop()
    return figures


def _measure_case(setting: Setting, url: str, case: Case) -> list[Figure]:
    browser = launch(setting.playwright, *case.flags)
    try:
        return _figures(browser, url, case)
    except Exception as error:  # the other models' figures are not lost for it
        return [Figure("whole frame", "ms", Failure.of(error), column=case.column)]
    finally:
        browser.close()


def _figures(browser: Browser, url: str, case: Case) -> list[Figure]:
    tab = new_tab(browser)
    asked: list[str] = []
    tab.context.on("request", lambda request: asked.append(request.url))
    cold = _load(tab.page, url, case)
    tab.page.close()
    asked.clear()
    tab.page = patient(tab.context.new_page())
    warm = _load(tab.page, url, case)
    if fetched := [each for each in asked if "/graphs/" in each or "/shards/" in each]:
        raise RuntimeError(f"{len(fetched)} files of a kept model were fetched again")
    first = tab.page.evaluate("async () => await virtualpersona.neural_wear()")
    times = _compare(tab.page, case, warm["threads"])
    ratio = median(times["whole"]) / median(times["bare"])

    def row(name: str, unit: str, value: Summary | float) -> Figure:
        return Figure(name, unit, value, column=case.column)

    return [
        *(row(f"{name} load", "MB/s", _rate(load)) for name, load in _named(cold, warm)),
        *(row(f"{name} load", "ms", load["download_ms"]) for name, load in _named(cold, warm)),
        row("sessions, warm", "ms", warm["sessions_ms"]),
        row("self-check, warm", "ms", warm["check_ms"]),
        row("portrait to first picture", "ms", first),
        row("whole frame", "ms", Summary.of(times["whole"])),
        row("of it the model's answer", "ms", Summary.of(times["inside"])),
        row("session.run by itself", "ms", Summary.of(times["bare"])),
        row("whole frame / session.run", "", ratio),
        *(
            [Figure("whole frame / session.run at 1 GFLOP", "", ratio, NEURAL_RATIO)]
            if case.limit
            else []
        ),
    ]


def _named(cold: dict[str, Any], warm: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("cold", cold), ("warm", warm)]


def _rate(load: dict[str, Any]) -> float:
    return load["bytes"] / 1e3 / load["download_ms"]


def _load(page: Page, url: str, case: Case) -> dict[str, Any]:
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{url}{neural_site.PAGE}/")
    wait_started(page)
    script = "async ([model, backend]) => await virtualpersona.neural_load(model, backend)"
    return json.loads(page.evaluate(script, [case.model, case.backend]))


def _compare(page: Page, case: Case, threads: int) -> dict[str, list[float]]:
    return page.evaluate(
        COMPARE,
        {
            "model": case.model,
            "backend": case.backend,
            "bundle": case.bundle,
            "threads": threads,
            "pairs": case.pairs,
            "skipped": WARM_UP,
        },
    )
