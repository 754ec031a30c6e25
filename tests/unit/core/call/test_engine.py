"""Whole calls between engines in one process, over a simulated network and clock."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
from tests.support.memory_peers import Weather
from tests.support.pages import INVITATION
from tests.support.stage import Stage, face

from persona_core.call.invitation import Invitation
from persona_core.call.notices import NoticeCode
from persona_core.call.peer.peer_machine import PeerState
from persona_core.call.roster import MAX_PEERS
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.call.status import Phase
from persona_core.errors import ControlError
from persona_core.wire.signaling import PeerJoined, PeerLeft
from persona_core.wire.signaling_json import encode_server_message
from persona_server.rooms import Registry

pytestmark = pytest.mark.asyncio


async def test_two_pages_are_connected_when_one_joins_after_the_other(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    assert ann.engine.status.phase is Phase.INSIDE
    assert [ann.notices, ben.notices] == [[], []]
    assert ann.discarded + ben.discarded == 0
    assert sum(relay.kind == "offer" for relay in stage.server.relayed) == 1
    assert [connection.machine.polite for connection in ann.connections + ben.connections] == [
        False,
        True,
    ]


async def test_two_pages_are_connected_when_both_join_at_once(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.join(INVITATION)
    ben.engine.join(INVITATION)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    assert ann.discarded + ben.discarded == 0


async def test_face_of_the_peer_follows_its_frames_when_they_are_sent(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", skew_ms=123_456.0)
    await stage.connect(ann, ben)
    await stage.send(ann, 2.0)
    shown = ben.engine.remotes[0].sample(ben.clock.now_ms())
    assert shown is not None
    assert shown.tracked
    age_ms = ann.clock.now_ms() - shown.time_ms
    assert 0.0 < age_ms < 150.0
    expected = face(shown.time_ms).blendshapes[1:]
    assert np.abs(shown.blendshapes[1:] - expected).max() < 0.02


async def test_statistics_measure_the_network_when_frames_were_sent(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", skew_ms=-50_000.0)
    await stage.connect(ann, ben)
    await stage.time.run(1_000.0)
    await stage.send(ann, 3.0)
    await stage.time.run(100.0)
    stats = ben.engine.remotes[0].stats
    assert stats.frames == 90
    assert stats.lost == 0
    assert not stats.dropped
    assert 0 < stats.bytes_per_frame <= 64
    assert stats.rtt_ms == pytest.approx(2 * stage.peers.weather.delay_ms)
    assert stats.offset_ms == pytest.approx(50_000.0)
    assert stats.latency_ms == pytest.approx(stage.peers.weather.delay_ms, abs=1.0)


async def test_face_still_follows_when_frames_are_lost_and_overtake_one_another(
    stage: Stage,
) -> None:
    stage.peers.weather = Weather(delay_ms=40.0, spread_ms=60.0, loss=0.1)
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    times = []
    for _ in range(300):
        ann.engine.send_params(face(ann.clock.now_ms()))
        await stage.time.run(1000.0 / 30.0)
        shown = ben.engine.remotes[0].sample(ben.clock.now_ms())
        if shown is not None:
            times.append(shown.time_ms)
    stats = ben.engine.remotes[0].stats
    assert 0 < stats.lost < 60
    assert all(later >= earlier for earlier, later in pairwise(times))
    assert ann.clock.now_ms() - times[-1] < 400.0


async def test_peer_sees_the_avatar_when_it_is_chosen_before_or_during_the_call(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.set_avatar({"character": "mina"})
    await stage.connect(ann, ben)
    await stage.time.run(100.0)
    assert ben.engine.remotes[0].avatar == {"character": "mina"}
    ann.engine.set_avatar({"character": "juno"})
    await stage.time.run(100.0)
    assert ben.engine.remotes[0].avatar == {"character": "juno"}
    assert ben.engine.remotes[0].app == "ann"


async def test_avatar_is_refused_and_the_old_one_stays_when_it_cannot_be_sent(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.set_avatar({"character": "mina"})
    for bad in ({"x": "y" * 20_000}, {"x": object()}, {"x": float("nan")}):
        with pytest.raises(ControlError, match="control-too-large"):
            ann.engine.set_avatar(bad)
    await stage.connect(ann, ben)
    await stage.time.run(100.0)
    assert ben.engine.remotes[0].avatar == {"character": "mina"}


async def test_peer_is_gone_at_once_when_the_other_leaves(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.leave()
    assert ben.engine.status.phase is Phase.ENDED
    assert ben.engine.status.notice is None
    await stage.time.run(200.0)
    assert ann.engine.remotes == ()
    assert ann.engine.status.phase is Phase.INSIDE
    assert stage.peers.open_transports == []


async def test_pages_connect_anew_when_one_leaves_and_joins_again(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.leave()
    await stage.time.run(200.0)
    ben.engine.join(INVITATION)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))


async def test_call_runs_on_untouched_when_the_signaling_server_dies(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    transports = stage.peers.open_transports
    stage.server.stop()
    await stage.time.run(60_000.0)
    assert ann.engine.status.signaling is not SignalingState.JOINED
    assert ann.codes == [NoticeCode.SERVER_UNREACHABLE]
    assert stage.all_good(ann, ben)
    await stage.send(ann, 0.5)
    assert ben.engine.remotes[0].stats.frames > 0

    stage.server.start()
    await stage.time.run_until(
        lambda: all(page.engine.status.signaling is SignalingState.JOINED for page in (ann, ben))
    )
    await stage.time.run(30_000.0)
    assert stage.all_good(ann, ben)
    assert stage.peers.open_transports == transports

    cat = stage.page("cat")
    cat.engine.join(INVITATION)
    await stage.time.run(1_000.0)
    assert cat.codes == [NoticeCode.ROOM_FULL]
    assert cat.engine.status.phase is Phase.ENDED


async def test_nobody_is_called_in_vain_when_server_and_network_are_away_together(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.server.stop()
    stage.peers.cut()
    await stage.time.run(180_000.0)
    assert ann.qualities == ben.qualities == ["reconnecting"]
    assert ann.codes == ben.codes == [NoticeCode.SERVER_UNREACHABLE]
    assert len(stage.peers.transports) == 2
    stage.peers.restore()
    stage.server.start()
    await stage.time.run_until(lambda: stage.all_good(ann, ben))


async def test_page_says_that_the_server_is_full_and_gets_in_when_there_is_a_place(
    stage: Stage,
) -> None:
    stage.server.registry = Registry(room_size=2, max_rooms=1, max_peers=100)
    stranger = stage.page("stranger")
    stranger.engine.join(Invitation("another-room", bytes(16)))
    await stage.time.run_until(lambda: stranger.engine.status.phase is Phase.INSIDE)
    ann = stage.page("ann")
    ann.engine.join(INVITATION)
    await stage.time.run(120_000.0)
    assert ann.codes == [NoticeCode.SERVER_FULL]
    assert ann.engine.status.phase is Phase.ENTERING
    assert stage.server.opened <= 2 + 120 / 15
    stranger.engine.leave()
    await stage.time.run_until(lambda: ann.engine.status.phase is Phase.INSIDE)
    assert ann.codes == [NoticeCode.SERVER_FULL]


async def test_server_is_left_alone_as_long_as_it_asked_when_it_closes_politely(
    stage: Stage,
) -> None:
    ann = stage.page("ann")
    await stage.connect(ann)
    stage.server.stop(politely=True)
    opened = stage.server.opened
    await stage.time.run(4_900.0)
    assert stage.server.opened == opened
    assert ann.codes == [NoticeCode.SERVER_CLOSING]
    stage.server.start()
    await stage.time.run(3_000.0)
    assert ann.engine.status.signaling is SignalingState.JOINED


async def test_page_waits_no_longer_when_the_network_is_another_one(stage: Stage) -> None:
    stage.server.stop()
    ann = stage.page("ann")
    ann.engine.join(INVITATION)
    await stage.time.run(30_000.0)
    stage.server.start()
    await stage.time.run_until(
        lambda: ann.engine.status.signaling is SignalingState.WAITING_RETRY, 30_000.0
    )
    ann.engine.network_changed()
    await stage.time.run(100.0)
    assert ann.engine.status.signaling is SignalingState.JOINED


async def test_page_joins_again_unnoticed_when_its_socket_died_without_a_word(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.server.sockets.remove(stage.socket_of(ann))
    await stage.time.run(120_000.0)
    assert stage.server.opened == 3
    assert ann.engine.status.signaling is SignalingState.JOINED
    assert stage.socket_of(ann).seat is not None
    assert stage.all_good(ann, ben)
    assert ann.notices == ben.notices == []


async def test_third_page_is_refused_for_good_when_the_room_is_full(stage: Stage) -> None:
    ann, ben, cat = stage.page("ann"), stage.page("ben"), stage.page("cat")
    await stage.connect(ann, ben)
    cat.engine.join(INVITATION)
    await stage.time.run(60_000.0)
    assert cat.codes == [NoticeCode.ROOM_FULL]
    assert cat.engine.status.phase is Phase.ENDED
    assert stage.server.opened == 3
    assert stage.all_good(ann, ben)
    ann.engine.leave()
    await stage.time.run(100.0)
    cat.engine.join(INVITATION)
    await stage.time.run_until(lambda: stage.all_good(ben, cat))


async def test_running_call_goes_on_when_its_place_in_the_room_was_taken(stage: Stage) -> None:
    ann, ben, cat = stage.page("ann"), stage.page("ben"), stage.page("cat")
    await stage.connect(ann, ben)
    stage.server.stop()
    await stage.time.run(1_000.0)
    stage.server.start()
    cat.engine.join(INVITATION)
    await stage.time.run_until(lambda: NoticeCode.ROOM_FULL in ann.codes + ben.codes)
    assert "good" in ann.qualities
    assert "good" in ben.qualities
    refused = ann if NoticeCode.ROOM_FULL in ann.codes else ben
    assert refused.engine.status.phase is Phase.INSIDE
    (ben if refused is ann else ann).engine.leave()
    await stage.time.run(200.0)
    assert refused.engine.status.phase is Phase.ENDED
    assert refused.engine.status.notice is not None
    assert refused.engine.status.notice.code is NoticeCode.ROOM_FULL


async def test_three_pages_see_each_other_when_the_room_holds_three(roomy_stage: Stage) -> None:
    pages = [roomy_stage.page(name) for name in ("ann", "ben", "cat")]
    await roomy_stage.connect(*pages)
    assert all(page.discarded == 0 for page in pages)
    assert pages[0].engine.send_params(face(pages[0].clock.now_ms())) == 2


async def test_call_recovers_without_restart_when_the_network_hiccups(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    relayed = len(stage.server.relayed)
    stage.peers.cut()
    await stage.time.run(2_000.0)
    assert ann.qualities == ben.qualities == ["reconnecting"]
    stage.peers.restore()
    await stage.time.run(100.0)
    assert stage.all_good(ann, ben)
    await stage.time.run(20_000.0)
    assert stage.all_good(ann, ben)
    assert len(stage.server.relayed) == relayed


async def test_ice_restarts_on_the_same_transport_when_the_way_has_changed(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    transports = stage.peers.open_transports
    stage.peers.cut()
    await stage.time.run(1_500.0)
    stage.peers.restore(by_itself=False)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    # Both sides waited the same grace and offered together: the glare was resolved.
    assert sum(relay.kind == "offer" for relay in stage.server.relayed) >= 2
    assert stage.peers.open_transports == transports


async def test_transport_is_rebuilt_when_the_connection_failed(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    before = stage.peers.open_transports
    stage.peers.cut()
    await stage.time.run_until(
        lambda: any(
            connection.machine.generation > 1 for connection in ann.connections + ben.connections
        )
    )
    stage.peers.restore(by_itself=False)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    assert not set(before) & set(stage.peers.open_transports)
    assert len(stage.peers.open_transports) == 2
    await stage.send(ann, 0.5)
    assert ben.engine.remotes[0].stats.frames > 0


async def test_link_is_lost_after_bounded_tries_and_found_again_when_the_peer_returns(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    stage.peers.blocked = True
    ann.engine.join(INVITATION)
    ben.engine.join(INVITATION)
    await stage.time.run_until(lambda: ann.qualities == ben.qualities == ["lost"], 300_000.0)
    assert ann.codes == ben.codes == [NoticeCode.CONNECTION_FAILED]
    made = len(stage.peers.transports)
    await stage.time.run(120_000.0)
    assert len(stage.peers.transports) == made
    assert stage.peers.open_transports == []
    stage.peers.restore()
    stage.break_socket(ben)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))


async def test_peer_goes_after_a_while_when_it_vanishes_without_a_word(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.server.drop(stage.socket_of(ben))
    stage.transport_of(ben).close()
    stage.pages.remove(ben)
    await stage.time.run_until(lambda: ann.engine.remotes == (), 20_000.0)
    assert ann.engine.status.phase is Phase.INSIDE


async def test_call_is_good_again_when_a_page_loses_socket_and_connection_together(
    stage: Stage,
) -> None:
    """As when a phone goes from one network to another."""
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.peers.cut()
    stage.break_socket(ben)
    await stage.time.run(3_000.0)
    stage.peers.restore(by_itself=False)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    assert len(ann.engine.remotes) == 1


async def test_both_learn_it_and_the_later_one_leaves_when_the_secrets_differ(
    stage: Stage,
) -> None:
    ann, eve, ben = stage.page("ann"), stage.page("eve"), stage.page("ben")
    await stage.connect(ann)
    eve.engine.join(Invitation(INVITATION.room, bytes(16)))
    await stage.time.run(1_000.0)
    assert ann.codes == eve.codes == [NoticeCode.WRONG_SECRET]
    assert ann.engine.status.peers == ()
    told = ann.engine.status.notice
    assert told is not None
    assert told.code is NoticeCode.WRONG_SECRET, "nobody has time to read what is taken back"
    assert eve.engine.status.phase is Phase.ENDED
    assert ann.engine.status.phase is Phase.INSIDE
    assert ann.engine.remotes == ()
    ben.engine.join(INVITATION)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))


async def test_right_pair_goes_on_when_a_third_has_another_secret(roomy_stage: Stage) -> None:
    ann, ben, eve = (roomy_stage.page(name) for name in ("ann", "ben", "eve"))
    await roomy_stage.connect(ann, ben)
    eve.engine.join(Invitation(INVITATION.room, bytes(16)))
    await roomy_stage.time.run(5_000.0)
    assert ann.codes == ben.codes == [NoticeCode.WRONG_SECRET]
    assert set(eve.codes) == {NoticeCode.WRONG_SECRET}
    assert eve.engine.status.phase is Phase.ENDED
    assert roomy_stage.all_good(ann, ben)


async def test_newcomer_stays_with_those_who_share_its_secret_when_one_does_not(
    roomy_stage: Stage,
) -> None:
    ann, eve, ben = (roomy_stage.page(name) for name in ("ann", "eve", "ben"))
    await roomy_stage.connect(ann)
    # Slow enough that Eve is still in the room when Ben comes.
    roomy_stage.server.delay_ms = 300.0
    eve.engine.join(Invitation(INVITATION.room, bytes(16)))
    await roomy_stage.time.run(100.0)
    ben.engine.join(INVITATION)
    await roomy_stage.time.run_until(lambda: roomy_stage.all_good(ann, ben))
    assert ben.codes == [NoticeCode.WRONG_SECRET]
    assert eve.engine.status.phase is Phase.ENDED


async def test_only_signaling_is_sealed_text_when_the_server_looks_at_it(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    assert {relay.kind for relay in stage.server.relayed} == {"offer", "answer", "ice"}
    for relay in stage.server.relayed:
        assert "fragment" not in relay.payload
        assert "identity" not in relay.payload


async def test_replayed_and_forged_mail_changes_nothing_when_the_call_runs(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    transports = stage.peers.open_transports
    socket = stage.socket_of(ann)
    sender = ben.peer_id
    for relay in stage.server.relayed:
        socket.inject(
            f'{{"type":"{relay.kind}","from":"{sender}","counter":{relay.counter},'
            f'"payload":"{relay.payload}"}}'
        )
    socket.inject(f'{{"type":"offer","from":"{sender}","counter":99,"payload":"AAAA"}}')
    socket.inject(f'{{"type":"offer","from":"{sender}","counter":99,"payload":"{"A" * 64}"}}')
    socket.inject(f'{{"type":"reject","from":"{sender}","code":"wrong-secret"}}')
    await stage.time.run(20_000.0)
    assert stage.all_good(ann, ben)
    assert stage.peers.open_transports == transports
    assert ann.codes == [NoticeCode.SIGNALING_TAMPERED]
    assert ann.discarded > len(stage.server.relayed)


async def test_call_goes_on_and_says_so_when_the_peer_is_newer(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    newer = stage.transport_of(ben)
    newer.send_control('{"type":"hello","wire":2,"app":"9.9","avatar":{"new":1}}')
    newer.send_control('{"type":"hologram","of":"a cat"}')
    newer.send_frame(bytes([0x20]) + bytes(61))
    await stage.time.run(200.0)
    assert ann.codes == [NoticeCode.PEER_NEWER]
    assert ann.notices[0].peer == ben.peer_id
    assert ann.engine.remotes[0].avatar == {"new": 1}
    assert ann.engine.remotes[0].stats.controls_refused == 1
    assert ann.engine.remotes[0].stats.dropped == {"unsupported-version": 1}
    await stage.send(ben, 0.5)
    assert ann.engine.remotes[0].stats.frames > 0
    assert stage.all_good(ann, ben)


async def test_nothing_raises_and_the_call_goes_on_when_everything_hostile_arrives(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    chance = random.Random(1)
    [connection] = ann.connections
    peer = ben.peer_id
    texts = [
        "", "{", "[]", "null", "[" * 3_000, '{"type":5}', '{"type":"avatar","avatar":3}',
        '{"type":"hello","wire":true}', '{"type":"ping","t0":1e999}', '{"type":"ping","t0":"x"}',
        '{"type":"pong","t0":1,"t1":2,"t2":3}', '{"type":"pong","t0":NaN,"t1":2,"t2":3}',
        '{"type":"avatar","avatar":' + '{"a":' * 500 + "1" + "}" * 501, "x" * 40_000,
        '{"type":"ping","t0":' + "9" * 400 + "}",
    ]  # fmt: skip
    for text in texts:
        connection.on_control(text)
    for length in (0, 1, 61, 62, 64, 96, 97, 5_000):
        connection.on_frame(chance.randbytes(length))
    for state in ("new", "connecting"):
        connection.direct.on_connection_state(state)
    connection.direct.on_connection_state("connected")
    connection.direct.on_local_description("answer", "stray")
    connection.direct.on_transport_error("odd")
    for text in (
        "{", '{"type":"welcome"}', f'{{"type":"peer-left","peer":"{"z" * 20}"}}',
        f'{{"type":"welcome","peer":"{peer}","order":1,"peers":[],"limits":{{"message_bytes":1,'
        '"messages_per_second":1,"burst":1,"room_size":2}}',
        '{"type":"error","code":"bad-json","detail":"x"}', '{"type":"news"}',
        '{"type":"peer-joined","peer":"invented","order":3}',
    ):  # fmt: skip
        ann.signaling.on_socket_text(text)
    await stage.time.run(1_000.0)
    assert ann.qualities[0] == "good"
    await stage.send(ben, 0.5)
    assert ann.engine.remotes[0].stats.frames > 0


async def test_bounded_many_are_remembered_and_the_gone_forgotten_when_a_server_invents_peers(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)

    def invent(number: int) -> str:
        peer = f"invented-{number:03}"
        joined = PeerJoined(peer, 10 + number, "a-life-of-its-own", "A" * 40)
        ann.signaling.on_socket_text(encode_server_message(joined))
        return peer

    invented = [invent(number) for number in range(200)]
    assert len(ann.connections) == MAX_PEERS
    ann.signaling.on_socket_text(encode_server_message(PeerLeft(invented[0])))
    newest = invent(999)
    known = [connection.remote.peer_id for connection in ann.connections]
    assert len(known) == MAX_PEERS
    assert known[0] == ben.peer_id
    assert known[-1] == newest
    assert invented[0] not in known


async def test_call_ends_with_a_notice_when_the_platform_has_no_cryptography(
    stage: Stage,
) -> None:
    ann = stage.page("ann")

    async def broken(*_: bytes) -> None:
        raise RuntimeError("no subtle crypto")

    ann.engine._ports.crypto.derive_sealer = broken  # type: ignore[method-assign]
    ann.engine.join(INVITATION)
    await stage.time.run(100.0)
    assert ann.codes == [NoticeCode.SEALING_FAILED]
    assert ann.engine.status.phase is Phase.ENDED


async def test_call_ends_in_order_when_the_listener_leaves_in_the_middle_of_a_change(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann)
    ben.on_change = lambda: ben.engine.remotes and ben.engine.leave()
    ben.engine.join(INVITATION)
    await stage.time.run(5_000.0)
    assert ben.engine.status.phase is Phase.ENDED
    assert ben.connections == []
    assert ann.engine.remotes == ()


async def test_second_room_is_entered_alone_when_a_page_changes_rooms(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.join(Invitation("elsewhere", bytes(16)))
    await stage.time.run(500.0)
    assert ben.engine.status.phase is Phase.INSIDE
    assert ben.engine.remotes == ann.engine.remotes == ()


async def test_frames_go_nowhere_without_harm_when_nobody_is_there(stage: Stage) -> None:
    ann = stage.page("ann")
    assert ann.engine.send_params(face(0.0)) == 0
    await stage.connect(ann)
    assert ann.engine.send_params(face(0.0)) == 0
    ann.engine.leave()
    ann.engine.leave()
    assert ann.engine.send_params(face(0.0)) == 0


async def test_links_are_idle_and_timers_stopped_when_the_call_is_over(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    connections = ann.connections + ben.connections
    ann.engine.leave()
    ben.engine.leave()
    await stage.time.run(60_000.0)
    assert [connection.machine.state for connection in connections] == [PeerState.IDLE] * 2
    assert not [timer for timer in stage.time._timers if timer.callback is not None]


@pytest.mark.parametrize("politely", [False, True])
async def test_notice_is_over_when_the_server_is_back(stage: Stage, politely: bool) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.server.stop(politely=politely)
    await stage.time.run(10_000.0)
    assert ann.engine.status.notice is not None
    stage.server.start()
    await stage.time.run(20_000.0)
    assert [page.engine.status.notice for page in (ann, ben)] == [None, None]


@pytest.mark.parametrize("end", ["found", "gone"])
async def test_notice_is_over_when_the_peer_it_was_about_is_found_or_gone(
    stage: Stage, end: str
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    stage.peers.blocked = True
    ann.engine.join(INVITATION)
    ben.engine.join(INVITATION)
    await stage.time.run_until(lambda: ann.qualities == ben.qualities == ["lost"], 300_000.0)
    assert ann.engine.status.notice is not None
    if end == "found":
        stage.peers.restore()
        stage.break_socket(ben)
        await stage.until_good(ann, ben)
    else:
        ben.engine.leave()
        await stage.time.run(200.0)
    assert ann.engine.status.notice is None
