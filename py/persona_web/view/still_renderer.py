"""Who is to be seen where nothing better can be shown, or not yet: never somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from persona_core.drawn.style import AvatarStyle
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams
from persona_core.graphics.effects import EffectSettings
from persona_core.portrait.portrait import Portrait
from persona_web.base.background import Latest
from persona_web.view.avatar import DrawnAvatar
from persona_web.view.renderer import ClosableCanvas
from persona_web.view.seen import Seen

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet

SPEAKING_JAW: Final = 2.0
"""Level of the voice for each unit of an opening jaw, where no voice is heard."""


class Still(Protocol):
    """The photo, or a silhouette, on the renderer's canvas; in the browser a ``StillPicture``."""

    async def wear(self, portrait: Portrait | None) -> None:
        """Takes a portrait's photo; raises PortraitError."""
        ...

    def draw(self, level: float, now_ms: float, *, concealed: bool) -> None: ...

    def forget(self) -> None:
        """Something else was drawn on the canvas."""
        ...

    def close(self) -> None: ...


class StillRenderer:
    """A :class:`~persona_web.view.renderer.Renderer` that needs no GPU, no worker and, but for a
    photo, no waiting: a portrait's photo with a level meter, the drawn character as it is, or a
    silhouette of whom nobody knows yet.
    """

    memory_bytes = None

    def __init__(self, canvas: ClosableCanvas, still: Still, style: AvatarStyle) -> None:
        self._canvas = canvas
        self._still = still
        self._drawn = DrawnAvatar(canvas, style)
        self._latest = Latest()
        self._concealed = False
        self._portrait: Portrait | None = None
        self._decoded: Portrait | None = None
        self._level = 0.0

    @property
    def seen(self) -> Seen:
        """What it shows, or will with its next frame."""
        if self._concealed:
            return Seen.SILHOUETTE
        if self._portrait is None:
            return Seen.DRAWN
        return Seen.STILL if self._decoded is self._portrait else Seen.SILHOUETTE

    @property
    def shows_portrait(self) -> bool:
        return self.seen is Seen.STILL

    def conceal(self, *, concealed: bool) -> None:
        """Whether to show a silhouette, whoever is worn."""
        self._concealed = concealed

    def set_style(self, style: AvatarStyle) -> None:
        self._drawn.style = style

    async def set_portrait(self, portrait: PortraitSet | None) -> None:
        """Raises PortraitError for one that cannot be decoded; there is a silhouette then."""
        is_wanted = self._latest.ask()
        self._portrait = None if portrait is None else portrait.base
        if self._portrait is not None and self._portrait is self._decoded:
            return  # only its expressions are others
        base = self._portrait
        await self._still.wear(base)
        if is_wanted():
            self._decoded = base

    def set_effects(self, effects: EffectSettings) -> None:
        """Has none."""

    def set_scale(self, scale: float) -> None:
        """Is as sharp as the screen is."""

    def hear(self, level: float) -> None:
        """How loud the person's voice is, 0 to 1."""
        self._level = level

    def draw(self, params: FaceParams, now_ms: float) -> None:
        if self.seen is Seen.DRAWN:
            self._still.forget()
            self._drawn.draw(params, now_ms)
            return
        self._canvas.forget()
        jaw = SPEAKING_JAW * float(params.blendshapes[Blendshape.JAW_OPEN])
        level = min(max(self._level, jaw), 1.0)
        self._still.draw(level, now_ms, concealed=self.seen is Seen.SILHOUETTE)

    def lose(self) -> None:
        """Has nothing to lose."""

    def close(self) -> None:
        self._still.close()
        self._canvas.close()
