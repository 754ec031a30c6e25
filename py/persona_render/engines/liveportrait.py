"""LivePortrait's family: features once a portrait, a picture a frame, by the keypoints of a face.

One copy of the weights serves all sessions. Frames that wait for one another are painted together.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnxruntime

from persona_core.base.arrays import Floats
from persona_core.errors import ManifestError, ModelError
from persona_core.face.params import FaceParams
from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.families.liveportrait_motion import HEADS
from persona_core.neural.manifest.manifest import Family, GraphStage
from persona_core.neural.portrait_crop import Square
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_models.onnx.native import NativeModel
from persona_render.engines.device_graphs import DeviceGraphs, Values
from persona_render.engines.engine import EngineOptions, Picture
from persona_render.engines.picture_batch import PictureBatch
from persona_render.engines.pixels import decoded
from persona_render.engines.together import Together
from persona_render.errors import RenderError

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"
PROVIDERS: Final = {"cpu": (CPU,), "cuda": (CUDA, CPU), "tensorrt": (TENSORRT, CUDA, CPU)}
"""By the device that is asked for. TensorRT takes minutes to begin, so nobody gets it unasked."""
CUDA_BATCH: Final = 4
"""Pictures at once on CUDA, where nothing else is asked for. TensorRT would build anew for each
number of them, and a processor is as busy with one as with several."""


class LivePortraitEngine:
    """
    Raises:
        RenderError: the model cannot be used (``bad-model``), or not for as many pictures at once
            as are asked for (``no-batch``), or the device is not here (``no-cuda``).
    """

    def __init__(self, options: EngineOptions) -> None:
        providers = providers_for(options.device)
        batch = options.batch or (CUDA_BATCH if providers[0] == CUDA else 1)
        try:
            model = NativeModel(options.model, providers=providers)
            manifest = model.manifest
            if manifest.family is not Family.LIVEPORTRAIT:
                raise ManifestError(f"a model of the family {manifest.family}")
            self._load(model, "cpu" if providers[0] == CPU else "cuda", options, batch)
        except RenderError:
            raise
        except Exception as error:  # onnxruntime's, which share no root
            raise RenderError(str(error)[:300], code="bad-model") from error
        given = self.graphs.session(self.graphs.last).get_providers()[0]
        if given != providers[0]:
            raise RenderError(f"{providers[0]}, only {given}", code="no-cuda")
        self.sides: tuple[int, ...] = (manifest.tensor(self.graphs.image).shape[-1],)
        self.name = f"{manifest.name} ({given.removesuffix('ExecutionProvider')})"

    def open(self, portrait: PortraitSet, side: int) -> LivePortraitSession:
        """Its pictures are of the portrait alone, not of a person's further ones."""
        return LivePortraitSession(self, portrait)

    def picture(self, values: Values) -> Floats:
        """The picture (3, side, side) of one frame, whose inputs are among the values."""
        if self._together is not None:
            return self._together.do(values)
        return self.graphs.picture(values)

    def close(self) -> None:
        self.graphs.close()

    def _load(self, model: NativeModel, device: str, options: EngineOptions, batch: int) -> None:
        """Loads the graphs for so many pictures at once as there are workers to ask for, else, if
        nobody insists, for one."""
        self._together: Together[Values, Floats] | None = None
        refused = ""
        if (most := min(batch, options.workers)) > 1:
            try:
                self.graphs, self._together = _several(model, device, most)
                return
            except Exception as error:  # onnxruntime's, which share no root
                refused = str(error)[:300] or type(error).__name__
        self.graphs = DeviceGraphs(model, device)
        if refused and options.batch:
            raise RenderError(refused, code="no-batch")


class LivePortraitSession:
    """One portrait; made by :meth:`LivePortraitEngine.open`."""

    def __init__(self, engine: LivePortraitEngine, portrait: PortraitSet) -> None:
        manifest, graphs = engine.graphs.manifest, engine.graphs
        inputs: dict[str, Floats] = {}
        self.square: Square | None = None
        if manifest.interface.portrait is not None:
            tensor = manifest.tensor(manifest.interface.portrait)
            self.square = Square.about(portrait.base.landmarks, manifest.rig.crop)
            inputs[tensor.name] = self.square.cut(decoded(portrait.base), *tensor.shape[-2:])
        self._engine = engine
        self._driver = KeypointDriver()
        kept = graphs.run(GraphStage.PORTRAIT, graphs.put(inputs))
        try:
            settled = self._driver.settle({head: kept[head].numpy() for head in HEADS})
        except ModelError as error:
            raise RenderError(error.detail, code="bad-model") from error
        self._kept: Values = kept | graphs.put(settled)

    def render(self, params: FaceParams) -> Picture:
        engine = self._engine
        values = self._kept | engine.graphs.put(self._driver.parameters(params))
        levels = np.rint(255.0 * engine.picture(values).clip(0.0, 1.0)).astype(np.uint8)
        return np.ascontiguousarray(levels.transpose(1, 2, 0))

    def close(self) -> None:
        self._kept = {}


def _several(
    model: NativeModel, device: str, most: int
) -> tuple[DeviceGraphs, Together[Values, Floats]]:
    """The graphs, and what paints frames that wait for one another by them."""
    graphs = DeviceGraphs(model, device, any_batch=True)
    return graphs, Together(PictureBatch(graphs, most).draw, most)


def providers_for(device: str) -> tuple[str, ...]:
    """onnxruntime's providers, the first choice first.

    Args:
        device: ``auto`` takes CUDA where it is.

    Raises:
        RenderError: this onnxruntime has no such provider (``no-cuda``).
    """
    there = onnxruntime.get_available_providers()
    if device == "auto":
        device = "cuda" if CUDA in there else "cpu"
    wanted = PROVIDERS[device]
    if wanted[0] not in there:
        raise RenderError(wanted[0], code="no-cuda")
    return tuple(name for name in wanted if name in there)
