"""The portrait as browsers draw it, for measuring: real Chromium, the real painter, no page.

The same scripts of the built site run that pages run, on stills and motions that are given; what
they paint is read back. Where the site can tell a person from the background, it does so here.
"""

from __future__ import annotations

import base64
import io
import json
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Browser, Route, sync_playwright

from persona_core.face.residual.landmark_basis import CODE_STEPS, LandmarkBasis
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.expressions.expression_buffers import PatchBuffers, masks, region_buffers
from persona_core.portrait.painter_buffers import painter_buffers
from persona_core.portrait.portrait import MATTE_SIDE, Portrait
from persona_core.portrait.rig import PortraitRig
from persona_models.evaluate.reenactment import DrivenMotion, MotionKind, Still
from persona_models.faces.tracks import Picture

ORIGIN = "http://localhost"  # served from disk by interception; never reaches the network
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Without a GPU a WebGPU canvas is only shown where everything else is drawn by Vulkan, too.
WEBGPU_FLAGS = (
    "--enable-unsafe-webgpu",
    "--use-angle=swiftshader",
    "--use-vulkan=swiftshader",
    "--enable-features=Vulkan",
)
SEGMENTER = "vendor/models/selfie_segmentation.tflite"

PREPARE = """
async ({ code, api, width, height }) => {
  const web = `/${code}web/`;
  const { openSurface } = await import(`${web}view/js/surface_${api}.js`);
  const painting = await import(`${web}view/js/portrait_${api}.js`);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const KINDS = { f: Float32Array, h: Uint16Array, s: Int16Array, b: Uint8Array };
  const typed = ([kind, text]) => new KINDS[kind](bytes(text).buffer);
  const decode = (data) => createImageBitmap(new Blob([data]), { premultiplyAlpha: "none" });
  const canvas = document.createElement("canvas");
  const surface = await openSurface(canvas, (reason) => console.error(reason));
  surface.device?.addEventListener("uncapturederror", ({ error }) => console.error(error.message));
  surface.resize(width, height, 1);
  let painter;
  window.wear = async (model) => {
    painter?.close();
    for (const [name, value] of Object.entries(model)) {
      if (Array.isArray(value)) model[name] = typed(value);
    }
    const image = await decode(model.image);
    painter = painting.createPortrait(surface, { ...model, image });
    image.close();
    return painter.memoryBytes();
  };
  window.join = async ({ masks, regions, patches }) => {
    const { createExpressions } = await import(`${web}view/js/expressions_${api}.js`);
    const layer = painter.openExpressions(createExpressions, {
      masks: typed(masks),
      regions: regions.map((each) => ({ ...each, triangles: typed(each.triangles) })),
    });
    const taken = [];
    for (const { image, places, ...rest } of patches) {
      taken.push({ ...rest, image: await decode(typed(image)), places: typed(places) });
    }
    layer.add(taken);
    for (const { image } of taken) image.close();
    return painter.memoryBytes();
  };
  window.time = async (frames) => {
    const pixel = new Uint8Array(4), times = [];
    for (const values of frames.map((text) => typed(["f", text]))) {
      const start = performance.now();
      painter.draw(values);
      surface.present();
      // One pixel is read, so that the work is done when the clock is.
      const { gl } = surface;
      if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
      else await surface.device.queue.onSubmittedWorkDone();
      times.push(performance.now() - start);
    }
    return times;
  };
  window.show = async (values) => {
    painter.draw(typed(["f", values]));
    surface.present();
    return canvas.toDataURL("image/png");
  };
}
"""
PREPARE_CPU = """
async ({ code, width, height }) => {
  const { Raster } = await import(`/${code}web/view/js/cpu/raster.js`);
  const { readPixels } = await import(`/${code}web/bridge/files/decoding.js`);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const KINDS = { f: Float32Array, h: Uint16Array, s: Int16Array, b: Uint8Array };
  const typed = ([kind, text]) => new KINDS[kind](bytes(text).buffer);
  const decode = async (data) => {
    const image = await createImageBitmap(new Blob([data]), { premultiplyAlpha: "none" });
    const { width, height } = image;
    const pixels = { width, height, data: readPixels(image) };
    image.close();
    return pixels;
  };
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const data = new ImageData(width, height);
  let raster;
  const paint = (values) => {
    const start = performance.now();
    raster.draw(values, width, height, data.data);
    return performance.now() - start;
  };
  window.times = [];
  window.wear = async (model) => {
    for (const [name, value] of Object.entries(model)) {
      if (Array.isArray(value)) model[name] = typed(value);
    }
    raster = new Raster({ ...model, photo: (await decode(model.image)).data });
    return 0;
  };
  window.join = async ({ masks, regions, patches }) => {
    const { createExpressions } = await import(`/${code}web/view/js/cpu/expressions.js`);
    const layer = raster.openExpressions(createExpressions, {
      masks: typed(masks),
      regions: regions.map((each) => ({ ...each, triangles: typed(each.triangles) })),
    });
    const taken = [];
    for (const { image, places, ...rest } of patches) {
      taken.push({ ...rest, image: await decode(typed(image)), places: typed(places) });
    }
    layer.add(taken);
    return 0;
  };
  window.time = (frames) => frames.map((text) => paint(typed(["f", text])));
  window.show = async (values, soft) => {
    times.push(paint(typed(["f", values])));
    if (soft) raster.soften(typed(["f", values]));
    context.putImageData(data, 0, 0);
    return canvas.toDataURL("image/png");
  };
}
"""
FIND_PERSON = """
async ({ code, segmenter, longest, image }) => {
  const at = (path) => new URL(path, location.origin).href;
  const web = at(`/${code}web/`);
  const { createPhotoReader } = await import(`${web}bridge/files/photo.js`);
  const reader = createPhotoReader(`${web}bridge/files/photo.worker.js`, {
    bundle: at("/vendor/mediapipe/vision_bundle.mjs"), wasm: at("/vendor/mediapipe/wasm"),
    model: at("/vendor/models/face_landmarker.task"), segmenter: at(segmenter),
  });
  const bitmap = await reader.decode(Uint8Array.from(atob(image), (c) => c.charCodeAt(0)));
  const { matte, width, height } = await reader.person(bitmap, longest);
  reader.close();
  return { matte: Array.from(matte), width, height };
}
"""


