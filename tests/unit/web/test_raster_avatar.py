"""Pictures by the CPU: the newest face is painted next, and nothing queues."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.expressions import params
from tests.support.faces import face
from tests.support.portrait_sets import GREEN, expression, plain
from tests.support.portraits import canonical_portrait

from persona_core.base.arrays import Floats
from persona_core.errors import SurfaceError
from persona_core.face.params import FaceParams
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.rig import PortraitRig
from persona_web.view.raster_avatar import MOST_HZ, RasterAvatar

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

    async def add(self, expression: Expression) -> Expression | None:
        """Takes it when ``ready``."""
        await self.ready.wait()
        return expression

    @property
    def is_free(self) -> bool:
        return self.left == 0

    def request(self, values: Floats, side: int) -> None:
        assert self.is_free, "one picture at a time"
        self.left = self.takes
        self.asked.append((values.copy(), side))

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
        avatar.draw(FaceParams(0.0), number * FRAME_MS)
    assert len(scene.asked) == pytest.approx(2 * MOST_HZ, abs=1)


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
