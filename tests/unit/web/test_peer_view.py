"""A peer on the stage: known once it has said what it looks like, and heard by who can show it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from persona_core.call.media.voice_mouth import VoiceFeatures
from persona_core.call.remote_peer import RemotePeer
from persona_core.drawn.characters import CHARACTERS
from persona_core.errors import StyleError
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams
from persona_core.wire.codec import encode_frame
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


def test_peer_is_held_then_lives_on_when_nothing_comes_any_more() -> None:
    remote = RemotePeer("x")
    view = PeerView(Plain(), remote)
    shapes = np.zeros(52, dtype=np.float32)
    shapes[Blendshape.MOUTH_SMILE_LEFT] = 0.8
    for number in range(90):
        remote.take_frame(encode_frame(FaceParams(number * 33.0, shapes), number), number * 33.0)
        view.sample(number * 33.0)
    last_ms = 89 * 33.0
    smiles = {
        after_ms: view.sample(last_ms + after_ms).blendshapes[Blendshape.MOUTH_SMILE_LEFT]
        for after_ms in range(0, 5_000, 50)
    }
    assert smiles[850] == pytest.approx(0.8, abs=0.01)
    assert smiles[4_950] < 0.1
    assert not view.sample(last_ms + 5_000).tracked
    remote.take_frame(encode_frame(FaceParams(8_000.0, shapes), 90), 8_000.0)
    assert view.sample(8_000.0).tracked
