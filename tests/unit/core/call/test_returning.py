"""Pages that are loaded anew, devices that sleep, networks that change."""

from __future__ import annotations

import pytest
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage

from persona_core.call.notices import NoticeCode
from persona_core.call.peer.peer_machine import PeerState
from persona_core.call.roster import Roster
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.call.status import Phase
from persona_core.wire.signaling import IceServer, IceServers

RESUME_MS = 10_000.0
START_MS = 4_000.0  # what a page takes until it is back in its room


async def reload(stage: Stage, page: Page, name: str, *, crash: bool = False) -> Page:
    """The same person's page, loaded anew: nothing of the old one is left but the identity."""
    identity = page.engine.identity
    if crash:
        socket = stage.socket_of(page)
        page.signaling._socket = None
        stage.server.break_socket(socket)
        for connection in page.connections:
            connection.direct.close()
        page.engine._roster = Roster()
        page.engine._signaling = None
    else:
        page.engine.leave(returning=True)
    await stage.time.run(START_MS)
    again = stage.page(name)
    again.engine.join(INVITATION, identity)
    return again


@pytest.mark.parametrize("crash", [False, True], ids=["reload", "crash"])
async def test_page_returns_as_the_same_peer_when_it_is_loaded_anew(
    stage: Stage, crash: bool
) -> None:
    stage.server.resume_ms = RESUME_MS
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    [of_ben] = ann.engine.remotes
    again = await reload(stage, ben, "ben again", crash=crash)
    assert ann.qualities == ["reconnecting"]
    await stage.until_good(ann, again, patience_ms=3_000.0)
    assert ann.engine.remotes == (of_ben,)
    assert again.peer_id == of_ben.peer_id
    frames = of_ben.stats.frames
    await stage.send(again, 1.0)
    await stage.time.run(100.0)
    assert of_ben.stats.frames >= frames + 25
    assert ann.codes == []


@pytest.mark.parametrize("crash", [False, True], ids=["reload", "crash"])
async def test_face_moves_at_once_when_a_page_returns_after_a_short_call(
    stage: Stage, crash: bool
) -> None:
    stage.server.resume_ms = RESUME_MS
    ann, ben = stage.page("ann"), stage.page("ben", skew_ms=40_000.0)
    await stage.connect(ann, ben)
    # So few that the numbers of the new page's frames have all been seen.
    await stage.send(ben, 2.0)
    again = await reload(stage, ben, "ben again", crash=crash)
    await stage.until_good(ann, again, patience_ms=3_000.0)
    await stage.time.run(3_000.0)
    [of_ben] = ann.engine.remotes
    before = of_ben.stats
    await stage.send(again, 1.0)
    await stage.time.run(100.0)
    after = of_ben.stats
    assert after.frames == before.frames + 30
    assert after.dropped == before.dropped
    assert after.latency_ms == pytest.approx(stage.peers.weather.delay_ms, abs=5.0)


async def test_either_page_returns_when_they_are_loaded_anew_many_times(stage: Stage) -> None:
    stage.server.resume_ms = RESUME_MS
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    for number in range(4):
        ben = await reload(stage, ben, f"ben {number}")
        await stage.until_good(ann, ben, patience_ms=3_000.0)
        ann = await reload(stage, ann, f"ann {number}")
        await stage.until_good(ann, ben, patience_ms=3_000.0)
    assert len(stage.peers.open_transports) == 2


async def test_both_find_each_other_when_both_are_loaded_anew_together(stage: Stage) -> None:
    stage.server.resume_ms = RESUME_MS
    pages = [stage.page("ann"), stage.page("ben")]
    await stage.connect(*pages)
    identities = [page.engine.identity for page in pages]
    for page in pages:
        page.engine.leave(returning=True)
    await stage.time.run(START_MS)
    again = [stage.page("ann again"), stage.page("ben again")]
    for page, identity in zip(again, identities, strict=True):
        page.engine.join(INVITATION, identity)
    await stage.until_good(*again, patience_ms=3_000.0)


