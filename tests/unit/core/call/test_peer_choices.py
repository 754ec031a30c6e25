"""Muting, hiding and blocking people, on this page only."""

from __future__ import annotations

import pytest
from tests.support.pages import INVITATION
from tests.support.stage import Stage

from persona_core.call.peer_choices import OPEN, PeerChoice, PeerChoices


def test_choice_is_forgotten_when_it_is_taken_back() -> None:
    choices = PeerChoices()
    assert choices.change(b"ann", muted=True) == PeerChoice(muted=True)
    assert choices.change(b"ann", hidden=True) == PeerChoice(muted=True, hidden=True)
    assert choices.of(b"ben") == OPEN
    assert choices.change(b"ann", muted=False, hidden=False) == OPEN
    assert choices._chosen == {}


async def test_voice_is_silent_here_only_when_a_peer_is_muted(roomy_stage: Stage) -> None:
    stage = roomy_stage
    pages = ann, ben, cat = [stage.page(name) for name in ("ann", "ben", "cat")]
    ann.engine.set_audio("ann's voice")
    ann.engine.set_muted(False)
    await stage.connect(*pages)
    await stage.time.run(500.0)
    assert ben.engine.choose_for(ann.peer_id, muted=True)

    def heard(page: object) -> object:
        [audio] = [p.audio for p in page.engine.status.peers if p.peer_id == ann.peer_id]  # type: ignore[attr-defined]
        return audio

    assert heard(ben) is None
    assert heard(cat) is not None
    ben.engine.choose_for(ann.peer_id, muted=False)
    assert heard(ben) is not None


async def test_frames_are_not_even_read_when_a_peer_is_hidden(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    await stage.send(ann, 1.0)
    [of_ann] = ben.engine.remotes
    ben.engine.choose_for(ann.peer_id, hidden=True)
    frames = of_ann.stats.frames
    await stage.send(ann, 1.0)
    await stage.time.run(3_000.0)
    assert of_ann.sample(ben.clock.now_ms()) is None
    assert of_ann.stats.frames == frames
    assert ann.connections[0].rate.watched is False
    ben.engine.choose_for(ann.peer_id, hidden=False)
    await stage.send(ann, 1.0)
    assert of_ann.sample(ben.clock.now_ms()) is not None


async def test_nothing_comes_and_nothing_goes_when_a_peer_is_blocked(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.choose_for(ann.peer_id, blocked=True)
    await stage.time.run(2_000.0)
    assert ben.engine.status.peers == ()
    assert ben.engine.blocked == (ann.peer_id,)
    assert stage.peers.open_transports == []
    relayed = len(stage.server.relayed)
    ann.engine.network_changed()
    await stage.send(ann, 1.0)
    await stage.time.run(60_000.0)
    assert ben.engine.status.peers == ()
    assert [r for r in stage.server.relayed[relayed:] if r.peer == ann.peer_id] == []
    ben.engine.choose_for(ann.peer_id, blocked=False)
    await stage.until_good(ann, ben, patience_ms=3_000.0)


@pytest.mark.parametrize("returns", ["reload", "new seat"])
async def test_block_holds_when_the_person_comes_back_by_another_page(
    stage: Stage, returns: str
) -> None:
    stage.server.resume_ms = 10_000.0
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    ben.engine.choose_for(ann.peer_id, blocked=True)
    identity = ann.engine.identity if returns == "reload" else None
    ann.engine.leave(returning=returns == "reload")
    await stage.time.run(1_000.0)
    again = stage.page("ann again")
    again.engine.join(INVITATION, identity)
    await stage.time.run(3_000.0)
    await stage.send(again, 1.0)
    assert ben.engine.status.peers == ()
    assert again.peer_id in ben.engine.blocked
    assert all(transport.state != "connected" for transport in stage.peers.open_transports)


async def test_nothing_is_chosen_when_it_is_not_known_who_that_is(stage: Stage) -> None:
    ann = stage.page("ann")
    await stage.connect(ann)
    assert not ann.engine.choose_for("somebody", blocked=True)
    assert ann.engine.blocked == ()
