"""LivePortrait-Lite's scripts on a blank page: nets, patches and painter, driven from here."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Page, Playwright
from tests.support import graphics, pictures
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.site_server import ROOT

from persona_core.face.params import FaceParams
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_layer import LiteLayer
from persona_core.neural.families.lite_patches import PLACES, patch_sizes, topology
from persona_core.neural.families.lite_pictures import set_tensors
from persona_core.neural.manifest.manifest import Manifest
from persona_core.neural.manifest.manifest_json import read_manifest
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.painter_buffers import painter_buffers
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_models.evaluate.portrait_renderer import joining

Floats = npt.NDArray[np.float32]

MODEL = ROOT / "static" / "models" / "liveportrait-lite"
KINDS = {"float32": "f", "float16": "h", "uint16": "h", "uint8": "b"}
BUNDLES = {"webgl": "ort.wasm.min.mjs", "webgpu": "ort.jspi.min.mjs"}


def files(dist: Path) -> dict[str, Path | bytes]:
    """What a blank page has to serve."""
    return {
        "/web": ROOT / "py" / "persona_web",
        "/tests": Path(__file__).parent,
        "/vendor": dist / "vendor",
        "/model": MODEL,
    }


@contextmanager
def blank_page(playwright: Playwright, dist: Path) -> Iterator[Page]:
    """A page with nothing but these files, in a browser with WebGL."""
    browser = launch(playwright, *graphics.WEBGL)
    with bare_page(browser, files(dist)) as page:
        page.set_default_timeout(120_000)
        yield page
    browser.close()


def lite_manifest() -> Manifest:
    return read_manifest((MODEL / "manifest.json").read_bytes())


class LitePage:
    """The page.

    Attributes:
        portrait: that it wears.
        layer: of its patches.
    """

    def __init__(self, page: Page, api: str, size: int = 512, *, nets: bool = True) -> None:
        self.manifest = lite_manifest()
        self._page = page
        self._call("open", api=api, size=size, **(self._model(api) if nets else {}))

    def _model(self, api: str) -> dict[str, Any]:
        manifest = json.loads((MODEL / "manifest.json").read_text("utf-8"))
        return {
            "manifest": manifest,
            "topology": topology(self.manifest),
            "bundle": BUNDLES[api],
        }

    def wear(
        self,
        portrait: Portrait,
        strengths: tuple[float, float, float] | None = None,
        *,
        eyewear: bool = False,
    ) -> None:
        """Puts on a portrait; where glasses do not count, they bend like skin."""
        self.portrait = portrait
        self.photo = np.asarray(Image.open(io.BytesIO(portrait.image)).convert("RGB"))
        self._rig = PortraitRig(portrait)
        self.driver = LiteDriver(portrait, self._rig, self.manifest.rig.crop)
        self.settled = self.driver.settle(self.photo)
        self.layer = LiteLayer.of(portrait, self.manifest.rig.crop, patch_sizes(self.manifest))
        patches = {
            "sizes": self.layer.sizes,
            "strengths": strengths or self.layer.strengths,
            "feather": self.layer.feather_px,
            "level": self.layer.level,
            "kept": _packed(self.layer.kept),
            "triangles": [_packed(each) for each in self.layer.triangles],
        }
        settled = {
            name: {"dims": each.shape, "data": _packed(each)} for name, each in self.settled.items()
        }
        model = _model(portrait, self._rig, self.photo)
        if not eyewear:
            model["moves"] = _packed(self._rig.mesh.moves)
            model["moveCount"] = len(self._rig.mesh.moves)
        self._call("wear", model=model, patches=patches, settled=settled)
        self.expressions: list[Expression] = []

    def join(self, expression: Expression) -> None:
        """Draws from a further picture of the person, too, and tells the mouth's net of all."""
        self.expressions.append(expression)
        self._rig.set_expressions(self.expressions)
        self.set_tensors = set_tensors(self.expressions, [_mouth(e) for e in self.expressions])
        settled = {
            name: {"dims": each.shape, "data": _packed(each)}
            for name, each in self.set_tensors.items()
        }
        self._call("join", **joining(expression), settled=settled)

    @property
    def at_rest(self) -> Floats:
        """The uniforms that show the photo as it is."""
        return self._rig.reenact(self.portrait.blendshapes, self._rig.placement).copy()

    def places(self, target: Floats) -> Floats:
        """(3, 468, 2): where landmarks lie in their own patches."""
        found = self.infer(target, PLACES)["values"][PLACES]
        return np.array(found, np.float32).reshape(3, -1, 2)

    def pose(self, face: FaceParams, now_ms: float = 0.0) -> tuple[Floats, Floats]:
        """A face's uniforms and landmarks."""
        values = self._rig.pose(face, now_ms).copy()
        return values, self.driver.landmarks(values)

    def infer(self, target: Floats, *read: str, mix: Floats | None = None) -> dict[str, Any]:
        given = {} if mix is None else {"mix": _packed(mix)}
        return self._call("infer", target=_packed(target), read=read, **given)

    def tint(self, colour: tuple[float, float, float], places: Floats) -> None:
        self._call("tint", colour=colour, sizes=self.layer.sizes, places=_packed(places))

    def show(self, values: Floats, share: float) -> pictures.Pixels:
        return pictures.decode(self._call("show", values=_packed(values), share=share))

    @property
    def errors(self) -> list[str]:
        return self._call("told")

    def _call(self, verb: str, **given: Any) -> Any:
        script = "async ([verb, given]) => (await import('/tests/lite_page.js'))[verb](given)"
        return self._page.evaluate(script, [verb, given])


def _mouth(expression: Expression) -> npt.NDArray[np.uint8] | None:
    patch = expression.patch(Region.MOUTH)
    return None if patch is None else np.asarray(Image.open(io.BytesIO(patch.image)).convert("RGB"))


def _packed(array: npt.NDArray[Any]) -> tuple[str, str]:
    data = np.ascontiguousarray(array)
    return KINDS[data.dtype.name], base64.b64encode(data.tobytes()).decode()


def _model(portrait: Portrait, rig: PortraitRig, photo: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """What ``createPortrait`` takes, without the patches."""
    model: dict[str, Any] = {"image": _packed(np.frombuffer(portrait.image, np.uint8))}
    for name, value in painter_buffers(portrait, rig, photo).items():
        model[name] = _packed(value) if isinstance(value, np.ndarray) else value
    return model
