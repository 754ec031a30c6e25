"""LivePortrait-Lite on wasm: what the nets cost with all that they are given, and the display; how
many of its frames a frame of the full LivePortrait takes."""

from __future__ import annotations

import base64
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Browser, Page
from tests.support.chromium import launch
from tests.support.portraits import canonical_portrait
from tests.support.site_server import ROOT, SiteServer
from tools.bench import full_liveportrait
from tools.bench.figures import Failure, Figure, LeftOut, Summary, Target, attempt
from tools.bench.setting import Setting, site_folder
from tools.bench.windows import new_tab, wait_started

from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_patches import PHOTO, SOURCE, topology
from persona_core.neural.manifest.manifest import GraphStage
from persona_core.neural.manifest.manifest_json import read_manifest
from persona_core.portrait.rig import PortraitRig

TITLE = "LivePortrait-Lite, on wasm"
NAME: Final = "liveportrait-lite"
FOLDER: Final = "lite-bench"
FRAME: Final = "frame, both patches"
FRAME_MS: Final = Target("<=", 60)
GFLOP: Final = Target("<=", 1.2)
DISPLAY_FPS: Final = Target(">=", 60)
PAIRS: Final = 40
WARM_UP: Final = 5
WATCH_MS: Final = 10_000
WAIT_MS: Final = 300_000
SIDE: Final = 64
CHANNELS: Final = 96
LAYERS: Final = 5

# Ours and the yardstick take turns, so that whatever slows the machine slows both.
COMPARE = """async ({ name, threads, pairs, skipped, topology, photo, source, nets }) => {
  const root = `${location.origin}/`;
  const { code } = await (await fetch(`${root}assets.json`)).json();
  const { openWasm } = await import(`${root}${code}web/bridge/neural/inference.js`);
  const { openBare } = await import(`${root}lite-bench/bare_session.js`);
  const get = async (path) => (await fetch(root + path)).arrayBuffer();
  const floats = (text) =>
    new Float32Array(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
  const vendor = `${root}vendor/ort/`;
  const where = { ort: `${vendor}ort.wasm.min.mjs`, wasm: vendor, threads };
  const host = await openWasm(`${root}${code}web/bridge/neural/inference.worker.js`, where);
  const manifest = await (await fetch(`${root}models/${name}/manifest.json`)).json();
  for (const { name: file, shards } of manifest.weights) {
    const parts = await Promise.all(shards.map(({ path }) => get(`models/${name}/${path}`)));
    await host.addWeights(file, await new Blob(parts).arrayBuffer());
  }
  for (const { name: graph, files, weights } of manifest.graphs) {
    const { path } = files.int8 ?? files.fp32; // as the page does on a processor
    await host.create(graph, await get(`models/${name}/${path}`), files.int8 ? null : weights);
  }
  await host.created();
  await host.addSteps(`${root}${code}web/bridge/neural/lite_steps.js`, topology);
  const tensor = (data, ...dims) => ({ type: "float32", dims, data });
  const still = floats(source);
  await host.run([], {
    lite_photo: tensor(floats(photo), 1, 3, 256, 256), lite_source: tensor(still, 478, 3),
  });
  const read = ["mouth_change", "eye_change", "lite_places"];
  const target = new Float32Array(still);
  const frame = async (steps, number) => {
    for (let at = 1; at < target.length; at += 3) target[at] = still[at] + (number % 10) / 5;
    const start = performance.now();
    const { ms } = await host.run(
      steps, { lite_target: tensor(target, 478, 3) }, { read: steps.length > 1 ? read : [] },
    );
    return [performance.now() - start, ms];
  };
  const graph = new Uint8Array(await get("lite-bench/yardstick.onnx"));
  const bare = await openBare("wasm", where, [{ name: "yardstick", graph }]);
  const data = new Float32Array(96 * 64 * 64).fill(0.1);
  await bare.put({ x: { dims: [1, 96, 64, 64], data } });
  const times = { whole: [], inside: [], inputs: [], yardstick: [] };
  for (let pair = -skipped; pair < pairs; pair += 1) {
    const [whole, inside] = await frame(["patches", ...nets], pair);
    const [, inputs] = await frame(["patches"], pair);
    const yardstick = await bare.run(["yardstick"]);
    if (pair < 0) continue;
    times.whole.push(whole);
    times.inside.push(inside);
    times.inputs.push(inputs);
    times.yardstick.push(yardstick);
  }
  await bare.close();
  await host.close();
  return { ...times, isolated: crossOriginIsolated };
}"""


