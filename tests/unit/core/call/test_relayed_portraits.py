"""Portraits on their way through the signaling server, because no direct path comes up."""

from __future__ import annotations

import itertools
import random

import pytest
from tests.support.memory_peers import Weather
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage

from persona_core.call.peer.portrait_exchange import PATIENCE_MS, PIECE_GAP_MS
from persona_core.call.peer.portrait_upload import PIECE_BYTES
from persona_core.call.remote_peer import RemotePeer
from persona_core.wire.control import PortraitWanted
from persona_core.wire.signaling import Relay

BASE, *OTHERS = (random.Random(seed).randbytes(size) for seed, size in enumerate((60_000,) * 6))
ALL = len(BASE) + sum(map(len, OTHERS))
SHORTEST_PIECE = 4_000
"""Characters of a payload: nothing else that is said here has so many."""
PIECES = sum(-(-len(part) // PIECE_BYTES) for part in (BASE, *OTHERS))


async def meet(stage: Stage, *, blocked: bool = True) -> tuple[Page, Page, RemotePeer]:
    """Ann, who wears a set, Ben, and what Ben sees of her; a moment after they met."""
    stage.server.limits = RELAYING
    stage.peers.blocked = blocked
    ann, ben = (stage.page(name, wants_portraits=True) for name in ("ann", "ben"))
    ann.engine.set_portrait(BASE, OTHERS)
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await stage.time.run(50.0)
    await stage.time.run_until(lambda: bool(ben.engine.remotes) and ben.engine.remotes[0].app != "")
    [of_ann] = ben.engine.remotes
    return ann, ben, of_ann


def is_whole(remote: RemotePeer) -> bool:
    return (remote.portrait, remote.expressions) == (BASE, tuple(OTHERS))


async def test_portrait_comes_first_and_all_of_it_in_pieces_that_the_server_takes(
    stage: Stage,
) -> None:
    _ann, ben, of_ann = await meet(stage)
    assert of_ann.path == "server"
    begun = len(stage.server.relayed)
    progress = [0.0]
    while not is_whole(of_ann):
        assert of_ann.portrait is None or of_ann.portrait == BASE
        done = of_ann.download.progress
        assert done is not None
        assert (of_ann.portrait is not None) == (done >= len(BASE) / ALL)
        progress.append(done)
        assert len(progress) < 3 * PIECES
        await stage.time.run(100.0)
    assert progress == sorted(progress)
    assert max(after - before for before, after in itertools.pairwise(progress)) < 0.1
    sizes = [len(relay.payload) for relay in stage.server.relayed[begun:]]
    assert sum(size > SHORTEST_PIECE for size in sizes) == PIECES, "each in one message, and once"
    assert max(sizes) <= 16_000
    assert of_ann.download.refused == of_ann.stats.controls_refused == 0
    assert ben.connections[0].limits.refused == 0


async def test_faces_keep_coming_when_both_send_their_portraits_through_the_server(
    stage: Stage,
) -> None:
    ann, ben, of_ann = await meet(stage)
    ben.engine.set_portrait(OTHERS[0], (BASE,))
    frames, relayed = of_ann.stats.frames, len(stage.server.relayed)
    await stage.send(ann, 4.0)
    await stage.time.run(100.0)
    assert of_ann.download.progress is not None, "still under way"
    assert of_ann.stats.frames - frames >= 40, "all that were sent: 12 a second of 30 are 10"
    assert of_ann.stats.lost == 0
    rate = (len(stage.server.relayed) - relayed) / 4.1
    assert 0.5 * rate < 0.6 * RELAYING.messages_per_second, "of each"
    assert (of_ann.rtt_ms or 0.0) < 100.0


async def test_piece_is_asked_for_again_when_the_server_loses_it(stage: Stage) -> None:
    ann, _ben, of_ann = await meet(stage)
    ann.engine.set_portrait(BASE)
    dice = random.Random(3)

    def drop(relay: Relay) -> Relay | None:
        return None if relay.kind == "control" and dice.random() < 0.3 else relay

    stage.server.tamper = drop
    await stage.time.run_until(lambda: of_ann.portrait == BASE, patience_ms=400_000.0)
    assert of_ann.download.refused == 0


async def test_portrait_goes_on_when_the_server_that_relays_was_away(stage: Stage) -> None:
    _ann, _ben, of_ann = await meet(stage)
    await stage.time.run_until(lambda: (of_ann.download.progress or 0.0) > 0.4)
    stage.server.stop()
    await stage.time.run(3_000.0)
    stage.server.start()
    await stage.time.run(5_000.0)
    assert (of_ann.download.progress or 1.0) > 0.4
    await stage.time.run_until(lambda: is_whole(of_ann), patience_ms=60_000.0)


async def test_portrait_goes_on_over_the_direct_path_when_one_comes_up_in_the_middle(
    stage: Stage,
) -> None:
    ann, ben, of_ann = await meet(stage)
    await stage.time.run_until(lambda: (of_ann.download.progress or 0.0) > 0.2)
    stage.peers.weather = Weather(control_bytes_per_ms=20.0)
    stage.peers.restore()
    for page in (ann, ben):
        page.engine.network_changed()
    await stage.time.run_until(lambda: of_ann.path == "direct", patience_ms=60_000.0)
    assert 0.2 < (of_ann.download.progress or 1.0) < 1.0
    await stage.time.run_until(lambda: is_whole(of_ann), patience_ms=60_000.0)


async def test_portrait_goes_on_through_the_server_when_the_direct_path_is_cut(
    stage: Stage,
) -> None:
    stage.peers.weather = Weather(control_bytes_per_ms=20.0)
    _ann, _ben, of_ann = await meet(stage, blocked=False)
    await stage.time.run_until(lambda: (of_ann.download.progress or 0.0) > 0.3)
    stage.peers.cut()
    await stage.time.run_until(lambda: of_ann.path == "server", patience_ms=30_000.0)
    assert 0.3 < (of_ann.download.progress or 1.0) < 1.0
    await stage.time.run_until(lambda: is_whole(of_ann), patience_ms=60_000.0)


async def test_pieces_keep_their_pace_and_end_when_a_peer_asks_without_end(stage: Stage) -> None:
    ann, ben, of_ann = await meet(stage)
    await stage.time.run_until(lambda: is_whole(of_ann), patience_ms=60_000.0)
    [to_ann], [to_ben] = ben.connections, ann.connections
    wanted = PortraitWanted(to_ben.control_channel.portraits.upload._portrait.name.sha256, 0)  # type: ignore[union-attr]
    sent = len(stage.server.relayed)
    for _ in range(100):  # 25 a second
        to_ann.control_channel.say(wanted)
        await stage.time.run(40.0)
    pieces = [one for one in stage.server.relayed[sent:] if len(one.payload) > SHORTEST_PIECE]
    assert 10 < len(pieces) <= 4_000.0 / PIECE_GAP_MS + 1


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1])
async def test_portrait_comes_whole_through_the_server_whatever_its_size(
    stage: Stage, size: int
) -> None:
    ann, _ben, of_ann = await meet(stage)
    ann.engine.set_portrait(BASE[:size])
    await stage.time.run_until(lambda: of_ann.portrait == BASE[:size], patience_ms=20_000.0)


async def test_portrait_is_asked_for_again_on_the_direct_path_when_the_question_was_lost(
    stage: Stage,
) -> None:
    ann, ben = (stage.page(name, wants_portraits=True) for name in ("ann", "ben"))
    ann.engine.set_portrait(BASE, OTHERS)
    ann.engine.join(INVITATION)
    await stage.time.run(50.0)
    ben.engine.join(INVITATION)
    await stage.time.run_until(lambda: bool(ann.connections))
    [to_ben] = ann.connections
    portraits = to_ben.control_channel.portraits
    serve, lost = portraits.serve, list[PortraitWanted]()

    def lose_one(wanted: PortraitWanted) -> None:
        if lost:
            serve(wanted)
        lost.append(wanted)

    portraits.serve = lose_one  # type: ignore[method-assign]
    await stage.until_good(ann, ben)
    [of_ann] = ben.engine.remotes
    assert of_ann.path == "direct"
    await stage.time.run_until(lambda: is_whole(of_ann), 2.0 * PATIENCE_MS)
    assert lost[1] == lost[0]
    asked = len(lost)
    await stage.time.run(10.0 * PATIENCE_MS)
    assert len(lost) == asked == 2 + len(OTHERS), "and no more is asked for"
