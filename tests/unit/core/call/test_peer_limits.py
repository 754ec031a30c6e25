"""What one peer may take of our time, and that honest ones never notice."""

from __future__ import annotations

from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage, face
from tests.support.world import ManualTime

from persona_core.call.peer.peer_limits import CONTROLS, FRAMES, OFFERS, PeerLimits
from persona_core.wire.codec import encode_frame
from persona_core.wire.control import MAX_CHUNK_BYTES, MAX_EXPRESSIONS, MAX_PORTRAIT_BYTES


async def test_frames_are_taken_at_the_rate_of_honest_pages_and_no_faster() -> None:
    time = ManualTime()
    limits = PeerLimits(time)
    for _ in range(300):
        await time.run(1000.0 / 30.0)
        assert limits.allows_frame()
    taken = 0
    for _ in range(2_000):
        await time.run(1.0)
        taken += limits.allows_frame()
    rate, burst = FRAMES
    assert taken <= burst + 2.0 * rate + 1
    assert limits.refused == 2_000 - taken


async def test_offers_beyond_a_few_are_taken_one_in_two_seconds() -> None:
    time = ManualTime()
    limits = PeerLimits(time)
    taken = 0
    for _ in range(160):  # 16 a second
        await time.run(1000.0 / 16.0)
        taken += limits.allows_message("offer")
    rate, burst = OFFERS
    assert taken <= burst + 10.0 * rate + 1
    assert limits.allows_message("ice")


async def test_largest_portrait_is_taken_in_one_go_and_a_flood_of_texts_is_not() -> None:
    time = ManualTime()
    limits = PeerLimits(time)
    chunk = "x" * (MAX_CHUNK_BYTES * 4 // 3 + 150)
    assert all(limits.allows_control(chunk) for _ in range(MAX_PORTRAIT_BYTES // MAX_CHUNK_BYTES))
    # Each picture ends with a piece that is not full.
    assert all(limits.allows_control("x" * 150) for _ in range(1 + MAX_EXPRESSIONS))
    taken = sum(limits.allows_control("{}") for _ in range(1_000))
    assert taken <= CONTROLS[1]


def flood(page: Page, count: int) -> None:
    """The page's own rate is forgotten: frames as fast as the channel takes them."""
    [connection] = page.connections
    for number in range(count):
        connection.direct.send_frame(encode_frame(face(page.clock.now_ms()), number))


async def test_frames_of_a_flooding_peer_are_dropped_when_others_are_in_the_room(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    flood(ann, 5_000)
    await stage.time.run(500.0)
    [of_ann] = ben.engine.remotes
    assert of_ann.stats.frames <= FRAMES[1] + FRAMES[0]
    assert ben.connections[0].limits.refused >= 4_500
    await stage.time.run(3_000.0)
    before = of_ann.stats.frames
    ann.connections[0]._sequence = 5_000
    await stage.send(ann, 1.0)
    await stage.time.run(100.0)
    assert of_ann.stats.frames >= before + 25


async def test_connections_are_built_for_few_offers_only_when_a_member_jams_another(
    roomy_stage: Stage,
) -> None:
    stage = roomy_stage
    stage.server.limits = RELAYING
    ann, eve = stage.page("ann"), stage.page("eve")
    await stage.connect(ann, eve)
    built = len(stage.peers.transports)
    [connection] = eve.connections
    for _ in range(16 * 20):  # offers of ever new generations, 16 a second
        connection.machine.generation += 1
        connection.post("offer", '{"identity": 999, "fragment": 1, "audio": false}')
        await stage.time.run(1000.0 / 16.0)
    rate, burst = OFFERS
    assert len(stage.peers.transports) - built <= burst + 20.0 * rate + 1
    ben = stage.page("ben")
    ben.engine.join(INVITATION)
    await stage.time.run_until(
        lambda: "good" in ben.qualities and "good" in ann.qualities, patience_ms=3_000.0
    )


async def test_portraits_are_asked_for_one_in_five_seconds_when_a_peer_changes_all_the_time(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    await stage.connect(ann, ben)
    came = set()
    for number in range(200):  # ten a second
        ann.engine.set_portrait(bytes([number]) * 500)
        await stage.time.run(100.0)
        [of_ann] = ben.engine.remotes
        came.add(of_ann.portrait)
    assert 3 <= len(came - {None}) <= 5
    await stage.time.run(6_000.0)
    assert of_ann.portrait == bytes([199]) * 500


async def test_expressions_are_asked_for_in_one_go_and_of_the_next_set_after_a_pause(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    await stage.connect(ann, ben)
    [of_ann] = ben.engine.remotes
    came = set()
    for number in range(200):  # ten a second
        pictures = [bytes([number, place]) * 250 for place in range(9)]
        ann.engine.set_portrait(pictures[0], pictures[1:])
        await stage.time.run(100.0)
        came |= {of_ann.portrait, *of_ann.expressions}
    assert len(came - {None}) <= 5 * 9
    await stage.time.run(6_000.0)
    assert (of_ann.portrait, list(of_ann.expressions)) == (pictures[0], pictures[1:])
