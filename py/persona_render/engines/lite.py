"""LivePortrait-Lite: the bent photo, and over it what the shipped nets draw of mouth and eyes.

Nets run in onnxruntime on the CPU, everything else in the page's own scripts
(:mod:`~persona_render.engines.painter`), as a page draws it with WebGL. What a page does at the
pace that it can afford is done for every frame here, so no patch is ever older than its frame.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import ManifestError, PortraitError
from persona_core.face.params import FaceParams
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_layer import LiteLayer
from persona_core.neural.families.lite_patches import (
    CHANGES,
    PHOTO,
    PLACES,
    SOURCE,
    TARGET,
    patch_sizes,
    topology,
)
from persona_core.neural.families.lite_pictures import MIX, PICTURES, SPOTS, mix_of, set_tensors
from persona_core.neural.manifest.manifest import Family, GraphStage, Precision
from persona_core.neural.portrait_crop import Square
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.expression_buffers import (
    MAX_PIXELS,
    PatchBuffers,
    masks,
    region_buffers,
    within,
)
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.painter_buffers import painter_buffers
from persona_core.portrait.rig import PortraitRig
from persona_models.onnx.native import NativeModel, run_session
from persona_render.engines.engine import EngineOptions, Picture
from persona_render.engines.painter import PainterPool, Shaped
from persona_render.engines.pixels import decoded
from persona_render.errors import RenderError

SIDES: Final = (256, 384, 512)
THREADS: Final = 1
"""Of one run of a net: several viewers fill the cores better than several threads do."""


class LiteEngine:
    """One copy of the nets for all sessions, which several threads may run at a time.

    Raises:
        RenderError: the model cannot be used (``bad-model``), or there is no Node (``no-node``).
    """

    sides = SIDES

    def __init__(self, options: EngineOptions) -> None:
        try:
            model = NativeModel(options.model, threads=THREADS)
            if model.manifest.family is not Family.LITE:
                raise ManifestError(f"a model of the family {model.manifest.family}")
            self.nets = [
                model.session(graph, Precision.FP32)
                for graph in model.manifest.stage(GraphStage.FRAME)
            ]
        except (ManifestError, OSError) as error:
            raise RenderError(str(error), code="bad-model") from error
        self.manifest = model.manifest
        self.name = f"lite ({model.manifest.name})"
        self.painters = PainterPool(options.workers)

    def open(self, portrait: PortraitSet, side: int) -> LiteSession:
        return LiteSession(self, portrait, side)

    def close(self) -> None:
        self.painters.close()


class LiteSession:
    """One portrait; made by :meth:`LiteEngine.open`."""

    def __init__(self, engine: LiteEngine, portrait: PortraitSet, side: int) -> None:
        manifest, base = engine.manifest, portrait.base
        photo = decoded(base)
        rig = PortraitRig(base)
        layer = LiteLayer.of(base, manifest.rig.crop, patch_sizes(manifest))
        patches = {
            "sizes": layer.sizes,
            "strengths": layer.strengths,
            "feather": layer.feather_px,
            "level": layer.level,
            "kept": layer.kept,
            "triangles": layer.triangles,
        }
        buffers = painter_buffers(base, rig, photo)
        driver = LiteDriver(base, rig, manifest.rig.crop)
        settled = driver.settle(photo)
        self._rig = rig
        self._driver = driver
        self._nets = engine.nets
        self._side = side
        self._told: dict[str, Any] = {name: Shaped(settled[name]) for name in (PHOTO, SOURCE)}
        self._face = engine.painters.open(
            {**buffers, "photo": photo, "patches": patches, "topology": topology(manifest)}
        )
        self._size = {"width": side, "height": side}
        self.square = self._shown_square()
        self._has_set = False
        try:
            self._join(portrait.expressions)
            self.render(FaceParams(0.0))  # what the first picture takes longer, nobody waits for
        except BaseException:
            self.close()
            raise

    def render(self, params: FaceParams) -> Picture:
        values = self._rig.pose(params, params.time_ms)
        told, self._told = self._told, {}
        told[TARGET] = Shaped(self._driver.landmarks(values))
        if self._has_set:
            told[MIX] = Shaped(mix_of(values))
        seen = self._face.ask("look", told)
        tensors: dict[str, Floats] = {}
        for net in self._nets:
            for given in net.get_inputs():
                tensors[given.name] = _floats(seen[given.name]).reshape(given.shape)
            tensors.update(run_session(net, tensors))
        changes = {name: tensors[name] for name in CHANGES} | {PLACES: _floats(seen[PLACES])}
        painted = self._face.ask("paint", {"values": values, **self._size, **changes})
        pixels = np.frombuffer(painted["pixels"], np.uint8)
        return np.ascontiguousarray(pixels.reshape(self._side, self._side, 4)[..., :3])

    def close(self) -> None:
        self._face.close()

    def _shown_square(self) -> Square:
        """What of the photo a picture shows: the page's script tells how it lays the one into the
        other, by a scale and an offset to clip space for either direction."""
        scale, _, across, down = _floats(self._face.ask("fit", self._size)["map"]).tolist()
        return Square(-(across + 1.0) / scale, (down - 1.0) / scale, 2.0 / scale)

    def _join(self, expressions: tuple[Expression, ...]) -> None:
        """Draws from a person's further pictures, too, in order, as far as a set may go."""
        drawn: list[Expression] = []
        mouths: list[Picture | None] = []
        spare = MAX_PIXELS
        for expression in expressions:
            pictures = _pictures(expression, spare)
            if not pictures:
                continue
            patches = tuple(each for each in expression.patches if each.region in pictures)
            small = replace(expression, patches=patches)
            spare -= sum(patch.width * patch.height for patch in small.patches)
            drawn.append(small)
            mouths.append(pictures.get(Region.MOUTH))
            tensors = set_tensors(drawn, mouths)
            self._face.ask(
                "join",
                {
                    "masks": masks(),
                    "regions": _regions(),
                    "patches": [
                        {
                            "region": int(patch.region),
                            "image": {
                                "width": patch.width,
                                "height": patch.height,
                                "data": pictures[patch.region],
                            },
                            "places": buffers.places,
                            "whole": buffers.whole,
                        }
                        for patch in small.patches
                        for buffers in (PatchBuffers.of(small, patch),)
                    ],
                    **{name: Shaped(tensors[name]) for name in (PICTURES, SPOTS)},
                },
            )
            self._has_set = True
        if drawn:
            self._rig.set_expressions(drawn)


def _pictures(expression: Expression, spare: int) -> dict[Region, Picture]:
    """Its patches' pixels by region; those that cannot be decoded, or are more than a set may have,
    are left out, as on a page."""
    small = within(expression, spare)
    pictures = {}
    for patch in () if small is None else small.patches:
        with suppress(PortraitError):
            pictures[patch.region] = decoded(patch)
    return pictures


def _regions() -> list[dict[str, Any]]:
    regions = [region_buffers(region) for region in Region]
    return [{"triangles": each.triangles, "opening": each.opening} for each in regions]


def _floats(data: memoryview) -> Floats:
    return np.frombuffer(data, np.float32)
