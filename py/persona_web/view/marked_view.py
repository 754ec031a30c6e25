"""The own avatar of a page that changes the way it is drawn, with marks that few ever show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.drawn.marks.layer import FAINTEST_LOVE, NOTHING
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import Gesture
from persona_web.view.avatar_view import AvatarView
from persona_web.view.marked_avatar import DrawnMarks, Love, MarkedAvatar

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet


class LateMarks:
    """Marks that are made when the first of them is to be seen.

    Args:
        make: makes them, in a style.
        style: whose skin and sleeves they have.
    """

    def __init__(self, make: Callable[[AvatarStyle], DrawnMarks], style: AvatarStyle) -> None:
        self._make = make
        self._style = style
        self._marks: DrawnMarks | None = None

    def wear(self, style: AvatarStyle) -> None:
        """Takes on another look's skin and sleeves."""
        self._style = style
        if self._marks is not None:
            self._marks.wear(style)

    def draw(self, gestures: tuple[Gesture, Gesture], love: float, now_ms: float) -> None:
        """Shows the marks as they are now."""
        if self._marks is None:
            if gestures == NOTHING and love <= FAINTEST_LOVE:
                return
            self._marks = self._make(self._style)
        self._marks.draw(gestures, love, now_ms)


class MarkedView(MarkedAvatar):
    """A view with its person's marks; ``FaceCapture`` is told by it what the view wears."""

    def __init__(self, view: AvatarView, marks: LateMarks, love: Love) -> None:
        super().__init__(view, marks, love)
        self._view = view

    @property
    def portrait(self) -> PortraitSet | None:
        """The portrait that the view wears."""
        return self._view.portrait
