"""A peer's avatar that wears the portrait which the peer sends, if it sends one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_web.view.avatar import Avatar

if TYPE_CHECKING:
    from persona_core.portrait.portrait import Portrait


class Sender(Protocol):
    """Who may send a portrait: a ``RemotePeer``."""

    @property
    def portrait(self) -> bytes | None: ...


class PortraitStage(Avatar, Protocol):
    """Who may wear it: an ``AvatarView``."""

    def set_portrait(self, portrait: Portrait | None) -> None: ...

    def close(self) -> None: ...


class PortraitPeer:
    """One peer on one stage.

    Args:
        on_error: hears once of each portrait that cannot be shown; the drawn look, or the
            portrait before, stays then.
    """

    def __init__(
        self, stage: PortraitStage, remote: Sender, on_error: Callable[[PortraitError], None]
    ) -> None:
        self._stage = stage
        self._remote = remote
        self._on_error = on_error
        self._sent: bytes | None = None

    @property
    def style(self) -> AvatarStyle:
        return self._stage.style

    @style.setter
    def style(self, style: AvatarStyle) -> None:
        self._stage.style = style

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face, on the newest portrait that came whole."""
        if self._remote.portrait is not self._sent:
            self._follow()
        self._stage.draw(params, now_ms)

    def close(self) -> None:
        """Leaves the stage empty."""
        self._stage.close()

    def _follow(self) -> None:
        self._sent = self._remote.portrait
        if self._sent is None:
            self._stage.set_portrait(None)
            return
        # Only now: most people come as drawn characters.
        from persona_core.portrait.portrait import Portrait

        try:
            portrait = Portrait.from_bytes(self._sent)
        except PortraitError as error:
            self._on_error(error)
        else:
            self._stage.set_portrait(portrait)
