"""The stages of a call, the own and one for each peer, of whom a model draws one alone."""

from __future__ import annotations

from typing import Final

from persona_web.view.avatar_view import AvatarView

MANY: Final = 4
"""Peers among whom those who do not speak are drawn half as often."""


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

    def favour(self, speaker: str | None) -> None:
        """Draws everybody as often where they are few, and where they are many who spoke last."""
        for peer_id, stage in self._peers.items():
            stage.every = 1 if len(self._peers) < MANY or peer_id == speaker else 2

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
