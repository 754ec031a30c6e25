"""Expressions that join a portrait, as scene and rig number them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.support.faces import face
from tests.support.portrait_sets import GREEN, expression, plain
from tests.support.portraits import canonical_portrait

from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.rig import PortraitRig
from persona_web.view.joined_expressions import JoinedExpressions

PORTRAIT = canonical_portrait()
SPEAKS, SHUTS = ({"jaw_open": 0.6}, {"eye_blink": 1.0})


def seen(named: dict[str, float]) -> Expression:
    return expression(PORTRAIT, named, dict.fromkeys(Region, plain(GREEN)))


class MemoryScene:
    """Takes what it is given when ``ready``, but for what is in ``damaged``."""

    def __init__(self) -> None:
        self.damaged: set[Expression] = set()
        self.taken: list[Expression] = []
        self.ready = asyncio.Event()
        self.ready.set()

    async def add(self, expression: Expression) -> Expression | None:
        await self.ready.wait()
        if expression in self.damaged:
            return None
        self.taken.append(expression)
        return replace(expression, patches=expression.patches[1:])


def mouth(rig: PortraitRig) -> float:
    """The number of the picture that a speaking mouth is drawn from."""
    values = rig.pose(face(**SPEAKS), 0.0)
    shares = values.reshape(-1, 4)[layout.SHARES : layout.GAZES].reshape(len(Region), -1)
    return float(shares[Region.MOUTH, 0])


async def test_expression_has_the_scenes_number_when_one_before_it_was_damaged() -> None:
    scene, rig = MemoryScene(), PortraitRig(PORTRAIT)
    joined = JoinedExpressions(scene, rig)
    broken, shuts, speaks = seen(SPEAKS), seen(SHUTS), seen(SPEAKS)
    scene.damaged.add(broken)
    await joined.add(broken)
    assert joined.drawn == ()
    await joined.add(shuts, speaks)
    assert scene.taken == [shuts, speaks]
    assert mouth(rig) == 1.0
    assert [len(each.patches) for each in joined.drawn] == [3, 3], "what of them is drawn"


async def test_expressions_join_in_the_order_in_which_they_came_when_they_come_at_once() -> None:
    scene, rig = MemoryScene(), PortraitRig(PORTRAIT)
    joined = JoinedExpressions(scene, rig)
    scene.ready.clear()
    first, second = seen(SHUTS), seen(SPEAKS)
    both = asyncio.gather(joined.add(first), joined.add(second))
    await asyncio.sleep(0)
    assert joined.drawn == ()
    assert not rig.pose(face(**SPEAKS), 0.0).reshape(-1, 4)[layout.SHARES : layout.GAZES].any()
    scene.ready.set()
    await both
    assert scene.taken == [first, second]
    assert mouth(rig) == 1.0
