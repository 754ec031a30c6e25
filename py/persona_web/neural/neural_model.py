"""A loaded neural model, and the portraits that it draws. Nothing here shows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest import GraphStage, Manifest, Precision
from persona_web.bridge.neural.inference import Inference, Ran
from persona_web.bridge.site import Site


class NeuralModel:
    """A model that has passed its self-check on one backend."""

    def __init__(self, manifest: Manifest, inference: Inference, precision: Precision) -> None:
        """Made by :func:`~persona_web.neural.model_loading.load_model`."""
        self.manifest = manifest
        self.inference = inference
        self.precision = precision
        self._turn = asyncio.Lock()
        self._faces = 0

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        height, width = self.manifest.tensor(self.manifest.interface.images[0]).shape[-2:]
        return height, width

    @property
    def is_lost(self) -> bool:
        """Whether the device it computed on is gone."""
        return self.inference.is_lost

    @property
    def is_free(self) -> bool:
        """Whether it is at work for no face, and nobody waits for it."""
        return not (self.inference.is_running or self._turn.locked())

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The model to oneself for several runs, once the present one has ended."""
        async with self._turn:
            await self.inference.idle()
            yield

    def face(
        self,
        *,
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        picture: str | None = None,
        hand: Sequence[str] = (),
    ) -> NeuralFace:
        """A portrait to be drawn by this model, beside others.

        Args:
            before: steps of a script that a frame takes before the model's graphs.
            after: and after them.
            picture: the tensor that is a frame's picture; by default the interface's first.
            hand: tensors to be handed over, by name, in place of a picture.
        """
        self._faces += 1
        graphs = [graph.name for graph in self.manifest.stage(GraphStage.FRAME)]
        picture = picture or self.manifest.interface.images[0]
        return NeuralFace(self, f"face-{self._faces}", [*before, *graphs, *after], picture, hand)

    async def close(self) -> None:
        await self.inference.close()


class NeuralFace:
    """One portrait on a model: what was computed once for it, and its newest picture."""

    def __init__(
        self,
        model: NeuralModel,
        name: str,
        frame: Sequence[str],
        picture: str,
        hand: Sequence[str],
    ) -> None:
        """Made by :meth:`NeuralModel.face`."""
        self._model = model
        self._inference = model.inference
        self._name = name
        self._frame = frame
        self._picture = picture
        self._hand = hand

    @property
    def is_free(self) -> bool:
        """Whether a frame would be drawn now."""
        return self._model.is_free

    async def set_portrait(
        self, inputs: Mapping[str, Floats], read: Sequence[str] = ()
    ) -> dict[str, Floats]:
        """Runs what is run once for a portrait.

        Args:
            inputs: the picture by tensor, in its shape.
            read: tensors to be given back, flat.
        """
        graphs = [graph.name for graph in self._model.manifest.stage(GraphStage.PORTRAIT)]
        ran = await self._inference.run(graphs, inputs, read=read, face=self._name)
        return ran.values

    async def settle(self, inputs: Mapping[str, Floats]) -> None:
        """Takes what stays the same for all frames of a portrait, by tensor, in their shapes."""
        await self._inference.run([], inputs, face=self._name)

    async def draw(self, parameters: Mapping[str, Floats]) -> Ran:
        """One frame.

        Args:
            parameters: the frame's inputs by tensor, in their shapes.

        Returns:
            with the picture: an ``ImageBitmap`` that is the caller's to close, or on WebGPU the
            tensor, which lives until the face's run after the next one begins. Where tensors are
            handed over, a JavaScript object of them, or of arrays where there is no WebGPU.
        """
        run, slot = self._inference.run, self._inference.slot
        if not self._hand:
            ran = await run(self._frame, parameters, picture=self._picture, face=self._name)
            if ran.picture is not None:
                return ran
            return replace(ran, picture=slot(self._picture, self._name))
        if not self._inference.on_gpu:
            ran = await run(self._frame, parameters, hand=self._hand, face=self._name)
            return replace(ran, picture=ran.arrays)
        ran = await run(self._frame, parameters, face=self._name)
        slots = {name: slot(name, self._name) for name in self._hand}
        return replace(ran, picture=Site.to_object(slots))

    async def close(self) -> None:
        """Frees what it holds."""
        await self._inference.drop(self._name)
