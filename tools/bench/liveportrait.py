"""LivePortrait in a real Chromium, part by part: ``python -m tools.bench.liveportrait``.

Random weights of full size (``--narrow``: of a small network, to try the tool). onnxruntime-web
by itself runs each part's graphs on WebGPU or wasm, and where torch is installed PyTorch runs the
same network on the same card. Chromium has to have the GPU: see ``--flags``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright
from tests.support.chromium import launch
from tests.support.plain_site import PlainSite
from tests.support.site_server import ROOT
from tools.bench.setting import site_folder

from persona_core.neural.manifest.manifest import Precision
from persona_liveportrait.graphs.recipe import RECIPES, Recipe, write_graphs
from persona_liveportrait.network.random_weights import random_weights
from persona_liveportrait.network.widths import OFFICIAL, Widths
from persona_liveportrait.timing import PARTS, Timing, Weights, inputs_of

WAIT_MS: Final = 3_600_000
BUNDLES: Final = {"webgpu": "ort.jspi.min.mjs", "wasm": "ort.wasm.min.mjs"}
GPU_FLAGS: Final = "--enable-unsafe-webgpu --enable-features=Vulkan --ignore-gpu-blocklist"
NARROW: Final = Widths(
    volume_channels=4,
    appearance_first=8,
    appearance_resblocks=2,
    motion_depths=(1, 1, 2, 1),
    motion_dims=(8, 16, 32, 64),
    hourglass=(8, 16, 32, 32, 32),
    hourglass_out=4,
    warped=32,
    generator_middle=64,
    generator_ups=(32, 8),
)

ADAPTER = """async () => {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return null;
  const { vendor, architecture, device, description } = adapter.info;
  return { vendor, architecture, device, description, halves: adapter.features.has("shader-f16") };
}"""

MEASURE = """async ({ backend, bundle, part, tensors, runs, threads }) => {
  const { openBare } = await import(new URL("bench/bare_session.js", location));
  const { sharedDevice } = await import(new URL("web/bridge/graphics/gpu_device.js", location));
  const get = async (name) => {
    const answer = await fetch(`part/${name}`);
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer.arrayBuffer();
  };
  const vendor = new URL("vendor/ort/", location).href;
  const where = { ort: vendor + bundle, wasm: vendor, threads };
  if (backend === "webgpu") where.device = await sharedDevice();
  const graph = new Uint8Array(await get("graph.onnx"));
  const weights = { path: `${part}.bin`, data: new Uint8Array(await get(`${part}.bin`)) };
  const bare = await openBare(backend, where, [{ name: part, graph, weights }]);
  const given = {};
  for (const [name, dims] of Object.entries(tensors)) {
    given[name] = { dims, data: new Float32Array(await get(`${name}.f32`)) };
  }
  await bare.put(given);
  const times = [];
  for (let run = 0; run <= runs; run += 1) times.push(await bare.run([part]));
  await bare.close();
  return { open: bare.opened[0].ms, times };
}"""


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.liveportrait", description=__doc__)
    parser.add_argument("--backend", choices=list(BUNDLES), default="webgpu")
    parser.add_argument("--size", type=int, default=256, help="of the portrait (default: 256)")
    parser.add_argument("--runs", type=int, default=20, help="timed runs (default: 20)")
    parser.add_argument("--parts", nargs="+", choices=[part.value for part in PARTS])
    parser.add_argument("--narrow", action="store_true", help="a small network")
    parser.add_argument("--flags", default=GPU_FLAGS, help=f"Chromium's (default: {GPU_FLAGS})")
    parser.add_argument("--no-torch", action="store_true", help="leave PyTorch out")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda", help="of PyTorch")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 1 where Chromium has no WebGPU adapter."""
    options = make_parser().parse_args(arguments)
    parts = [part for part in PARTS if not options.parts or part.value in options.parts]
    widths = NARROW if options.narrow else OFFICIAL
    weights = random_weights(widths, parts=parts)
    figures: list[Timing] = []
    with sync_playwright() as playwright:
        browser = launch(playwright, *options.flags.split())
        try:
            adapter = _adapter(browser)
            _say(f"Chromium {browser.version}, WebGPU adapter: {json.dumps(adapter)}")
            if options.backend == "webgpu" and adapter is None:
                _say("This browser has no WebGPU adapter: see --flags.")
                return 1
            halves = options.backend == "wasm" or adapter["halves"]
            for figure in _measure_parts(browser, weights, widths, halves, options):
                figures.append(figure)
                _say(str(figure))
        finally:
            browser.close()
    if not options.no_torch and importlib.util.find_spec("torch"):
        from persona_liveportrait.pytorch.bench import measure_torch

        size, runs, device = options.size, options.runs, options.device
        for figure in measure_torch(weights, parts, size, runs, device, widths):
            figures.append(figure)
            _say(str(figure))
    if options.json:
        document = {"adapter": adapter, "figures": [asdict(figure) for figure in figures]}
        options.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return 0


def _adapter(browser: Browser) -> dict[str, Any] | None:
    """What WebGPU tells of its card."""
    with TemporaryDirectory() as scratch, PlainSite(_site(Path(scratch))) as site:
        page = browser.new_page()
        page.goto(site.url)
        adapter = page.evaluate(ADAPTER)
        page.close()
    return adapter


def _site(folder: Path) -> Path:
    """A blank page beside the app's scripts, the vendor's and ours; ``part/`` holds a part."""
    (folder / "index.html").write_text("<!doctype html>", "utf-8")
    (folder / "web").symlink_to(ROOT / "py" / "persona_web")
    (folder / "vendor").symlink_to(site_folder() / "vendor")
    (folder / "bench").symlink_to(Path(__file__).resolve().parent)
    (folder / "part").mkdir()
    return folder


def _measure_parts(
    browser: Browser, weights: Weights, widths: Widths, halves: bool, options: argparse.Namespace
) -> Iterator[Timing]:
    for recipe in RECIPES:
        if recipe.part not in weights:
            continue
        with TemporaryDirectory() as scratch:
            site = _site(Path(scratch))
            path = site / "part" / f"{recipe.part.value}.bin"
            stored = recipe.stored(Precision.FP16)
            graphs = write_graphs(recipe, weights[recipe.part], widths, options.size, path, stored)
            inputs = inputs_of(recipe.part, options.size, widths)
            for name, values in inputs.items():
                path.with_name(f"{name}.f32").write_bytes(values.tobytes())
            for precision, graph in graphs.items():
                if precision is Precision.FP16 and not halves:
                    continue
                path.with_name("graph.onnx").write_bytes(graph.SerializeToString())
                shapes = {name: list(values.shape) for name, values in inputs.items()}
                yield _measure_part(browser, site, recipe, precision, shapes, options)


def _measure_part(
    browser: Browser,
    folder: Path,
    recipe: Recipe,
    precision: Precision,
    shapes: Mapping[str, list[int]],
    options: argparse.Namespace,
) -> Timing:
    """On a page of its own: what a part held is gone with it."""
    with PlainSite(folder) as site:
        page = browser.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(site.url)
        measured = page.evaluate(
            MEASURE,
            {
                "backend": options.backend,
                "bundle": BUNDLES[options.backend],
                "part": recipe.part.value,
                "tensors": shapes,
                "runs": options.runs,
                "threads": 1,
            },
        )
        page.close()
    engine, opened = f"Chromium, {options.backend}", measured["open"] / 1e3
    return Timing.of(engine, recipe.part, precision.value, opened, measured["times"])


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
