"""Thousands of neural pictures on software WebGPU: nothing piles up.

The model has no convolution. On a software GPU onnxruntime's convolution takes seconds (a tiled
product with barriers between its threads), anything else milliseconds; and what could leak is the
same: tensors, slots, the picture's pass, onnxruntime's own buffers. Nano's convolutions run for
twelve frames in ``test_neural``; 2,000 frames of nano run on wasm in ``test_neural_model``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from playwright.sync_api import CDPSession, Page, Playwright
from tests.support import graphics
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.site_server import ROOT

from persona_models.onnx.graph import GraphBuilder
from persona_models.onnx.weights import WeightsFile

WAIT_MS = 300_000
pytestmark = pytest.mark.timeout(WAIT_MS / 1000 + 60)  # longer than it waits by itself
PAGE = Path(__file__).with_name("neural_leak_page.js").read_bytes()
SHAPE = (1, 3, 64, 64)
SETTLED, FRAMES = 200, 2000
HEAP_SLACK = 1_000_000
"""Bytes of JavaScript that compiled code and statistics may take up; 1,800 leaked frames of
parameters, promises and tensors would be several times that."""


def graphs(scratch: Path) -> dict[str, onnx.ModelProto]:
    """The features are the portrait; a frame makes them brighter."""
    with WeightsFile(scratch / "none.bin", np.float32) as weights:
        portrait = GraphBuilder("features", weights, np.float32)
        portrait.output("features", portrait.mul(portrait.input("portrait", SHAPE), 0.5))
        frame = GraphBuilder("frame", weights, np.float32)
        features = frame.input("features", SHAPE)
        brightness = frame.input("parameters", (1, 1, 1, 1))
        frame.output("image", frame.unary("Sigmoid", frame.add(features, brightness)))
        return {"features": portrait.build(), "frame": frame.build()}


def held(page: Page, devtools: CDPSession) -> tuple[dict[str, Any], int]:
    """What the page counts, and the bytes of its JavaScript after a garbage collection."""
    devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    return page.evaluate("async () => (await import('/leak_page.js')).held()"), heap


def test_nothing_piles_up_when_thousands_of_pictures_are_drawn_on_the_gpu(
    playwright: Playwright, dist: Path, tmp_path: Path
) -> None:
    models = graphs(tmp_path)
    files: dict[str, Any] = {
        "/web": ROOT / "py" / "persona_web",
        "/vendor": dist / "vendor",
        "/leak_page.js": PAGE,
    }
    files |= {f"/{name}.onnx": model.SerializeToString() for name, model in models.items()}
    browser = launch(playwright, *graphics.WEBGPU)
    try:
        with bare_page(browser, files) as page:
            page.set_default_timeout(WAIT_MS)
            devtools = page.context.new_cdp_session(page)
            page.evaluate(
                """async (bundle) => {
                  globalThis.frames_ = await (await import("/leak_page.js")).open(bundle);
                }""",
                "ort.jspi.min.mjs",
            )
            assert page.evaluate("to => frames_(0, to)", SETTLED) == []
            early, early_heap = held(page, devtools)
            assert page.evaluate("span => frames_(...span)", [SETTLED, FRAMES]) == []
            late, late_heap = held(page, devtools)
    finally:
        browser.close()
    assert early["buffers"] > 0
    assert early["wasm"] > 0
    assert late == early
    assert late_heap - early_heap < HEAP_SLACK
