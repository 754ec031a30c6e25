"""The further pictures of a person that one portrait is drawn from, as they come."""

from __future__ import annotations

import asyncio
from typing import Protocol

from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.rig import PortraitRig


class ExpressionScene(Protocol):
    """Where they are painted; in the browser a ``PortraitScene``."""

    async def add(self, expression: Expression) -> Expression | None:
        """Takes the next one; gives what of it is drawn, None for nothing."""
        ...


class JoinedExpressions:
    """The expressions of one portrait; scene and rig number them alike."""

    def __init__(self, scene: ExpressionScene, rig: PortraitRig) -> None:
        self._scene = scene
        self._rig = rig
        self._drawn: list[Expression] = []
        self._adding = asyncio.Lock()

    @property
    def drawn(self) -> tuple[Expression, ...]:
        """Those that frames are drawn from, as far as they could be decoded."""
        return tuple(self._drawn)

    async def add(self, *expressions: Expression) -> None:
        """Draws from further pictures, too, each as soon as it can be; what is drawn until then
        stays as it is. Patches that cannot be decoded are left out."""
        for expression in expressions:
            async with self._adding:
                taken = await self._scene.add(expression)
                if taken is not None:
                    self._drawn.append(taken)
                    self._rig.set_expressions(self._drawn)
