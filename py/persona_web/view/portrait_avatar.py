"""The portrait of a photo on a surface: Python poses it, the GPU moves and paints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from persona_core.base.arrays import Floats
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig

if TYPE_CHECKING:
    from persona_core.portrait.expression import Expression
    from persona_web.bridge.graphics.surface import Surface
    from persona_web.bridge.site import Site


class PosedScene(Protocol):
    """Where a posed portrait is painted; in the browser a ``PortraitScene``."""

    @property
    def memory_bytes(self) -> int: ...

    def draw(self, values: Floats) -> None: ...

    def close(self) -> None: ...


class PortraitAvatar:
    """One photo on one surface: an :class:`~persona_web.view.avatar.Avatar`.

    Attributes:
        style: the drawn look of the same person, for whoever cannot show the photo; it does not
            change the portrait.
    """

    def __init__(
        self, scene: PosedScene, rig: PortraitRig, style: AvatarStyle | None = None
    ) -> None:
        self._scene = scene
        self._rig = rig
        self.style = style or CHARACTERS[0].style

    @classmethod
    async def open(
        cls, site: Site, surface: Surface, portrait: Portrait, style: AvatarStyle | None = None
    ) -> Self:
        """Prepares a portrait for a surface: some tenths of a second.

        Raises:
            PortraitError: the portrait's image cannot be decoded.
        """
        from persona_web.bridge.graphics.portrait_scene import PortraitScene

        rig = PortraitRig(portrait)
        return cls(await PortraitScene.open(site, surface, portrait, rig), rig, style)

    async def add_expression(self, expression: Expression) -> None:
        """Draws from one further picture of the person, too, as soon as it can be; what is
        drawn until then stays as it is. Patches that cannot be decoded are left out."""

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
