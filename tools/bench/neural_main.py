"""A page of the benchmark: a neural portrait made of the app's own parts, a frame at a time."""

# ruff: noqa: F704 - PyScript runs a page's script as a coroutine

import json
from itertools import pairwise
from time import perf_counter

from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.families.liveportrait_motion import HEADS
from persona_core.neural.plan import GPU, GPU_WITH_HALVES, PROCESSOR
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import VERTICES, Reprojection
from persona_core.portrait.portrait import Portrait
from persona_core.wire.motion_track import load_demo
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.gpu import shared_device
from persona_web.bridge.graphics.portrait_scene import picture_pixels
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.log import log_to_console
from persona_web.bridge.neural.inference import Backend, wasm_threads
from persona_web.bridge.neural.model_store import ModelStore
from persona_web.bridge.neural.neural_picture import NeuralPicture
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.neural.model_loading import fetch_manifest, load_model
from persona_web.parts.view_opening import open_graphics
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport

FRAME_MS = 1000.0 / 30.0


class NeuralBench:
    """One model, one portrait, one place."""

    def __init__(self, site, page, graphics, store):
        self.site, self.page, self.graphics, self.store = site, page, graphics, store
        self.demo = load_demo()
        self.frames = 0

    async def load(self, name, backend):
        """Loads a model; how long each step took, in ms, and what was to be fetched, in bytes."""
        backend = Backend(backend)
        self.device = None if backend is Backend.WASM else await shared_device(self.site)
        halves = self.graphics.capabilities.has_half_floats
        on_gpu = GPU_WITH_HALVES if halves else GPU
        manifest = await fetch_manifest(self.site, name)
        began, size = {"download": perf_counter()}, [0]

        def hear(loading):
            began.setdefault(loading.step.value, perf_counter())
            size[0] = loading.total

        self.model = await load_model(
            self.site,
            self.store,
            manifest,
            backend,
            hear,
            PROCESSOR if backend is Backend.WASM else on_gpu,
            device=self.device,
        )
        times = [began[step] for step in ("download", "sessions", "check")] + [perf_counter()]
        download, sessions, check = ((after - before) * 1e3 for before, after in pairwise(times))
        return json.dumps(
            {
                "download_ms": download,
                "sessions_ms": sessions,
                "check_ms": check,
                "bytes": size[0],
                "precision": self.model.precision.value,
                "threads": wasm_threads(),
            }
        )

    async def wear(self):
        """Puts the portrait on; how long until its first picture was shown, in ms."""
        start = perf_counter()
        portrait = Portrait.from_bytes(await self.site.fetch_bytes("neural-bench/face.portrait"))
        manifest = self.model.manifest
        square = Square.about(portrait.landmarks, manifest.rig.crop)
        tensor = manifest.tensor(manifest.interface.portrait)
        pixels = await picture_pixels(self.site, portrait)
        inputs = {tensor.name: square.cut(pixels, *tensor.shape[-2:])}
        self.mesh, self.driver = Reprojection(portrait, square), KeypointDriver()
        api = "webgl2" if self.device is None else "webgpu"
        place = self.page.element("bench")
        surface = await Surface.open(self.site, place, api, print, self.device)
        self.screen = await NeuralPicture.on_surface(
            self.site, surface, self.model.picture_size, VERTICES, self.mesh.triangles
        )
        self.face = self.model.face()
        settled = self.driver.settle(await self.face.set_portrait(inputs, HEADS))
        await self.face.settle(settled)
        await self._draw()
        return (perf_counter() - start) * 1e3

    async def frame(self):
        """One frame from face to canvas: all of it, and of it the model's answer, in ms."""
        start = perf_counter()
        drawn = await self._draw()
        return json.dumps([(perf_counter() - start) * 1e3, drawn.ms])

    async def _draw(self):
        params = self.demo.sample(self.frames * FRAME_MS)
        self.frames += 1
        drawn = await self.face.draw(self.driver.parameters(params))
        self.screen.take(drawn.picture)
        self.screen.show(self.mesh.bend(params, params))
        return drawn


log_to_console()
site, page = Site(), Page()
graphics = await open_graphics(site, page, BrowserStorage())
bench = NeuralBench(site, page, graphics, await ModelStore.load_store(site))
for name in ("load", "wear", "frame"):
    page.publish(f"neural_{name}", getattr(bench, name))
report = PageReport(BrowserClock(), lambda: site.timings)
ticker = await start_page(site, page, report, lambda _now_ms, _visible: None)
