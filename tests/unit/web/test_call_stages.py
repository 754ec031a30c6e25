"""Who is drawn by the model in a call of several."""

from __future__ import annotations

from tests.unit.web.stage_parts import Theatre, frames

from persona_core.graphics.ladder_commands import Reason
from persona_core.graphics.modes import Rung
from persona_web.room.call_views import CallViews
from persona_web.view.avatar_view import AvatarView

NEURAL, PLAIN = Rung.NEURAL_WEBGPU.value, Rung.WEBGPU.value


async def call(*, own_portrait: bool) -> tuple[Theatre, CallViews, list[AvatarView]]:
    """The own avatar and two peers with portraits, and a model; nobody's turn yet."""
    theatre = Theatre()
    own, ann, ben = (theatre.stage() for _ in range(3))
    stages = CallViews(own)
    stages.add("ann", ann)
    stages.add("ben", ben)
    for stage in (own, ann, ben) if own_portrait else (ann, ben):
        stage.set_portrait(object())
    theatre.graphics.set_neural(frozenset({Rung.NEURAL_WEBGPU}))
    await frames(theatre, own, ann, ben, count=3)
    return theatre, stages, [own, ann, ben]


async def test_model_draws_the_own_avatar_and_the_one_peer_whose_turn_it_is() -> None:
    theatre, stages, avatars = await call(own_portrait=True)
    assert stages.shows_portrait
    assert stages.rungs == [NEURAL, PLAIN, PLAIN]
    for holder, rungs in (
        ("ann", [NEURAL, NEURAL, PLAIN]),
        ("ben", [NEURAL, PLAIN, NEURAL]),
        (None, [NEURAL, PLAIN, PLAIN]),
    ):
        stages.give_turn(holder)
        await frames(theatre, *avatars, count=2)
        assert stages.rungs == rungs


async def test_page_keeps_the_model_when_the_turn_goes_from_peer_to_peer() -> None:
    theatre, stages, avatars = await call(own_portrait=False)
    assert stages.rungs == [PLAIN, PLAIN, PLAIN], "nobody is to be drawn by it"
    stages.give_turn("ann")
    await frames(theatre, *avatars, count=2)
    entries = len(theatre.graphics.log)
    assert theatre.graphics.log[-1].reason is Reason.NEEDED

    for holder in ("ben", "ann", "ben"):
        stages.give_turn(holder)
        await frames(theatre, *avatars, count=2)
    assert stages.rungs == [PLAIN, PLAIN, NEURAL]
    assert len(theatre.graphics.log) == entries

    stages.remove("ben")
    avatars.pop().close()
    await frames(theatre, *avatars, count=2)
    assert stages.rungs == [PLAIN, PLAIN]
    assert theatre.graphics.rung is Rung.WEBGPU


async def test_all_are_drawn_alike_when_few_and_the_speaker_more_often_when_many_are_there() -> (
    None
):
    theatre = Theatre()
    stages = CallViews(theatre.stage())
    peers = {name: theatre.stage() for name in ("ann", "ben", "cem", "dev")}
    for name in ("ann", "ben", "cem"):
        stages.add(name, peers[name])
    stages.favour("ann")
    assert [stage.every for stage in peers.values()] == [1, 1, 1, 1]
    stages.add("dev", peers["dev"])
    for speaker, taken in (("ann", [1, 2, 2, 2]), ("cem", [2, 2, 1, 2]), (None, [2, 2, 2, 2])):
        stages.favour(speaker)
        assert [stage.every for stage in peers.values()] == taken
    stages.remove("dev")
    stages.favour(None)
    assert [peers[name].every for name in ("ann", "ben", "cem")] == [1, 1, 1]
