"""Calls whose frames go through the signaling server, because no direct path comes up."""

from __future__ import annotations

import numpy as np
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage, face

from persona_core.call.media.prediction import PREDICTION_MS
from persona_core.call.peer.peer_machine import PeerState
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.face.emotions import Emotion


async def meet_blocked(stage: Stage) -> tuple[Page, Page]:
    """Two pages that cannot reach each other, but for the server; after six seconds."""
    stage.server.limits = RELAYING
    stage.peers.blocked = True
    ann, ben = stage.page("ann"), stage.page("ben", skew_ms=77_000.0)
    ann.engine.set_avatar({"who": "ann"})
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await stage.time.run(50.0)
    await stage.time.run(6_000.0)
    return ann, ben


def paths(*pages: Page) -> list[str | None]:
    return [remote.path for page in pages for remote in page.engine.remotes]


async def test_faces_and_words_go_through_the_server_when_no_direct_path_comes_up(
    stage: Stage,
) -> None:
    ann, ben = await meet_blocked(stage)
    assert paths(ann, ben) == ["server", "server"]
    assert ann.qualities == ben.qualities == ["poor"]
    [of_ann] = ben.engine.remotes
    assert of_ann.avatar == {"who": "ann"}
    ann.engine.set_emotion(Emotion.JOY, 0.5)
    await stage.send(ann, 3.0)
    await stage.time.run(200.0)
    assert of_ann.emotion.emotion is Emotion.JOY
    stats = of_ann.stats
    assert 30 <= stats.frames <= 40, "12 a second, not 30"
    assert stats.lost == 0
    assert not stats.dropped
    shown = of_ann.sample(ben.clock.now_ms())
    assert shown is not None
    expected = face(shown.time_ms).blendshapes[1:]
    # What goes on after the last frame is predicted: a face of the stage moves by 1 a second.
    assert np.abs(shown.blendshapes[1:] - expected).max() < 0.02 + PREDICTION_MS / 1000.0
    assert stats.rtt_ms is not None


async def test_longest_words_arrive_when_they_go_through_the_server(stage: Stage) -> None:
    ann, ben = await meet_blocked(stage)
    avatar = {"who": "ann", "quotes": '"\\' * 3_900}
    ann.engine.set_avatar(avatar)
    await stage.time.run(500.0)
    [of_ann] = ben.engine.remotes
    assert of_ann.avatar == avatar
    assert ann.engine.status.signaling is SignalingState.JOINED
    assert max(len(relay.payload) for relay in stage.server.relayed) <= 16_000
    assert paths(ann, ben) == ["server", "server"]


async def test_server_sees_only_sealed_bytes_when_it_relays(stage: Stage) -> None:
    ann, ben = await meet_blocked(stage)
    await stage.send(ann, 1.0)
    payloads = [frame.payload for frame in stage.server.frames]
    assert payloads
    assert len({payload[8:20] for payload in payloads}) == len(payloads), "a nonce came twice"
    assert {len(payload) for payload in payloads} == {8 + 12 + 62 + 16}
    for relay in stage.server.relayed:
        assert "avatar" not in relay.payload
    assert paths(ben) == ["server"]


async def test_replayed_and_forged_frames_are_refused_when_the_server_is_hostile(
    stage: Stage,
) -> None:
    ann, ben = await meet_blocked(stage)
    await stage.send(ann, 1.0)
    [connection] = ben.connections
    [of_ann] = ben.engine.remotes
    await stage.time.run(100.0)
    frames = of_ann.stats.frames
    assert frames > 5
    recorded = list(stage.server.frames)
    for frame in recorded:
        connection.sealed.deliver_frame(frame.payload)
        connection.sealed.deliver_frame(bytes(8) + frame.payload[8:])
        connection.sealed.deliver_frame((10**6).to_bytes(8, "big") + frame.payload[8:])
        await stage.time.run(1.0)
    for junk in (b"", b"x", bytes(36), bytes(300)):
        connection.sealed.deliver_frame(junk)
    await stage.time.run(100.0)
    assert of_ann.stats.frames == frames
    assert connection.sealed._delivery.refused_frames == 3 * len(recorded) + 4
    await stage.send(ann, 1.0)
    await stage.time.run(100.0)
    assert of_ann.stats.frames > frames


async def test_call_goes_back_to_the_direct_path_when_one_comes_up(stage: Stage) -> None:
    ann, ben = await meet_blocked(stage)
    stage.peers.restore()
    await stage.time.run_until(lambda: stage.all_good(ann, ben), patience_ms=120_000.0)
    assert paths(ann, ben) == ["direct", "direct"]
    sent = len(stage.server.frames)
    await stage.send(ann, 1.0)
    assert len(stage.server.frames) == sent
    [of_ann] = ben.engine.remotes
    frames = of_ann.stats.frames
    await stage.send(ann, 1.0)
    await stage.time.run(100.0)
    assert of_ann.stats.frames >= frames + 28


async def test_trying_goes_on_patiently_when_frames_go_through_the_server(stage: Stage) -> None:
    ann, ben = await meet_blocked(stage)
    await stage.time.run(400_000.0)
    assert paths(ann, ben) == ["server", "server"]
    assert ann.notices == ben.notices == []
    offers = [relay for relay in stage.server.relayed if relay.kind == "offer"]
    assert 10 < len(offers) < 120
    stage.peers.restore()
    await stage.time.run_until(lambda: stage.all_good(ann, ben), patience_ms=120_000.0)


async def test_running_call_goes_through_the_server_when_its_network_is_cut(stage: Stage) -> None:
    stage.server.limits = RELAYING
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.set_portrait(bytes(100))
    await stage.connect(ann, ben)
    stage.peers.cut()
    await stage.time.run(8_000.0)
    assert paths(ann, ben) == ["server", "server"]
    [of_ann] = ben.engine.remotes
    frames = of_ann.stats.frames
    await stage.send(ann, 1.0)
    await stage.time.run(100.0)
    assert of_ann.stats.frames > frames + 8
    stage.peers.restore()
    await stage.time.run_until(lambda: stage.all_good(ann, ben), patience_ms=60_000.0)
    assert paths(ann, ben) == ["direct", "direct"]


async def test_peer_who_leaves_is_gone_at_once_when_frames_go_through_the_server(
    stage: Stage,
) -> None:
    ann, ben = await meet_blocked(stage)
    ben.engine.leave()
    await stage.time.run(200.0)
    assert ann.qualities == []


async def test_peer_is_reconnecting_when_the_server_that_relays_goes_away(stage: Stage) -> None:
    ann, ben = await meet_blocked(stage)
    stage.server.stop()
    await stage.time.run(1_000.0)
    assert ann.qualities == ben.qualities == ["reconnecting"]
    stage.server.start()
    await stage.time.run(10_000.0)
    assert ann.qualities == ben.qualities == ["poor"]
    [of_ann] = ben.engine.remotes
    frames = of_ann.stats.frames
    await stage.send(ann, 1.0)
    await stage.time.run(100.0)
    assert of_ann.stats.frames > frames


async def test_nothing_is_relayed_when_the_server_does_not_offer_it(stage: Stage) -> None:
    stage.peers.blocked = True
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
    await stage.time.run(8_000.0)
    await stage.send(ann, 1.0)
    assert stage.server.frames == []
    assert paths(ann, ben) == [None, None]
    await stage.time.run(300_000.0)
    assert [connection.machine.state for connection in ann.connections] == [PeerState.LOST]
