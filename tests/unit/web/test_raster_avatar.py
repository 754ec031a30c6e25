"""Pictures by the CPU: the newest face is painted next, and nothing queues."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.expressions import params
from tests.support.faces import face
from tests.support.portrait_sets import GREEN, expression, plain
from tests.support.portraits import canonical_portrait, portrait_set
from tests.unit.web.stage_parts import Theatre, frames, settle

from persona_core.base.arrays import Floats
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import SurfaceError
from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.modes import GPUMode, Rung
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.room.portrait_peer import PortraitPeer
from persona_web.view.avatar_view import OnLost
from persona_web.view.raster_avatar import MOST_HZ, RasterAvatar
from persona_web.view.renderer import CanvasRenderer
from persona_web.view.seen import Seen

FRAME_MS = 1000.0 / 60.0


class SlowScene:
    """A worker that takes so many displayed frames for a picture."""

    def __init__(self, takes: int = 1) -> None:
        self.takes = takes
        self.asked: list[tuple[Floats, int]] = []
        self.left = 0
        self.shown = 0
        self.fault = ""
        self.closed = False
        self.ready = asyncio.Event()
        self.taken: list[Expression] = []

    async def add(self, expression: Expression) -> Expression | None:
        """Takes it when ``ready``."""
        await self.ready.wait()
        self.taken.append(expression)
        return expression

    @property
    def is_free(self) -> bool:
        return self.left == 0

    def size(self, side: int) -> tuple[int, int]:
        return side, side

    def request(self, values: Floats, width: int, _height: int) -> None:
        assert self.is_free, "one picture at a time"
        self.left = self.takes
        self.asked.append((values.copy(), width))

    async def done(self) -> None:
        self.left = 0

    def show(self) -> None:
        self.shown += 1

    def tick(self) -> None:
        self.left = max(self.left - 1, 0)

    def close(self) -> None:
        self.closed = True


def avatar_on(scene: SlowScene, side: int = 256) -> tuple[RasterAvatar, PortraitRig]:
    rig = PortraitRig(canonical_portrait())
    return RasterAvatar(scene, rig, lambda: side), rig


async def test_picture_is_there_before_the_first_frame_when_it_has_begun() -> None:
    scene = SlowScene()
    avatar, _rig = avatar_on(scene, 192)
    await avatar.begin()
    assert [side for _values, side in scene.asked] == [192]
    assert scene.shown == 0
    avatar.draw(FaceParams(0.0), 0.0)
    assert scene.shown == 1
    avatar.close()
    assert scene.closed


async def test_newest_face_is_asked_for_and_those_between_are_not_when_painting_is_slow() -> None:
    scene = SlowScene(takes=6)
    avatar, rig = avatar_on(scene)
    jaws = [0.01 * number for number in range(60)]
    for number, jaw in enumerate(jaws):
        scene.tick()
        avatar.draw(params({"jawOpen": jaw}), number * FRAME_MS)
    assert len(scene.asked) == 10, "ten a second"
    assert scene.shown == 60
    for at, (values, _side) in enumerate(scene.asked):
        face = params({"jawOpen": jaws[6 * at]})
        assert values == pytest.approx(rig.pose(face, 6 * at * FRAME_MS), abs=1e-6)


async def test_no_more_pictures_are_asked_for_than_are_wanted_when_painting_is_quick() -> None:
    scene = SlowScene()
    avatar, _rig = avatar_on(scene)
    for number in range(120):
        scene.tick()
        avatar.draw(params({"jawOpen": number % 10 / 10.0}), number * FRAME_MS)
    assert len(scene.asked) == pytest.approx(2 * MOST_HZ, abs=1)


async def test_picture_is_kept_and_counts_when_another_one_would_look_the_same() -> None:
    scene, rig, sides = SlowScene(), PortraitRig(canonical_portrait()), [256]
    kept: list[None] = []
    avatar = RasterAvatar(scene, rig, lambda: sides[0], lambda: kept.append(None))
    for number in range(120):
        scene.tick()
        avatar.draw(FaceParams(0.0), number * FRAME_MS)
    assert len(scene.asked) < MOST_HZ, "somebody who only breathes"
    assert len(scene.asked) + len(kept) == pytest.approx(2 * MOST_HZ, abs=1)

    asked = len(scene.asked)
    sides[0] = 192
    scene.tick()
    avatar.draw(FaceParams(0.0), 120 * FRAME_MS)
    assert len(scene.asked) == asked + 1, "with as many pixels as are wanted now"
    scene.tick()
    avatar.draw(params({"eyeBlinkLeft": 0.1}), 122 * FRAME_MS)
    assert len(scene.asked) == asked + 2, "a lid that begins to fall"


async def test_frame_fails_when_the_worker_has() -> None:
    scene = SlowScene()
    avatar, _rig = avatar_on(scene)
    scene.fault = "out of memory"
    with pytest.raises(SurfaceError, match="out of memory"):
        avatar.draw(FaceParams(0.0), 0.0)
    with pytest.raises(SurfaceError):
        await avatar.begin()


async def test_frames_go_on_and_are_of_the_set_as_soon_as_the_worker_has_its_picture() -> None:
    scene, speaks = SlowScene(), {"jaw_open": 0.6}
    avatar, _rig = avatar_on(scene)
    further = expression(canonical_portrait(), speaks, {Region.MOUTH: plain(GREEN)})
    adding = asyncio.ensure_future(avatar.add_expression(further))
    await asyncio.sleep(0)
    for number in range(4):
        if number == 2:
            scene.ready.set()
            await adding
        scene.tick()
        avatar.draw(face(**speaks), 5_000.0 * number)
    assert avatar.expressions == (further,)
    of_set = [
        values.reshape(-1, 4)[layout.SHARES + 2 * Region.MOUTH, :2].tolist()
        for values, _side in scene.asked
    ]
    assert of_set[:2] == [[0.0, 0.0]] * 2
    assert [number for number, _share in of_set[2:]] == [0.0, 0.0]
    assert of_set[3][1] > 0.9


class Sheet:
    """A canvas that shows nothing."""

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None: ...

    def draw(self, values: Floats) -> None: ...

    def forget(self) -> None: ...

    def set_scale(self, scale: float) -> None: ...

    def close(self) -> None: ...


class CpuTheatre(Theatre):
    """A stage whose canvas rung is the real one, down to its workers.

    Attributes:
        scenes: the worker's portraits, the oldest first.
    """

    def __init__(self, capabilities: Capabilities) -> None:
        super().__init__(capabilities)
        self.scenes: list[SlowScene] = []

    async def _open(self, rung: Rung, canvas: int, style: AvatarStyle, on_lost: OnLost) -> Any:
        if rung is not Rung.CANVAS:
            return await super()._open(rung, canvas, style, on_lost)
        return CanvasRenderer(Sheet(), style, self._paint)

    async def _paint(self, portrait: Portrait) -> RasterAvatar:
        self.scenes.append(SlowScene())
        self.scenes[-1].ready.set()
        return RasterAvatar(self.scenes[-1], PortraitRig(portrait), lambda: 64)


async def test_peers_expressions_are_painted_by_the_cpu_as_they_come_and_it_begins_once() -> None:
    base, sent = portrait_set(3).to_parts()
    theatre = CpuTheatre(Capabilities.from_probe({}))
    stage = theatre.stage()
    remote = SimpleNamespace(
        portrait=base, wears_portrait=True, expressions=(), expressions_refused=0
    )
    peer = PortraitPeer(stage, remote, lambda error: pytest.fail(str(error)))
    taken = []
    for count in range(4):
        remote.expressions = sent[:count]
        for _frame in range(3):
            await settle()
            theatre.clock.now += FRAME_MS
            peer.draw(FaceParams(0.0), theatre.clock.now)
        await settle()
        taken.append([len(scene.taken) for scene in theatre.scenes])
    assert theatre.graphics.rung is Rung.CANVAS
    assert stage.seen is Seen.PORTRAIT
    assert taken == [[0], [1], [2], [3]]
    assert [each.to_bytes() for each in theatre.scenes[0].taken] == list(sent)
    assert remote.expressions_refused == 0
    peer.close()
    await settle()
    assert theatre.scenes[0].closed


async def test_whole_set_is_painted_by_the_cpu_when_the_gpu_is_left() -> None:
    theatre = CpuTheatre(Capabilities.from_probe({"webgl": {"context": True}}))
    stage = theatre.stage()
    worn = portrait_set(2)
    stage.set_portrait(worn)
    await frames(theatre, stage, count=3)
    assert theatre.on(Rung.WEBGL).portrait is worn
    theatre.graphics.choose_mode(GPUMode.CPU)
    await frames(theatre, stage, count=3)
    assert theatre.graphics.rung is Rung.CANVAS
    assert [scene.taken for scene in theatre.scenes] == [list(worn.expressions)]
