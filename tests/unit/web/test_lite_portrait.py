"""LivePortrait-Lite at its place: the bent photo every frame, patches when nets have drawn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.support.portrait_sets import GREEN, expression, plain
from tests.support.portraits import canonical_portrait
from tests.unit.web.stage_parts import FakeClock

from persona_core.errors import ModelError
from persona_core.face.blendshapes import COUNT, Blendshape
from persona_core.face.params import FaceParams
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_layer import STALE_MS
from persona_core.neural.families.lite_patches import TARGET
from persona_core.neural.families.lite_pictures import MIX, PICTURES, SPOTS
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.rig import PortraitRig
from persona_web.neural.neural_portrait import NeuralPortrait, PatchedPhoto

LIP = 14
"""The middle of the lower lip."""


@dataclass
class FakeRan:
    ms: float
    picture: Any


class FakeNets:
    """Hand over the lower lip's height as their changes, when they may."""

    def __init__(self) -> None:
        self.is_free = True
        self.asked: list[float] = []
        self.told: list[set[str]] = []
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fault: Exception | None = None
        self.closed = False

    async def draw(self, parameters: dict[str, Any]) -> FakeRan:
        self.is_free = False
        lip = float(parameters[TARGET][LIP, 1])
        self.asked.append(lip)
        self.told.append(set(parameters))
        try:
            await self.may_end.wait()
            if self.fault is not None:
                raise self.fault
        finally:
            self.is_free = True
        return FakeRan(5.0, lip)

    async def close(self) -> None:
        self.closed = True


class FakeScene:
    memory_bytes = 9

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.shares: list[float] = []
        self.closed = False

    def take(self, changes: float) -> None:
        assert not self.closed
        self.taken.append(changes)

    def show(self, values: Any, share: float) -> None:
        assert values.shape == (4 * layout.VECTORS,)
        self.values = values.copy()
        self.shares.append(share)

    async def add(self, expression: Expression) -> Expression:
        return expression

    async def mouth_pixels(self, expression: Expression) -> npt.NDArray[np.uint8]:
        patch = expression.patch(Region.MOUTH)
        assert patch is not None
        return np.zeros((patch.height, patch.width, 4), np.uint8)

    def close(self) -> None:
        self.closed = True


class Easel:
    def __init__(self) -> None:
        photo = canonical_portrait()
        rig = PortraitRig(photo)
        self.clock, self.nets, self.scene = FakeClock(), FakeNets(), FakeScene()
        driver = LiteDriver(photo, rig, PhotoCrop(2.3, -0.125, 0.3))
        self.lite = NeuralPortrait(
            self.nets,
            PatchedPhoto(driver, rig, self.scene, self.clock),
            PerformanceMonitor(),
            self.clock,
            lambda: 30.0,
        )

    async def display(self, jaw: float, frames: int = 1) -> None:
        """Shows a face for some frames at 60 Hz."""
        shapes = np.zeros(COUNT, np.float32)
        shapes[Blendshape.JAW_OPEN] = jaw
        for _ in range(frames):
            self.clock.now += 1000.0 / 60.0
            self.lite.draw(FaceParams(0.0, shapes), self.clock.now)
            for _turn in range(4):
                await asyncio.sleep(0)


async def test_every_frame_is_shown_while_the_nets_keep_their_pace() -> None:
    easel = Easel()
    await easel.lite.begin()
    await easel.display(0.5, frames=12)
    assert len(easel.scene.shares) == 12
    assert easel.scene.taken == easel.nets.asked
    assert 5 <= len(easel.nets.asked) <= 8
    assert easel.nets.asked[-1] > easel.nets.asked[0], "the newest face is what they are told"
    assert easel.scene.shares[-1] == 1.0


async def test_portrait_goes_on_without_patches_when_the_nets_fall_silent() -> None:
    easel = Easel()
    await easel.lite.begin()
    await easel.display(0.0, frames=3)
    easel.nets.may_end.clear()
    frames = int(STALE_MS * 0.06) + 6
    await easel.display(0.5, frames=frames)
    assert len(easel.scene.shares) == frames + 3
    assert easel.scene.shares[-1] == 0.0
    easel.nets.may_end.set()
    await easel.display(0.5, frames=15)
    assert easel.scene.shares[-1] == 1.0


async def test_failure_of_the_nets_is_told_with_the_next_frame() -> None:
    easel = Easel()
    await easel.lite.begin()
    easel.nets.fault = ModelError("gone", code="gpu-lost")
    await easel.display(0.0)
    with pytest.raises(ModelError):
        await easel.display(0.0, frames=4)


async def test_patches_that_come_after_the_end_are_let_go() -> None:
    easel = Easel()
    await easel.lite.begin()
    easel.nets.may_end.clear()
    await easel.display(0.0, frames=4)
    easel.lite.close()
    easel.nets.may_end.set()
    for _turn in range(6):
        await asyncio.sleep(0)
    assert len(easel.scene.taken) == 1
    assert easel.nets.closed
    assert easel.scene.closed


async def test_expression_joins_beside_the_nets_when_it_comes_later() -> None:
    easel = Easel()
    await easel.lite.begin()
    await easel.display(0.6)
    shares = slice(layout.SHARES, layout.GAZES)
    assert not easel.scene.values.reshape(-1, 4)[shares].any()
    assert easel.nets.told[-1] == {TARGET}
    paints = {Region.MOUTH: plain(GREEN)}
    await easel.lite.add_expression(expression(canonical_portrait(), {"jaw_open": 0.6}, paints))
    await easel.display(0.6)
    number, weight = easel.scene.values.reshape(-1, 4)[shares].reshape(4, -1)[Region.MOUTH, :2]
    assert (number, weight) == (0.0, pytest.approx(1.0, abs=0.05))
    await easel.display(0.6, frames=12)
    told = easel.nets.told
    assert told.count({TARGET, MIX, PICTURES, SPOTS}) == 1, "pictures go to the nets once"
    assert told[-1] == {TARGET, MIX}


async def test_nets_are_told_of_an_expression_again_when_they_were_busy() -> None:
    easel = Easel()
    await easel.lite.begin()
    paints = {Region.MOUTH: plain(GREEN)}
    easel.nets.fault = ModelError("another face's turn", code="model-busy")
    await easel.lite.add_expression(expression(canonical_portrait(), {"jaw_open": 0.6}, paints))
    await easel.display(0.6, frames=4)
    easel.nets.fault = None
    await easel.display(0.6, frames=40)
    sent = [PICTURES in each for each in easel.nets.told]
    assert sent.count(True) >= 2
    assert not sent[-1]