class PortraitPage:
    """A page on which portraits are painted by a built site's scripts.

    Args:
        browser: whose page it is.
        dist: the built site.
        api: ``webgl``, ``webgpu`` or ``cpu``.

    Attributes:
        code: where the site's own code lies.
        memory_bytes: video memory of what is worn.
    """

    _rig: PortraitRig
    _expressions: list[Expression]
    memory_bytes: int

    def __init__(self, browser: Browser, dist: Path, api: str = "webgl") -> None:
        self._dist = dist
        self._api = api
        self._size: tuple[int, int] | None = None
        self.code: str = json.loads((dist / "assets.json").read_text("utf-8"))["code"]
        self._context = browser.new_context()
        self._context.route(f"{ORIGIN}/**", self._serve)
        self._page = self._context.new_page()
        self._page.goto(f"{ORIGIN}/")

    def close(self) -> None:
        self._context.close()

    def wear(
        self, portrait: Portrait, size: tuple[int, int], basis: LandmarkBasis | None = None
    ) -> PortraitRig:
        """Prepares a portrait on a canvas of this width and height; ``basis`` as for the rig."""
        if size != self._size:
            width, height = size
            request = {"code": self.code, "api": self._api, "width": width, "height": height}
            self._page.evaluate(PREPARE_CPU if self._api == "cpu" else PREPARE, request)
            self._size = size
        rig = PortraitRig(portrait, basis)
        self.memory_bytes = self._page.evaluate("(model) => wear(model)", _model(portrait, rig))
        self._rig, self._expressions = rig, []
        return rig

    def join(self, *expressions: Expression) -> None:
        """Draws the portrait from further pictures of the person, too; its rig chooses among
        them."""
        for expression in expressions:
            self._expressions.append(expression)
            request = joining(expression)
            self.memory_bytes = self._page.evaluate("(model) => join(model)", request)
        self._rig.set_expressions(self._expressions)

    def show(self, values: npt.NDArray[np.float32], *, soft: bool = False) -> Picture:
        """What the canvas shows of a rig's uniforms: (h, w, 3) uint8.

        Args:
            soft: with the edges of folds softened, as pages show what the CPU has painted.
        """
        request = [_text(values), soft]
        address = self._page.evaluate("([values, soft]) => show(values, soft)", request)
        data = base64.b64decode(address.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def time_frames(self, frames: Sequence[npt.NDArray[np.float32]]) -> list[float]:
        """Milliseconds until the GPU, or what stands in for it, has painted each of them."""
        times: list[float] = self._page.evaluate("(f) => time(f)", [_text(each) for each in frames])
        return times

    def find_person(self, picture: Picture) -> npt.NDArray[np.uint8] | None:
        """The matte of a picture; None where the site cannot tell."""
        if not (self._dist / SEGMENTER).exists():
            return None
        image = base64.b64encode(_encoded(picture)).decode()
        request = {"code": self.code, "segmenter": SEGMENTER, "longest": MATTE_SIDE}
        found = self._page.evaluate(FIND_PERSON, request | {"image": image})
        matte = np.array(found["matte"], dtype=np.uint8)
        return matte.reshape(found["height"], found["width"])

    def evaluate(self, function: str, argument: Any) -> Any:
        """What a JavaScript function makes of an argument on the page, which has the site's
        files at their addresses."""
        return self._page.evaluate(function, argument)

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(f"{ORIGIN}/")
        if not path:
            route.fulfill(content_type="text/html", body="<!doctype html>")
            return
        known = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}
        file = self._dist / path
        kind = known.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        route.fulfill(path=file, content_type=kind or "application/octet-stream")


