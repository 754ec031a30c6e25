"""The emotion a person has put on: said once, known to whoever comes, gone with a new greeting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.memory_peers import MemoryPeers
from tests.support.memory_signaling import MemoryServer
from tests.support.pages import INVITATION, Page
from tests.support.world import ManualTime

from persona_core.call.remote_peer import BARE_FACE, RemotePeer
from persona_core.errors import ControlError
from persona_core.face.emotions import Emotion
from persona_core.wire.control import EmotionChange, Hello, encode_control, parse_control


@given(st.none() | st.sampled_from(Emotion), st.floats(0.0, 1.0))
def test_emotion_survives_the_round_trip_whichever_it_is(
    emotion: Emotion | None, intensity: float
) -> None:
    message = EmotionChange(emotion, intensity)
    assert parse_control(encode_control(message)) == message


def test_emotion_is_skipped_when_only_a_newer_peer_knows_it() -> None:
    assert parse_control('{"type":"emotion","name":"awe","intensity":1}') is None


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"emotion"}',
        '{"type":"emotion","name":"joy"}',
        '{"type":"emotion","name":"joy","intensity":"1"}',
        '{"type":"emotion","name":"joy","intensity":1.5}',
        '{"type":"emotion","name":"joy","intensity":-0.1}',
        '{"type":"emotion","name":"joy","intensity":NaN}',
        '{"type":"emotion","name":5,"intensity":1}',
        '{"type":"emotion","name":["joy"],"intensity":1}',
    ],
)
def test_emotion_is_refused_when_a_field_is_wrong(text: str) -> None:
    with pytest.raises(ControlError):
        parse_control(text)


def test_emotion_is_gone_when_the_peer_begins_anew() -> None:
    remote = RemotePeer("peer")
    remote.emotion = EmotionChange(Emotion.JOY)
    remote.take_hello(Hello(1, "", {}))
    assert remote.emotion == BARE_FACE


@pytest.mark.asyncio
async def test_peer_knows_the_emotion_when_it_was_put_on_before_or_during_the_call() -> None:
    time = ManualTime()
    server, peers = MemoryServer(time, room_size=2), MemoryPeers(time)
    ann, ben = (Page(name, time, server, peers) for name in ("ann", "ben"))
    ann.engine.set_emotion(Emotion.LOVE, 0.6)
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await time.run(50.0)
    await time.run_until(lambda: ann.qualities == ben.qualities == ["good"])
    await time.run(500.0)
    assert ben.engine.remotes[0].emotion == EmotionChange(Emotion.LOVE, 0.6)
    assert ann.engine.remotes[0].emotion == BARE_FACE
    ann.engine.set_emotion(None)
    ben.engine.set_emotion(Emotion.ANGER)
    await time.run(500.0)
    assert ben.engine.remotes[0].emotion.emotion is None
    assert ann.engine.remotes[0].emotion == EmotionChange(Emotion.ANGER, 1.0)
    for page in (ann, ben):
        page.engine.leave()
    await time.run(500.0)
