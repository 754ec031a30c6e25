"""A neural model in the laboratory, as a person meets it: offered, downloaded, kept, drawn, given
up; and on software WebGPU, where its pictures stay on the GPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.model_files import GRAPHS, MANIFEST, SHARD, Weights, wait_moving
from tests.support import graphics, rooms
from tests.support.bare_page import ORIGIN, bare_page
from tests.support.chromium import launch
from tests.support.nano import NANO
from tests.support.patience import patient
from tests.support.sentences import sentence
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

WAIT_MS = 120_000


# Every value that the progress bar takes; its value is an attribute, too.
WATCHING = """() => {
  globalThis.shares = [];
  const bar = document.getElementById("model-progress");
  new MutationObserver(() => shares.push(bar.value)).observe(bar, { attributes: true });
}"""


class ModelPage:
    """The laboratory's card of models, seen from outside."""

    def __init__(self, tab: Tab, server: SiteServer) -> None:
        self.tab = tab
        tab.open(f"{server.url}test-v3/")
        tab.page.wait_for_selector(".model-card")
        tab.page.evaluate(WATCHING)
        tab.page.evaluate(rooms.STAYING)

    def status(self) -> str:
        return self.tab.page.inner_text("#model-status")

    def wait_said(self, *keys: str) -> None:
        said = " ".join(sentence(key) for key in keys)
        self.tab.page.wait_for_function(
            "said => document.getElementById('model-status').textContent === said",
            arg=said,
            timeout=WAIT_MS,
        )

    def size(self) -> str:
        return self.tab.page.inner_text(".model-size")

    def use(self) -> None:
        self.tab.page.click(".model-use")

    def wear(self, portrait: str) -> None:
        self.tab.pick("portraits", portrait)

    def neural(self) -> dict[str, Any]:
        return self.tab.report()["neural"]

    def wait_rung(self, rung: str) -> None:
        self.tab.page.wait_for_function(
            """rung => {
              const { graphics } = JSON.parse(virtualpersona.report());
              return graphics.rung === rung && !graphics.starting;
            }""",
            arg=rung,
            timeout=WAIT_MS,
        )

    def wait_drawing(self) -> None:
        """Waits until the model is drawing."""
        self.tab.page.wait_for_function(
            "JSON.parse(virtualpersona.report()).graphics.metrics.inference_ms > 0",
            timeout=WAIT_MS,
        )

    def wait_kept(self, count: int) -> None:
        """Waits until so many files are kept."""
        self.tab.page.wait_for_function(
            """async (count) => {
              const cache = await caches.open("virtualpersona-models");
              return (await cache.keys()).length === count;
            }""",
            arg=count,
            timeout=WAIT_MS,
        )

    def shares(self) -> list[float]:
        return self.tab.page.evaluate("shares")


@pytest.fixture(scope="module")
def lab_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, *graphics.WEBGL)
    yield browser
    browser.close()


