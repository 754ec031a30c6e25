"""What shows a face, and the drawn one of it: Python moves the points, a small script replays the
drawing."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from persona_core.base.arrays import Floats
from persona_core.drawn.rig import Rig
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams


class Avatar(Protocol):
    """Someone on a canvas, as :class:`DrawnAvatar` is.

    A page that draws more than the face, marks beside it say, brings an avatar of its own.
    """

    @property
    def style(self) -> AvatarStyle: ...

    @style.setter
    def style(self, style: AvatarStyle) -> None: ...

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face, at the display time ``now_ms`` of the page's clock."""
        ...


@runtime_checkable
class HearingAvatar(Avatar, Protocol):
    """An avatar that may have to show the person's voice by a meter."""

    def hear(self, level: float) -> None:
        """How loud the voice is, 0 to 1, from the next frame on."""
        ...


class Canvas(Protocol):
    """Where a draw-list is replayed; in the browser a ``DrawingCanvas``."""

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None: ...

    def draw(self, values: Floats) -> None: ...


class DrawnAvatar:
    """One character on one canvas: an :class:`Avatar`."""

    def __init__(self, canvas: Canvas, style: AvatarStyle) -> None:
        self._canvas = canvas
        self.style = style

    @property
    def style(self) -> AvatarStyle:
        return self._style

    @style.setter
    def style(self, style: AvatarStyle) -> None:
        self._style = style
        self._rig = Rig(style)
        self._canvas.set_program(self._rig.program, self._rig.colours, self._rig.value_count)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows the character with this face, unless it is what the canvas shows."""
        if not self._rig.shows(params, now_ms):
            self._canvas.draw(self._rig.pose(params, now_ms))

    def forget(self) -> None:
        """The canvas has been drawn on by somebody else, or emptied."""
        self._rig.forget()
