"""The marks around a character, on a canvas of their own over the character's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from persona_core.drawn.marks.layer import Marks, MarksDrawing
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams, Gesture
from persona_web.view.avatar import Avatar, Canvas

Love = Callable[[float], float]
"""How much of the hearts is to be seen, in [0, 1], at a time in ms."""


class MarksCanvas(Canvas, Protocol):
    """A canvas over another one; in the browser a ``DrawingCanvas``."""

    def reveal(self, *, revealed: bool) -> None:
        """Shows it, or leaves it out of the page's picture: an empty one is copied, too."""
        ...


class DrawnMarks:
    """One person's marks on one canvas."""

    def __init__(self, canvas: MarksCanvas, style: AvatarStyle) -> None:
        self._canvas = canvas
        self._marks = Marks(style)
        self._shown: MarksDrawing | None = None

    def wear(self, style: AvatarStyle) -> None:
        """Takes on another look's skin and sleeves."""
        self._marks.wear(style)

    def draw(self, gestures: tuple[Gesture, Gesture], love: float, now_ms: float) -> None:
        """Shows the marks as they are now; costs nothing while there are none."""
        if self._shown is self._marks.drawing and self._marks.rests(gestures, love, now_ms):
            return
        values = self._marks.pose(gestures, love, now_ms)
        drawing = self._marks.drawing
        if drawing is not self._shown:
            self._canvas.set_program(drawing.program, drawing.colours, drawing.value_count)
            self._shown = drawing
            self._canvas.reveal(revealed=not drawing.is_empty)
        elif drawing.is_empty:
            return
        self._canvas.draw(values)


class MarksLayer(Protocol):
    """The marks over one avatar, as :class:`DrawnMarks` are."""

    def wear(self, style: AvatarStyle) -> None: ...

    def draw(self, gestures: tuple[Gesture, Gesture], love: float, now_ms: float) -> None: ...


class MarkedAvatar:
    """An avatar with marks around it: itself an :class:`~persona_web.view.avatar.Avatar`."""

    def __init__(self, avatar: Avatar, marks: MarksLayer, love: Love) -> None:
        self._avatar = avatar
        self._marks = marks
        self._love = love

    @property
    def style(self) -> AvatarStyle:
        return self._avatar.style

    @style.setter
    def style(self, style: AvatarStyle) -> None:
        self._avatar.style = style
        self._marks.wear(style)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face and its hands' gestures."""
        self._avatar.draw(params, now_ms)
        self._marks.draw(params.gestures, self._love(now_ms), now_ms)