def test_model_is_downloaded_resumed_kept_and_drawn_as_the_person_is_told(
    nano_server: SiteServer, lab_browser: Browser
) -> None:
    tab = Tab(lab_browser, viewport={"width": 900, "height": 700})
    weights = Weights(tab)
    page = ModelPage(tab, nano_server)
    assert not weights.asked, "what it costs is told before anything is fetched"
    assert page.size() == sentence("model.size").format(total="0.02", missing="0.02")
    assert "MIT" in tab.page.inner_text(".model-licence")

    # A download that stands still can be stopped.
    weights.held = {SHARD}
    page.use()
    page.wait_said("model.step.download")
    page.wait_kept(len(GRAPHS))
    assert tab.page.evaluate("document.getElementById('model-progress').value") > 0
    tab.page.click("#model-cancel")
    page.wait_said("error.model-cancelled")
    assert page.neural()["problem"] == "model-cancelled"

    # A page that dies in the middle leaves what it has.
    page.use()
    page.wait_said("model.step.download")
    tab.page.close()
    weights.asked.clear()
    weights.held.clear()
    tab.page = patient(tab.context.new_page())
    page = ModelPage(tab, nano_server)
    assert page.size() == sentence("model.size").format(total="0.02", missing="0.01")
    page.wear("astronaut")
    page.wait_rung("canvas")
    page.use()
    page.wait_said("model.drawing")
    assert set(weights.asked) == {SHARD}
    shares = page.shares()
    assert shares == sorted(shares)
    assert shares[-1] == 100.0
    assert tab.page.locator("#model-loading").is_hidden()

    page.wait_rung("neural-wasm")
    tab.page.click("#use-demo")
    page.wait_drawing()
    wait_moving(tab, "preview", WAIT_MS)

    # Without it the mesh goes on; with it again, nothing is fetched.
    tab.page.click("#model-off")
    page.wait_rung("canvas")
    weights.asked.clear()
    page.use()
    page.wait_said("model.drawing")
    page.wait_rung("neural-wasm")
    assert not weights.asked
    assert page.size() == sentence("model.size-here").format(total="0.02")
    assert tab.errors == []
    tab.close()


def test_model_is_repaired_refused_or_used_unkept_when_the_machine_or_the_site_fails(
    nano_server: SiteServer, lab_browser: Browser
) -> None:
    tab = Tab(lab_browser, viewport={"width": 900, "height": 700})
    weights = Weights(tab)
    page = ModelPage(tab, nano_server)

    weights.lost = True
    page.use()
    page.wait_said("error.model-download")
    assert tab.page.get_attribute("#model-status", "data-problem") == "true"
    assert page.neural()["state"] == "failed"
    weights.lost = False

    page.use()
    page.wait_said("model.ready")

    # Somebody changed what was kept.
    tab.page.click("#model-off")
    tab.page.evaluate(
        """async () => {
          const cache = await caches.open("virtualpersona-models");
          for (const key of await cache.keys()) {
            const { size } = await (await cache.match(key)).blob();
            await cache.put(key, new Response(new Uint8Array(size)));
          }
        }"""
    )
    weights.asked.clear()
    page.use()
    page.wait_said("model.ready")
    assert set(weights.asked) == {SHARD, *GRAPHS}

    tab.page.click("#model-delete")
    page.wait_said("model.deleted")
    assert page.size() == sentence("model.size").format(total="0.02", missing="0.02")

    # A full disk: it runs from memory, and says so.
    devtools = tab.context.new_cdp_session(tab.page)
    origin = nano_server.url.rstrip("/")
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    page.use()
    page.wait_said("model.ready", "error.model-unkept")
    assert page.neural()["kept"] is False
    assert all("ERR_CONNECTION_RESET" in error for error in tab.errors)
    tab.close()


