"""What the browser tells of its graphics, and a stage with what it is made of."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_probe_finds_what_this_browser_has_when_it_is_asked(selenium):
    import js

    from persona_core.graphics.modes import GPUMode, Rung
    from persona_web.bridge.graphics.gpu import probe_capabilities
    from persona_web.bridge.site import Site

    found = await probe_capabilities(Site())

    # The Chromium of these tests: no adapter for WebGPU, WebGL2 by software.
    assert found.webgpu_status.error == "webgpu-no-adapter"
    assert found.webgpu_status.fallback_mode is GPUMode.WEBGL
    assert found.webgl.error is None
    assert "SwiftShader" in found.webgl.renderer
    assert found.webgl.software
    assert found.webgl.max_texture >= 2048
    assert found.wasm_simd
    assert found.isolated is bool(js.crossOriginIsolated)
    assert found.wasm_threads is found.isolated
    assert found.cores == js.navigator.hardwareConcurrency
    assert found.lack_of(Rung.WEBGL) is None


@run_in_pyodide
async def test_probe_says_what_is_missing_when_the_browser_has_nothing(selenium):
    import js

    from persona_core.graphics.capabilities import Capabilities
    from persona_web.bridge.site import Site

    address = Site().web_address("bridge/graphics/gpu_probe.js")
    probe = await js.eval(
        """(async (address) => {
          const gpu = Object.getOwnPropertyDescriptor(Navigator.prototype, "gpu");
          const { getContext } = HTMLCanvasElement.prototype;
          delete Navigator.prototype.gpu;
          HTMLCanvasElement.prototype.getContext = () => { throw new Error("not here"); };
          try {
            return await (await import(`${address}?asked-anew`)).probe();
          } finally {
            Object.defineProperty(Navigator.prototype, "gpu", gpu);
            HTMLCanvasElement.prototype.getContext = getContext;
          }
        })"""
    )(address)
    found = Capabilities.from_probe(probe.to_py())

    assert found.webgpu.error == "webgpu-missing"
    assert found.webgl.error == "webgl-missing"


@run_in_pyodide
async def test_device_is_refused_with_our_own_error_when_there_is_none(selenium):
    import pytest

    from persona_core.errors import SurfaceError
    from persona_web.bridge.graphics.gpu import shared_device
    from persona_web.bridge.site import Site

    with pytest.raises(SurfaceError, match="no GPUAdapter"):
        await shared_device(Site())
    with pytest.raises(SurfaceError, match="no GPUAdapter"):
        await shared_device(Site())


@run_in_pyodide
async def test_long_tasks_are_told_when_the_thread_was_blocked(selenium):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.graphics.gpu import LongTasks
    from persona_web.bridge.site import Site

    hearing = Hearing()
    tasks = await LongTasks.load(Site(), lambda task_ms: hearing.note("blocked", task_ms))
    js.setTimeout(
        js.eval("() => { const end = performance.now() + 120; while (performance.now() < end); }")
    )
    await hearing.until(lambda: any(task_ms >= 119.0 for task_ms in hearing.all("blocked")))
    tasks.close()


@run_in_pyodide
async def test_stage_draws_changes_and_leaves_nothing_behind_when_it_is_closed(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.markup import markup, pixels
    from testbed.ownership import counted, settle

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams
    from persona_core.graphics.modes import GPUMode, Rung
    from persona_web.bridge.page import Page
    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker
    from persona_web.parts.view_opening import open_graphics, open_stage

    site, page = Site(), Page()

    async def life():
        graphics = await open_graphics(site, page, mode=GPUMode.WEBGL)
        stage = await open_stage(site, graphics, page.element("place"), CHARACTERS[0].style)
        ticks = Hearing()

        def tick(now_ms, _visible):
            stage.draw(FaceParams(0.0), now_ms)
            ticks.note("tick")

        ticker = await Ticker.load(site, tick)
        try:
            for mode, rung in ((GPUMode.WEBGL, Rung.WEBGL), (GPUMode.CPU, Rung.CANVAS)):
                graphics.choose_mode(mode)
                await ticks.until(lambda: not graphics.is_starting)
                assert graphics.rung is rung
            seen = [
                canvas
                for canvas in js.document.querySelectorAll("#place canvas")
                if canvas.style.visibility == "visible"
            ]
            assert len(seen) == 1
            assert (seen[0].clientWidth, seen[0].clientHeight) == (120, 150)
            assert (pixels(seen[0])[..., 3] > 0).mean() > 0.3
        finally:
            ticker.close()
            stage.close()
            graphics.close()
        assert js.document.querySelector("#place").childElementCount == 0
        await settle()

    with markup('<div id="place"></div>') as node:
        node.firstElementChild.style.cssText = "position: relative; width: 120px; height: 150px"
        await life()
        await settle()
        with counted() as held:
            for _ in range(5):
                await life()
            await settle()

    assert held.places.total() == 0, held.places.most_common(1)


@run_in_pyodide
async def test_graphics_hear_of_the_page_when_it_is_hidden_and_shown(selenium):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.graphics.gpu import Visibility

    hearing = Hearing()
    watching = Visibility(lambda visible: hearing.note("visible", visible))
    js.document.dispatchEvent(js.Event.new("visibilitychange"))
    watching.close()
    js.document.dispatchEvent(js.Event.new("visibilitychange"))

    assert hearing.events == [("visible", True), ("visible", True)]
