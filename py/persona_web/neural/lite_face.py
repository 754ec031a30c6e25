"""``LiteFace``: one portrait on LivePortrait-Lite's nets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.neural.families.lite_patches import CHANGES, PICTURE, PICTURE_STEP, PLACES, STEP
from persona_core.neural.manifest.manifest import GraphStage
from persona_web.bridge.neural.inference import Ran
from persona_web.bridge.site import Site
from persona_web.neural.neural_model import NeuralModel

Floats = npt.NDArray[np.float32]

_WANTED: Final = (*CHANGES, PLACES)


class LiteFace:
    """What the nets draw of one portrait.

    The script that computes what the nets see runs where they do: only landmarks go there, and
    only small patches come back.

    Args:
        settled: what is known of the portrait once for all, by tensor.
        whole: whether whole pictures are drawn, for a place without a GPU; on wasm only.
    """

    def __init__(
        self, model: NeuralModel, settled: Mapping[str, Floats], *, whole: bool = False
    ) -> None:
        self._model = model
        self._inference = model.inference
        self._name = model.name_face()
        self._settled = settled
        self._whole = whole
        self._frame = [STEP, *(graph.name for graph in model.manifest.stage(GraphStage.FRAME))]
        if whole:
            self._frame.append(PICTURE_STEP)

    @property
    def is_free(self) -> bool:
        """Whether a frame would be drawn now."""
        return self._model.is_free

    async def draw(self, parameters: Mapping[str, Floats]) -> Ran:
        """One frame.

        Args:
            parameters: the frame's landmarks by tensor.

        Returns:
            with the changes as a picture: a JavaScript object of arrays by tensor, or on WebGPU
            of tensors, which live until the face's run after the next one begins. Where whole
            pictures are drawn, an ``ImageBitmap`` that is the caller's to close.
        """
        given, run = {**self._settled, **parameters}, self._inference.run
        if self._whole:
            ran = await run(self._frame, given, picture=PICTURE, face=self._name)
        elif self._inference.on_gpu:
            ran = await run(self._frame, given, face=self._name)
            slots = {name: self._inference.slot(name, self._name) for name in _WANTED}
            ran = replace(ran, picture=Site.to_object(slots))
        else:
            ran = await run(self._frame, given, hand=_WANTED, face=self._name)
            ran = replace(ran, picture=ran.arrays)
        self._settled = {}
        return ran

    async def close(self) -> None:
        """Frees what it holds."""
        await self._inference.drop(self._name)
