"""The portraits of a call: the stages, the own and one for each peer, of whom a model draws one
alone; and what wears the portraits that peers send."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_web.view.avatar import HearingAvatar
from persona_web.view.avatar_view import AvatarView

if TYPE_CHECKING:
    from persona_core.portrait.portrait import Portrait


class CallViews:
    """Who stands where on a room page.

    Args:
        own: the own avatar's; a model may draw it at all times.
    """

    def __init__(self, own: AvatarView) -> None:
        self._own = own
        self._peers: dict[str, AvatarView] = {}

    @property
    def shows_portrait(self) -> bool:
        """Whether anybody is seen as a portrait now."""
        return any(stage.shows_portrait for stage in self._all)

    @property
    def seen(self) -> list[str | None]:
        """What is seen of everybody now, the own first; None before anything is."""
        return [None if stage.seen is None else stage.seen.value for stage in self._all]

    @property
    def rungs(self) -> list[str | None]:
        """The rungs that are seen now, the own first; None where nothing is yet."""
        return [None if stage.rung is None else stage.rung.value for stage in self._all]

    def add(self, peer_id: str, stage: AvatarView) -> None:
        """A peer has come, to wait for its turn."""
        stage.may_be_neural = False
        self._peers[peer_id] = stage

    def remove(self, peer_id: str) -> None:
        del self._peers[peer_id]

    def give_turn(self, holder: str | None) -> None:
        """Lets the model draw this peer, and no other.

        Who comes is let before who goes is not: in between there would be nobody to draw, and
        all would leave the model.
        """
        for peer_id in sorted(self._peers, key=lambda each: each != holder):
            self._peers[peer_id].may_be_neural = peer_id == holder

    @property
    def _all(self) -> tuple[AvatarView, ...]:
        return (self._own, *self._peers.values())


class Sender(Protocol):
    """Who may send a portrait: a ``RemotePeer``."""

    @property
    def wears_portrait(self) -> bool: ...

    @property
    def portrait(self) -> bytes | None: ...


class PortraitStage(HearingAvatar, Protocol):
    """Who may wear it: an ``AvatarView``."""

    def set_portrait(self, portrait: Portrait | None) -> None: ...

    def conceal(self) -> None: ...

    def close(self) -> None: ...


class Worn(Enum):
    """What a peer wears, where that is no portrait that is here."""

    UNKNOWN = auto()
    """They have not said, or their portrait is on its way."""
    DRAWN = auto()


class PortraitPeer:
    """One peer on one stage: as the portrait that they wear once it is here, as the drawn character
    if they wear none, and until either is certain, concealed.

    Args:
        on_error: hears once of each portrait that cannot be shown.
    """

    def __init__(
        self, stage: PortraitStage, remote: Sender, on_error: Callable[[PortraitError], None]
    ) -> None:
        self._stage = stage
        self._remote = remote
        self._on_error = on_error
        self._styled = False
        self._worn: bytes | Worn = Worn.UNKNOWN
        stage.conceal()

    @property
    def style(self) -> AvatarStyle:
        return self._stage.style

    @style.setter
    def style(self, style: AvatarStyle) -> None:
        self._stage.style = style
        self._styled = True

    def hear(self, level: float) -> None:
        """How loud the peer's voice is, 0 to 1."""
        self._stage.hear(level)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face, on the newest portrait that came whole."""
        worn = self._wearing()
        if worn is not self._worn:
            self._worn = worn
            self._put_on(worn)
        self._stage.draw(params, now_ms)

    def close(self) -> None:
        """Leaves the stage empty."""
        self._stage.close()

    def _wearing(self) -> bytes | Worn:
        if self._remote.wears_portrait:
            return self._remote.portrait or Worn.UNKNOWN
        return Worn.DRAWN if self._styled else Worn.UNKNOWN

    def _put_on(self, worn: bytes | Worn) -> None:
        if worn is Worn.DRAWN:
            self._stage.set_portrait(None)
            return
        self._stage.conceal()
        if worn is Worn.UNKNOWN:
            return
        # Only now: most people come as drawn characters.
        from persona_core.portrait.portrait import Portrait

        try:
            portrait = Portrait.from_bytes(worn)
        except PortraitError as error:
            self._on_error(error)
        else:
            self._stage.set_portrait(portrait)