def measure(setting: Setting) -> list[Figure]:
    """Frames with one thread and with two beside a net of 3.4 GFLOP, and the page's display."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch) / "site"
        shutil.copytree(site_folder(), site)
        (site / FOLDER).mkdir()
        shutil.copy(Path(__file__).parent / "bare_session.js", site / FOLDER)
        (site / FOLDER / "yardstick.onnx").write_bytes(yardstick())
        server = SiteServer(site, {"VP_LOG_LEVEL": "warning"})
        server.start()
        browser = launch(setting.playwright)
        try:
            for threads in (1, 2):
                setting.step.note(f"{threads} threads")
                figures += _attempt(_nets, browser, server.url, threads)
            setting.step.note("display")
            figures += _attempt(_display, browser, server.url, 2)
        finally:
            browser.close()
            server.stop()
    setting.step.note("full LivePortrait")  # alone: it takes every core
    return figures + _full(figures)


def _full(figures: list[Figure]) -> list[Figure]:
    """A frame of the full LivePortrait, and in frames of Lite."""
    threads, runs = full_liveportrait.THREADS, full_liveportrait.RUNS
    name = f"full LivePortrait, W + G, native, {threads} threads, {runs} runs"
    ratio = "full LivePortrait / Lite"
    if absent := full_liveportrait.missing():
        why = LeftOut(f"{absent} not installed")
        return [Figure(name, "s", why), Figure(ratio, "", why)]
    times = attempt(full_liveportrait.frame_ms)
    if isinstance(times, Failure):
        return [Figure(name, "s", times), Figure(ratio, "", times)]
    whole = Figure(name, "s", Summary.of(ms / 1e3 for ms in times))
    column = f"{threads} threads"
    lite = [one.value for one in figures if (one.name, one.column) == (FRAME, column)]
    if not lite or not isinstance(lite[0], Summary):
        return [whole, Figure(ratio, "", Failure("Lite's own frame could not be measured"))]
    return [whole, Figure(ratio, "", median(times) / lite[0].median)]


def _attempt(part: Any, browser: Browser, url: str, threads: int) -> list[Figure]:
    try:
        return part(browser, url, threads)
    except Exception as error:  # the other figures are not lost for it
        return [Figure(part.__name__.strip("_"), "ms", Failure.of(error))]


def _nets(browser: Browser, url: str, threads: int) -> list[Figure]:
    page: Page = browser.new_context().new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{url}models/index.json")  # a document with the site's headers, and nothing else
    manifest = read_manifest((ROOT / "static/models" / NAME / "manifest.json").read_bytes())
    portrait = canonical_portrait("rgb(200, 150, 120)")
    driver = LiteDriver(portrait, PortraitRig(portrait), manifest.rig.crop)
    settled = driver.settle(np.full((portrait.height, portrait.width, 3), 128, np.uint8))
    times = page.evaluate(
        COMPARE,
        {
            "name": NAME,
            "threads": threads,
            "pairs": PAIRS,
            "skipped": WARM_UP,
            "topology": topology(manifest),
            "photo": base64.b64encode(settled[PHOTO].tobytes()).decode(),
            "source": base64.b64encode(settled[SOURCE].tobytes()).decode(),
            "nets": [graph.name for graph in manifest.stage(GraphStage.FRAME)],
        },
    )
    page.context.close()
    if not times["isolated"]:
        raise RuntimeError("the site does not isolate its documents: there is one thread only")
    column = f"{threads} thread{'s' if threads > 1 else ''}"
    ratio = median(times["whole"]) / median(times["yardstick"])
    target = FRAME_MS if threads == 2 else None
    cost = manifest.gflop(GraphStage.FRAME)
    return [
        Figure(FRAME, "ms", Summary.of(times["whole"]), target, column=column),
        Figure("of it in the worker", "ms", Summary.of(times["inside"]), column=column),
        Figure("of it what nets see", "ms", Summary.of(times["inputs"]), column=column),
        Figure("3.4 GFLOP by session.run", "ms", Summary.of(times["yardstick"]), column=column),
        Figure("frame / 3.4 GFLOP", "", ratio, column=column),
        *([Figure("cost of a frame", "GFLOP", cost, GFLOP)] if threads == 1 else []),
    ]


def _display(browser: Browser, url: str, _threads: int) -> list[Figure]:
    tab = new_tab(browser)
    page = tab.page
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{url}test-v3/")
    wait_started(page)
    page.locator("input[value=officer]").click(force=True)
    page.click(".model-use")
    page.wait_for_function(
        """() => {
          const { graphics } = JSON.parse(virtualpersona.report());
          return graphics.rung === "neural-wasm" && !graphics.starting;
        }"""
    )
    page.click("#use-demo")
    page.wait_for_timeout(WATCH_MS)
    metrics = tab.report()["graphics"]["metrics"]
    tab.close()
    return [
        Figure("display, demo motion", "fps", metrics["fps"], DISPLAY_FPS),
        Figure("inference, page running", "ms", metrics["inference_ms"]),
    ]


def yardstick() -> bytes:
    """An ONNX file of five convolutions of 96 channels, 3 x 3 on 64 x 64: 3.4 GFLOP."""
    random = np.random.default_rng(1)
    shape = (1, CHANNELS, SIDE, SIDE)
    names = ["x", *(f"x{layer}" for layer in range(LAYERS - 1)), "y"]
    weights, nodes = [], []
    for layer in range(LAYERS):
        values = random.standard_normal((CHANNELS, CHANNELS, 3, 3)).astype(np.float32) * 0.03
        weights.append(numpy_helper.from_array(values, f"w{layer}"))
        given = [names[layer], f"w{layer}"]
        nodes.append(helper.make_node("Conv", given, [names[layer + 1]], pads=[1, 1, 1, 1]))
    graph = helper.make_graph(
        nodes,
        "yardstick",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