class PortraitRenderer:
    """A context manager; inside, it satisfies
    :class:`~persona_models.evaluate.reenactment.FrameRenderer`.

    Args:
        dist: the built site.
        chromium: path of the browser.
        api: ``webgl`` or ``webgpu``.
        finds_person: whether to tell the person from the background where the site can.

    Attributes:
        page: paints.
    """

    kinds: tuple[MotionKind, ...] = (MotionKind.RESIDUAL, MotionKind.CALIBRATED, MotionKind.SHAPES)

    def __init__(
        self, dist: Path, chromium: str, api: str = "webgl", *, finds_person: bool = True
    ) -> None:
        self.name = f"{'WebGL' if api == 'webgl' else 'WebGPU'} portrait"
        self._dist = dist
        self._chromium = chromium
        self._api = api
        self._finds_person = finds_person

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        extra = WEBGPU_FLAGS if self._api == "webgpu" else ()
        self._browser = self._playwright.chromium.launch(
            executable_path=self._chromium, args=[*FLAGS, *extra]
        )
        self.page = PortraitPage(self._browser, self._dist, self._api)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        """A picture of the still's size for every motion: (h, w, 3) uint8."""
        height, width = still.picture.shape[:2]
        matte = self.page.find_person(still.picture) if self._finds_person else None
        # The whole basis: it is what the motions were measured with.
        worn = portrait_of(still, matte)
        rig = self.page.wear(worn, (width, height), LandmarkBasis.load())
        pictures = []
        for motion in motions:
            residual = None
            if motion.residual is not None:
                residual = motion.residual.astype(np.float32) / np.float32(CODE_STEPS)
            values = rig.reenact(motion.params.blendshapes, motion.placement, residual)
            pictures.append(self.page.show(values))
        return pictures


def portrait_of(still: Still, matte: npt.NDArray[np.uint8] | None) -> Portrait:
    """A still as the portrait that a photo of it would give."""
    height, width = still.picture.shape[:2]
    return Portrait(
        image=_encoded(still.picture),
        width=width,
        height=height,
        landmarks=still.landmarks.astype(np.float32),
        blendshapes=still.blendshapes.astype(np.float32).clip(0.0, 1.0),
        matte=matte,
    )


def _encoded(picture: Picture) -> bytes:
    """As WebP without any loss, so that the measurement has none of its own."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", lossless=True)
    return file.getvalue()


def _model(portrait: Portrait, rig: PortraitRig) -> dict[str, Any]:
    """What ``createPortrait`` takes, each array as its kind and its bytes in base64."""
    photo = np.asarray(Image.open(io.BytesIO(portrait.image)).convert("RGB"))
    kinds = {"float32": "f", "uint16": "h", "uint8": "b"}
    model: dict[str, Any] = {"image": ["b", base64.b64encode(portrait.image).decode()]}
    for name, value in painter_buffers(portrait, rig, photo).items():
        if isinstance(value, np.ndarray):
            model[name] = [kinds[value.dtype.name], _text(value)]
        else:
            model[name] = value
    return model


def joining(expression: Expression) -> dict[str, Any]:
    """What ``createExpressions`` and its ``add`` take, arrays as kind and base64."""
    regions = [region_buffers(region) for region in Region]
    return {
        "masks": ["b", _text(masks())],
        "regions": [
            {"triangles": ["h", _text(each.triangles)], "opening": each.opening} for each in regions
        ],
        "patches": [_patch(expression, patch) for patch in expression.patches],
    }


def _patch(expression: Expression, patch: Patch) -> dict[str, Any]:
    buffers = PatchBuffers.of(expression, patch)
    return {
        "region": int(patch.region),
        "image": ["b", base64.b64encode(patch.image).decode()],
        "places": ["s", _text(buffers.places)],
        "whole": buffers.whole,
    }


def _text(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