async def test_peer_is_gone_after_a_while_when_its_page_was_closed(stage: Stage) -> None:
    stage.server.resume_ms = RESUME_MS
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.leave(returning=True)
    await stage.time.run(1_000.0)
    assert ann.qualities == ["reconnecting"]
    await stage.time.run(RESUME_MS + 500.0)
    assert ann.qualities == []


async def test_call_moves_to_the_newer_tab_when_a_tab_is_duplicated(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    twin = stage.page("ben's twin")
    twin.engine.join(INVITATION, ben.engine.identity)
    await stage.until_good(ann, twin)
    await stage.time.run_until(lambda: ben.engine.status.phase is Phase.ENDED)
    assert ben.codes[-1] == NoticeCode.REPLACED
    assert stage.all_good(ann, twin)


async def test_connections_are_renewed_at_once_when_the_network_is_another_one(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    offers = len([relay for relay in stage.server.relayed if relay.kind == "offer"])
    ann.engine.network_changed()
    await stage.time.run(500.0)
    assert len([r for r in stage.server.relayed if r.kind == "offer"]) == offers + 1
    assert stage.all_good(ann, ben)
    assert {page.connections[0].machine.generation for page in (ann, ben)} == {1}


async def test_call_recovers_without_waiting_when_the_device_wakes_from_sleep(
    stage: Stage,
) -> None:
    stage.server.resume_ms = RESUME_MS
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    # Asleep: the socket is dead without a word, and the connection is interrupted.
    ann.signaling._socket._listener = None  # type: ignore[union-attr]
    stage.peers.cut()
    await stage.time.run(4_000.0)
    stage.peers.restore(by_itself=False)
    ann.engine.network_changed()
    await stage.time.run_until(
        lambda: ann.engine.status.signaling is SignalingState.JOINED and stage.all_good(ann, ben),
        patience_ms=9_000.0,
    )


async def test_nobody_is_called_in_vain_when_the_network_changes_while_the_server_is_away(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.server.stop()
    await stage.time.run(1_000.0)
    ann.engine.network_changed()
    await stage.time.run(500.0)
    assert [connection.machine.state for connection in ann.connections] == [PeerState.CONNECTED]
    stage.server.start()
    await stage.time.run(10_000.0)
    assert stage.all_good(ann, ben)


async def test_connections_use_the_servers_that_the_signaling_server_names(stage: Stage) -> None:
    first = IceServer(("turn:turn.example",), "user 1", "secret 1")
    stage.server.ice = IceServers((first,), 600)
    ann = stage.page("ann")
    await stage.connect(ann)
    assert stage.peers.servers == (first,)
    second = IceServer(("turn:turn.example",), "user 2", "secret 2")
    stage.server.ice = IceServers((second,), 600)
    await stage.time.run(301_000.0)
    assert stage.peers.servers == (second,)


async def test_page_shows_the_newest_seat_token_when_it_joins_again(stage: Stage) -> None:
    stage.server.seat_token = "the-first"
    ann = stage.page("ann")
    await stage.connect(ann)
    stage.server.seat_token = "the-second"
    await stage.time.run(31_000.0)
    stage.server.seat_token = ""
    await stage.time.run(31_000.0)
    for _ in range(2):
        stage.server.stop()
        await stage.time.run(1_000.0)
        stage.server.start()
        await stage.time.run_until(lambda: ann.engine.status.signaling is SignalingState.JOINED)
    assert [join.seat_token for join in stage.server.joins] == ["", "the-second", "the-second"]


async def test_connections_are_made_anew_when_the_person_hides_the_address(stage: Stage) -> None:
    stage.server.limits = RELAYING
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    before = stage.peers.open_transports
    ann.engine.set_relay_only(True)
    assert stage.peers.relay_only
    await stage.until_good(ann, ben)
    assert not set(before) & set(stage.peers.open_transports)
