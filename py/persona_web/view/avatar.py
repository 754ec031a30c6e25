"""What shows a face, however it is drawn."""

from __future__ import annotations

from typing import Protocol

from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams


class Avatar(Protocol):
    """Someone on a canvas, as :class:`~persona_web.view.drawn_avatar.DrawnAvatar` is.

    A page that draws more than the face, marks beside it say, brings an avatar of its own.
    """

    @property
    def style(self) -> AvatarStyle: ...

    @style.setter
    def style(self, style: AvatarStyle) -> None: ...

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face, at the display time ``now_ms`` of the page's clock."""
        ...