# Runs the nano model on the page's device as the app does, and draws its pictures on a surface.
ON_GPU = """async ([bundle, manifest]) => {
  const live = { buffers: 0, textures: 0 };
  for (const [maker, kind, counter] of [
    ["createBuffer", GPUBuffer, "buffers"], ["createTexture", GPUTexture, "textures"],
  ]) {
    const make = GPUDevice.prototype[maker];
    GPUDevice.prototype[maker] = function (...given) {
      live[counter] += 1;
      return make.apply(this, given);
    };
    const destroy = kind.prototype.destroy;
    const gone = new WeakSet();
    kind.prototype.destroy = function () {
      if (!gone.has(this)) live[counter] -= 1;
      gone.add(this);
      return destroy.apply(this);
    };
  }
  const { sharedDevice } = await import("/web/bridge/graphics/gpu_device.js");
  const { openWebGpu } = await import("/web/bridge/neural/inference.js");
  const { openSurface } = await import("/web/view/js/surface_webgpu.js");
  const { createPicture } = await import("/web/view/js/neural_webgpu.js");
  const device = await sharedDevice();
  const errors = [];
  device.onuncapturederror = ({ error }) => errors.push(error.message);
  const vendor = `${location.origin}/vendor/ort/`;
  const host = await openWebGpu(device, { ort: vendor + bundle, wasm: vendor });
  const get = async (path) => (await fetch(`/nano/${path}`)).arrayBuffer();
  await host.addWeights("nano.bin", await get(manifest.weights[0].shards[0].path));
  for (const { name, files, weights } of manifest.graphs) {
    await host.create(name, await get(files.fp32.path), weights);
  }
  await host.created();

  const size = 128, plane = size * size;
  const portrait = new Float32Array(3 * plane).map((_, at) => {
    const x = at % size, y = Math.floor((at % plane) / size);
    return [x / size, y / size, 0.5 + 0.25 * Math.sin(x / 5)][Math.floor(at / plane)];
  });
  const input = (dims, data) => ({ type: "float32", dims, data });
  const { kp_source } = manifest.check.inputs, values = new Float32Array(kp_source);
  const parameters = { kp_target: input([1, 21, 3], values) };
  const inputs = {
    portrait: input([1, 3, size, size], portrait),
    kp_source: input([1, 21, 3], new Float32Array(kp_source)),
  };
  const checked = await host.run(["features", "frame"], { ...inputs, ...parameters }, {
    face: "check", read: ["image"],
  });
  await host.drop("check");

  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const surface = await openSurface(canvas, (reason) => errors.push(reason), device);
  surface.resize(size, size, 1);
  const painter = createPicture(surface, {
    width: size, height: size, vertices: 4, triangles: new Uint16Array([0, 1, 2, 2, 1, 3]),
  });
  const corners = new Float32Array([0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1]);
  const probe = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  const show = () => {
    painter.take(host.slot("image", "face"));
    painter.draw(corners);
    surface.present();
  };
  await host.run(["features"], inputs, { face: "face" });
  await host.run(["frame"], parameters, { face: "face" });
  show();
  probe.drawImage(canvas, 0, 0);
  const { data } = probe.getImageData(0, 0, size, size);
  let off = 0;
  for (let at = 0; at < plane; at += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const wanted = checked.values.image[channel * plane + at] * 255;
      off = Math.max(off, Math.abs(wanted - data[4 * at + channel]));
    }
  }
  const frames = async (count) => {
    for (let frame = 0; frame < count; frame += 1) {
      values[3 * 19 + 1] = kp_source[3 * 19 + 1] + (frame % 10) / 50; // the mouth opens
      await host.run(["frame"], parameters, { face: "face" });
      show();
    }
    return { ...live };
  };
  const early = await frames(4), late = await frames(8);
  const location_ = host.slot("image", "face").location;
  const told = [...errors];
  await host.drop("face");
  device.destroy();
  let refused;
  await device.lost;
  await host.run(["frame"], parameters, { face: "face" }).catch(({ name }) => (refused = name));
  return { off, early, late, errors: told, location: location_, refused };
}"""


def test_picture_goes_from_the_model_to_the_canvas_without_leaving_the_gpu(
    playwright: Playwright, dist: Path
) -> None:
    browser = launch(playwright, *graphics.WEBGPU)
    files = {"/web": ROOT / "py" / "persona_web", "/vendor": dist / "vendor", "/nano": NANO}
    try:
        with bare_page(browser, files) as page:
            page.set_default_timeout(WAIT_MS)
            assert page.url.startswith(ORIGIN)
            seen = page.evaluate(ON_GPU, ["ort.jspi.min.mjs", MANIFEST])
    finally:
        browser.close()
    assert seen["errors"] == []
    assert seen["location"] == "gpu-buffer"
    assert seen["off"] <= 1.5, "what is shown is what the model computed"
    assert seen["late"] == seen["early"], "buffers and textures stay as many as they are"
    assert seen["refused"] == "gpu-lost"
