"""Voices in calls: tracks that come, go and change, and who is muted."""

from __future__ import annotations

from itertools import permutations

from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage


def speak(page: Page, device: str = "microphone") -> None:
    """Somebody switches their microphone on."""
    page.engine.set_audio(f"{device} of {page.name}")
    page.engine.set_muted(False)


async def test_voice_is_heard_after_one_offer_when_it_is_there_before(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    speak(ann)
    speak(ben)
    await stage.connect(ann, ben)
    await stage.time.run(500.0)
    assert [page.engine.remotes[0].audio for page in (ann, ben)] == [
        ("audio of", stage.transport_of(other).identity) for other in (ben, ann)
    ]
    assert sum(relay.kind == "offer" for relay in stage.server.relayed) == 1


async def test_nothing_is_negotiated_when_voices_come_and_go_in_the_call(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    await stage.time.run(500.0)
    assert not any(page.engine.remotes[0].audio for page in (ann, ben)), "nobody spoke yet"
    speak(ann)
    speak(ben)
    await stage.time.run(2_000.0)
    assert all(page.engine.remotes[0].audio for page in (ann, ben))
    assert [stage.transport_of(page).audio for page in (ann, ben)] == [
        "microphone of ann",
        "microphone of ben",
    ]
    assert stage.all_good(ann, ben)
    speak(ann, "headset")
    ann.engine.set_audio(None)
    speak(ann)
    await stage.time.run(2_000.0)
    assert sum(relay.kind == "offer" for relay in stage.server.relayed) == 1
    assert ann.discarded + ben.discarded == 0


async def test_connection_is_made_anew_when_the_platform_refuses_a_description_in_the_call(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    speak(ann)
    speak(ben)
    await stage.connect(ann, ben)
    await stage.time.run(500.0)
    before = [stage.transport_of(page) for page in (ann, ben)]
    ann.connections[0].direct.on_negotiation_stuck("extension ID reassignment not supported")
    await stage.time.run_until(
        lambda: stage.all_good(ann, ben) and before[0].closed and before[1].closed
    )
    await stage.time.run(500.0)
    assert [page.engine.remotes[0].audio for page in (ann, ben)] == [
        ("audio of", stage.transport_of(other).identity) for other in (ben, ann)
    ]
    assert stage.transport_of(ann) is not before[0]


async def test_page_is_told_when_a_voice_comes_into_a_steady_call(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    await stage.time.run(5_000.0)
    told = len(ben.statuses)
    speak(ann)
    await stage.time.run(2_000.0)
    [status] = ben.statuses[told:]
    assert status.peers[0].audio is ben.engine.remotes[0].audio is not None


async def test_voice_and_mute_are_as_before_when_the_connection_was_restarted_or_rebuilt(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    speak(ann)
    await stage.connect(ann, ben)
    await stage.time.run(100.0)
    ann.engine.set_muted(True)
    await stage.time.run(100.0)
    [of_ann] = ben.engine.remotes
    assert of_ann.muted is True
    ann.engine.network_changed()
    await stage.time.run(2_000.0)
    assert of_ann.muted is True
    for transport in stage.peers.open_transports:
        transport.listener.on_connection_state("failed")
    assert of_ann.audio is None
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    await stage.time.run(500.0)
    assert (of_ann.muted, of_ann.audio) == (
        True,
        ("audio of", stage.transport_of(ann).identity),
    )
    ann.engine.set_muted(False)
    await stage.time.run(100.0)
    assert of_ann.muted is False


async def test_eight_pages_all_see_and_hear_each_other_when_they_join_together() -> None:
    stage = Stage(room_size=8)
    pages = [stage.page(f"page {number}") for number in range(8)]
    for page in pages:
        speak(page)
        page.engine.join(INVITATION)
        await stage.time.run(3.0)
    await stage.time.run_until(lambda: stage.all_good(*pages))
    await stage.time.run(1_000.0)
    assert len(stage.peers.open_transports) == 8 * 7
    for page in pages:
        await stage.send(page, 1.0)
    await stage.time.run(100.0)
    for page, other in permutations(pages, 2):
        [remote] = [r for r in page.engine.remotes if r.peer_id == other.peer_id]
        assert remote.audio is not None
        assert 13 <= remote.stats.frames <= 17, "in so large a room 15 a second"
        assert remote.stats.lost == 0
    pages[3].engine.leave()
    await stage.time.run(200.0)
    assert {len(page.engine.remotes) for page in pages} == {6, 0}
    for page in pages:
        page.engine.leave()


async def test_fewer_frames_come_when_the_page_is_hidden_and_all_again_when_it_is_seen(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.set_watched(False)
    await stage.time.run(3_000.0)
    [of_ann] = ben.engine.remotes
    await stage.send(ann, 4.0)
    hidden = of_ann.stats.frames
    assert 26 <= hidden <= 36
    ben.engine.set_watched(True)
    await stage.time.run(2_500.0)
    await stage.send(ann, 2.0)
    await stage.time.run(100.0)
    assert of_ann.stats.frames - hidden >= 58
    assert of_ann.stats.lost == 0


async def test_rate_falls_and_the_connection_is_called_poor_when_frames_are_lost(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    stage.peers.weather.loss = 0.3
    await stage.send(ann, 12.0)
    assert ann.qualities == ben.qualities == ["poor"]
    [connection] = ann.connections
    assert connection.rate.hz < 30.0
    stage.peers.weather.loss = 0.0
    await stage.send(ann, 30.0)
    assert connection.rate.hz == 30.0
    assert stage.all_good(ann, ben)
