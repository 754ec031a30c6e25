"""The portrait of a photo on a surface: Python poses it, the GPU moves and paints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from persona_core.base.arrays import Floats
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.base.background import Background
from persona_web.view.joined_expressions import JoinedExpressions

if TYPE_CHECKING:
    from persona_web.bridge.graphics.surface import Surface
    from persona_web.bridge.site import Site


class PosedScene(Protocol):
    """Where a posed portrait is painted; in the browser a ``PortraitScene``."""

    @property
    def memory_bytes(self) -> int: ...

    async def add(self, expression: Expression) -> Expression | None:
        """Takes the next expression; gives what of it is drawn, None for nothing."""
        ...

    def draw(self, values: Floats) -> None: ...

    def close(self) -> None: ...


class PortraitAvatar:
    """A photo on one surface, with further pictures of the person where there are any: an
    :class:`~persona_web.view.avatar.Avatar`.

    Attributes:
        style: the drawn look of the same person, for whoever cannot show the photo; it does not
            change the portrait.
    """

    def __init__(
        self, scene: PosedScene, rig: PortraitRig, style: AvatarStyle | None = None
    ) -> None:
        self._scene = scene
        self._rig = rig
        self._joined = JoinedExpressions(scene, rig)
        self._background = Background()
        self.style = style or CHARACTERS[0].style

    @classmethod
    async def open(
        cls,
        site: Site,
        surface: Surface,
        portrait: Portrait | PortraitSet,
        style: AvatarStyle | None = None,
    ) -> Self:
        """Prepares a portrait for a surface: some tenths of a second.

        A set is shown as its base at once; its further pictures join one by one.

        Raises:
            PortraitError: the portrait's image cannot be decoded.
        """
        from persona_web.bridge.graphics.portrait_scene import PortraitScene

        worn = portrait if isinstance(portrait, PortraitSet) else PortraitSet(portrait)
        rig = PortraitRig(worn.base)
        avatar = cls(await PortraitScene.open(site, surface, worn.base, rig), rig, style)
        avatar._background.run(avatar._joined.add(*worn.expressions))
        return avatar

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The further pictures that are drawn from, as far as they could be decoded."""
        return self._joined.drawn

    async def add_expression(self, expression: Expression) -> None:
        """Draws from one further picture of the person, too, as soon as it can be; what is
        drawn until then stays as it is. Patches that cannot be decoded are left out."""
        await self._joined.add(expression)

    @property
    def memory_bytes(self) -> int:
        """Video memory that the portrait holds beside the surface's."""
        return self._scene.memory_bytes

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows the photo with this face."""
        self._scene.draw(self._rig.pose(params, now_ms))

    def close(self) -> None:
        """Gives its video memory back; the surface stays."""
        self._scene.close()
