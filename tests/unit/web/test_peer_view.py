"""A peer on the stage: known once it has said what it looks like, and heard by who can show it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from persona_core.call.media.voice_mouth import VoiceFeatures
from persona_core.drawn.characters import CHARACTERS
from persona_core.errors import StyleError
from persona_core.face.params import FaceParams
from persona_web.room.peer_view import UNKNOWN_STYLE, PeerView

STYLE = CHARACTERS[1].style


class Plain:
    """An avatar that shows a voice by its mouth."""

    style = UNKNOWN_STYLE

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Seen by nobody."""


class Hearing(Plain):
    """One that may have to show it by a meter."""

    def __init__(self) -> None:
        self.levels: list[float] = []

    def hear(self, level: float) -> None:
        self.levels.append(level)


def peer_of(avatar: dict[str, Any]) -> Any:
    return SimpleNamespace(peer_id="x", avatar=avatar, sample=lambda _now_ms: None)


def test_peer_is_known_when_it_has_said_what_it_looks_like_and_not_before() -> None:
    remote, avatar = peer_of({}), Plain()
    view = PeerView(avatar, remote)
    view.dress()
    assert not view.is_known
    remote.avatar = STYLE.to_dict()
    view.dress()
    assert view.is_known
    assert avatar.style == STYLE


def test_peer_stays_unknown_when_what_it_says_cannot_be_drawn() -> None:
    view = PeerView(Plain(), peer_of({"version": 999}))
    with pytest.raises(StyleError):
        view.dress()
    view.dress()
    assert not view.is_known


def test_voice_is_told_to_an_avatar_that_listens_and_to_no_other() -> None:
    listening = Hearing()
    for avatar in (listening, Plain()):
        PeerView(avatar, peer_of({})).draw(0.0, VoiceFeatures(level=0.4))
    assert listening.levels == [0.4]
