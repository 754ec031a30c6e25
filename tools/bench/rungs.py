"""What a frame costs on each rung and in each style, and how long a change of rung takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from playwright.sync_api import Page
from tests.support import graphics
from tests.support.chromium import launch
from tools.bench.drawing import one_drawing
from tools.bench.figures import Figure, Summary
from tools.bench.setting import Setting
from tools.bench.windows import new_tab, wait_started

TITLE = "Rungs and styles"
SIZE = 512
ROUNDS = 12
SWITCHES = 3
WATCH_MS = 5000

FLAGS: Final[Mapping[str, Sequence[str]]] = {
    "webgpu": graphics.WEBGPU,
    "webgl": graphics.WEBGL,
    "cpu": graphics.NONE,
}
"""By the mode that is measured with them."""

STYLES: Final = ("none", "cartoon", "watercolour", "pixel")
TAPS: Final = (0, 2)

# The scene is read back, one pixel of it, so that the work is done when the clock is read.
TIME_STYLES = """async ({ mode, drawing, size, rounds, looks }) => {
  const { root, assets } = globalThis.virtualpersona;
  const load = (path) => import(`${root}${assets.code}web/view/js/${path}`);
  const { createDrawing } = await load("canvas2d.js");
  const sheet = document.createElement("canvas");
  const drawn = createDrawing(sheet);
  drawn.setProgram(Float32Array.from(drawing.program), drawing.colours);
  drawn.resize(size, size, 1);
  drawn.draw(Float32Array.from(drawing.faces[0]));
  const canvas = document.createElement("canvas");
  const { openSurface } = await load(mode === "webgpu" ? "surface_webgpu.js" : "surface_webgl.js");
  const surface = await openSurface(canvas, () => {});
  surface.resize(size, size, 1);
  const finish = async () => {
    if (mode === "webgpu") await surface.device.queue.onSubmittedWorkDone();
    else surface.gl.readPixels(0, 0, 1, 1, surface.gl.RGBA, surface.gl.UNSIGNED_BYTE, pixel);
  };
  const pixel = new Uint8Array(4);
  const times = {};
  for (const [name, look] of Object.entries(looks)) {
    surface.setEffects(look);
    times[name] = [];
    for (let round = -2; round < rounds; round += 1) {  // the first ones compile shaders
      await new Promise(requestAnimationFrame);
      const start = performance.now();
      surface.upload(sheet);
      surface.present();
      await finish();
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  surface.close();
  return times;
}"""

SWITCH = """(mode) => new Promise((resolve) => {
  const start = performance.now();
  document.querySelector(`input[name="gpu-mode"][value="${mode}"]`).click();
  const look = () => {
    const { rung, starting } = JSON.parse(virtualpersona.report()).graphics;
    const there = rung === (mode === "cpu" ? "canvas" : mode) && !starting;
    if (there) resolve(performance.now() - start);
    else requestAnimationFrame(look);
  };
  look();
})"""

RECOVERY = """() => new Promise((resolve) => {
  const graphics = () => JSON.parse(virtualpersona.report()).graphics;
  const entries = graphics().log.length;
  const start = performance.now();
  document.getElementById("lose").click();
  const look = () => {
    const { log, starting } = graphics();
    if (log.length > entries && !starting) {
      const { reason, to } = log.at(-1);
      resolve({ ms: performance.now() - start, reason, to });
    } else requestAnimationFrame(look);
  };
  look();
})"""


def measure(setting: Setting) -> list[Figure]:
    """Styles at 512 x 512, the rungs of the own picture on the home page, changes of mode."""
    figures: list[Figure] = []
    for mode, flags in FLAGS.items():
        setting.step.note(mode)
        browser = launch(setting.playwright, *flags)
        try:
            page = new_tab(browser).page
            page.goto(f"{setting.url}test-v3/?gpu={mode}")
            wait_started(page)
            if mode != "cpu":
                figures += _styles(page, mode)
            figures += _rung(page, mode)
            if mode == "webgpu":
                figures += _switches(page)
            if mode != "cpu":
                figures += _recoveries(page, mode)
        finally:
            browser.close()
    return figures


def _styles(page: Page, mode: str) -> list[Figure]:
    times: dict[str, list[float]] = page.evaluate(
        TIME_STYLES,
        {
            "mode": mode,
            "drawing": one_drawing(),
            "size": SIZE,
            "rounds": ROUNDS,
            "looks": _looks(),
        },
    )
    return [Figure(name, "ms", Summary.of(each), column=mode) for name, each in times.items()]


def _looks() -> dict[str, dict[str, Any]]:
    plain = {"style": "none", "strength": 1.0, "blur": 0.0, "sharpen": 0.0, "taps": 2}
    looks = {"none": plain, "sharpen": plain | {"sharpen": 1.0}}
    for style in STYLES[1:]:
        for taps in TAPS:
            looks[f"{style}, taps {taps}"] = plain | {"style": style, "taps": taps}
    return looks


def _rung(page: Page, mode: str) -> list[Figure]:
    """The own picture with the demo motion, as the page's own monitor tells of it."""
    page.click("#use-demo")
    figures = []
    for look in ("drawn", "portrait"):
        if look == "portrait":
            page.click("#portraits label:nth-child(2)")
            page.wait_for_function("JSON.parse(virtualpersona.report()).portrait")
        page.wait_for_timeout(WATCH_MS)
        metrics = page.evaluate("JSON.parse(virtualpersona.report()).graphics.metrics")
        figures.append(Figure(f"page, {look}: pictures", "fps", metrics["fps"], column=mode))
        figures.append(Figure(f"page, {look}: drawing", "ms", metrics["render_ms"], column=mode))
    return figures


def _switches(page: Page) -> list[Figure]:
    taken: dict[str, list[float]] = {mode: [] for mode in FLAGS}
    for _ in range(SWITCHES):
        for mode in ("cpu", "webgl", "webgpu"):
            taken[mode].append(page.evaluate(SWITCH, mode))
    return [
        Figure("change of mode, to this one", "ms", Summary.of(each), column=mode)
        for mode, each in taken.items()
    ]


def _recoveries(page: Page, mode: str) -> list[Figure]:
    """The first loss restarts the rung, the second steps down."""
    page.evaluate(SWITCH, mode)
    figures = []
    for _ in range(2):
        back = page.evaluate(RECOVERY)
        name = f"{back['reason']}, until {back['to']} is seen"
        figures.append(Figure(name, "ms", back["ms"], column=mode))
    return figures
