"""A neural portrait that a model draws now and then, by a model and a screen in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from tests.support.portraits import canonical_portrait
from tests.unit.web.stage_parts import FakeClock

from persona_core.errors import ModelError
from persona_core.face.blendshapes import COUNT, Blendshape
from persona_core.face.params import FaceParams
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import Reprojection
from persona_web.neural.neural_portrait import BentPicture, NeuralPortrait


@dataclass
class FakeRan:
    ms: float
    picture: Any


class FakeFace:
    """Draws a picture, the jaw's value, when it is told to."""

    def __init__(self) -> None:
        self.is_free = True
        self.asked: list[float] = []
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fault: Exception | None = None
        self.closed = False

    async def draw(self, parameters: dict[str, Any]) -> FakeRan:
        self.is_free = False
        jaw = float(parameters["jaw"][0])
        self.asked.append(jaw)
        try:
            await self.may_end.wait()
            if self.fault is not None:
                raise self.fault
        finally:
            self.is_free = True
        return FakeRan(5.0, jaw)

    async def close(self) -> None:
        self.closed = True


class FakeScreen:
    bends = True
    memory_bytes = 7

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.shown: list[tuple[float, Any]] = []
        self.closed = False

    def take(self, picture: float) -> None:
        self.taken.append(picture)

    def show(self, mesh: Any) -> None:
        self.shown.append((self.taken[-1], None if mesh is None else mesh.copy()))

    def close(self) -> None:
        self.closed = True


class Easel:
    """A neural portrait with everything around it."""

    def __init__(self) -> None:
        photo = canonical_portrait()
        mesh = Reprojection(photo, Square.about(photo.landmarks, PhotoCrop(2.3, -0.125, 0.3)))
        self.clock, self.face, self.screen = FakeClock(), FakeFace(), FakeScreen()
        self.monitor = PerformanceMonitor()
        self.limit_hz = 30.0
        self.portrait = NeuralPortrait(
            self.face,
            BentPicture(
                lambda face: {"jaw": face.blendshapes[[Blendshape.JAW_OPEN]]}, self.screen, mesh
            ),
            self.monitor,
            self.clock,
            lambda: self.limit_hz,
        )

    async def display(self, jaw: float, frames: int = 1) -> None:
        """Shows a face for some frames at 60 Hz."""
        for _ in range(frames):
            self.clock.now += 1000.0 / 60.0
            self.portrait.draw(face(jaw), self.clock.now)
            for _turn in range(4):
                await asyncio.sleep(0)

    @property
    def bent(self) -> float:
        """How far the newest frame was bent, in sides of the picture."""
        mesh = self.screen.shown[-1][1]
        return float(np.abs(mesh[:, :2] - mesh[:, 2:]).max())


def face(jaw: float) -> FaceParams:
    shapes = np.zeros(COUNT, np.float32)
    shapes[Blendshape.JAW_OPEN] = jaw
    return FaceParams(0.0, shapes)


async def test_portrait_asks_its_model_at_its_pace_and_shows_every_frame() -> None:
    easel = Easel()
    await easel.portrait.begin()
    await easel.display(0.5, frames=60)
    assert len(easel.screen.shown) == 60
    assert 28 <= len(easel.face.asked) - 1 <= 31
    easel.limit_hz = 10.0
    easel.face.asked.clear()
    await easel.display(0.5, frames=60)
    assert 9 <= len(easel.face.asked) <= 11
    assert easel.monitor.snapshot(easel.clock.now).inference_ms == pytest.approx(5.0)


async def test_portrait_bends_the_last_picture_while_the_next_one_is_computed() -> None:
    easel = Easel()
    await easel.portrait.begin()
    easel.face.may_end.clear()
    await easel.display(0.2)
    assert easel.screen.shown[-1][0] == 0.0
    slightly = easel.bent
    await easel.display(1.0, frames=5)
    assert easel.bent > slightly > 0.0
    assert easel.face.asked == pytest.approx([0.0, 0.2]), "none waits for its turn"

    easel.face.may_end.set()
    await easel.display(1.0)
    assert easel.screen.taken[-1] == pytest.approx(0.2)
    await easel.display(1.0, frames=4)
    assert easel.face.asked[2] == 1.0, "the newest face is next, whatever was shown meanwhile"
    await easel.display(1.0)
    assert easel.screen.shown[-1][0] == 1.0


async def test_portrait_tells_with_the_next_frame_when_its_model_has_failed() -> None:
    easel = Easel()
    await easel.portrait.begin()
    easel.face.fault = ModelError("black", code="model-run-failed")
    await easel.display(0.5)
    with pytest.raises(ModelError, match="black"):
        await easel.display(0.5)


@pytest.mark.parametrize("code", ["model-busy", "model-cancelled"])
async def test_portrait_keeps_its_picture_when_its_model_is_taken_or_going(code: str) -> None:
    easel = Easel()
    await easel.portrait.begin()
    easel.face.fault = ModelError("no", code=code)
    await easel.display(0.5, frames=6)
    assert len(easel.screen.shown) == 6
    easel.face.fault = None
    await easel.display(0.5, frames=3)
    assert easel.screen.taken[-1] == 0.5


async def test_portrait_frees_screen_and_model_when_it_is_closed_in_the_middle() -> None:
    easel = Easel()
    await easel.portrait.begin()
    easel.face.may_end.clear()
    await easel.display(0.5)
    easel.portrait.close()
    easel.face.may_end.set()
    for _turn in range(4):
        await asyncio.sleep(0)
    assert easel.screen.closed
    assert easel.face.closed
    assert easel.portrait.memory_bytes == 7
