"""The stage changes what it draws with, and there is always someone on it."""

from __future__ import annotations

import pytest
from tests.unit.web.stage_parts import STYLE, FakePlace, Theatre, frames, settle

from persona_core.drawn.characters import CHARACTERS
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_core.graphics.ladder import DEADLINE_MS, GRACE_MS
from persona_core.graphics.ladder_commands import Reason, Suggest
from persona_core.graphics.modes import GPUMode, RenderQuality, Rung
from persona_core.graphics.quality import STEPS
from persona_web.view.avatar_view import PROBATION_MS, AvatarView
from persona_web.view.seen import Seen

PORTRAIT = object()


async def running() -> tuple[Theatre, AvatarView, FakePlace]:
    theatre = Theatre()
    stage = theatre.stage()
    await frames(theatre, stage)
    assert theatre.graphics.rung is Rung.WEBGPU
    assert not theatre.graphics.is_starting
    return theatre, stage, theatre.places[0]


async def struggle(theatre: Theatre, stage: AvatarView) -> Suggest:
    """Frames come slowly until a lower rung is suggested."""
    for _ in range(300):
        await frames(theatre, stage, ms=100.0)
        if theatre.graphics.suggestion is not None:
            return theatre.graphics.suggestion
    raise AssertionError("nothing was suggested")


def only(place: FakePlace) -> int:
    """The one canvas that is seen."""
    [canvas] = place.seen
    return canvas


def reasons(theatre: Theatre) -> list[tuple[Rung, Reason]]:
    return [(entry.entered, entry.reason) for entry in theatre.graphics.log]


async def test_stage_shows_the_best_rung_when_it_has_drawn_for_the_first_time() -> None:
    theatre = Theatre()
    stage = theatre.stage()
    place = theatre.places[0]
    await settle()
    assert place.layers == [1]
    assert place.seen == set()
    assert theatre.graphics.is_starting

    await frames(theatre, stage)

    assert only(place) == theatre.on(Rung.WEBGPU).canvas
    assert theatre.graphics.memory_bytes == 1000
    assert theatre.graphics.reason is None


async def test_stage_goes_on_drawing_while_another_rung_is_made_and_keeps_it_for_a_while() -> None:
    theatre, stage, place = await running()
    old = theatre.on(Rung.WEBGPU)
    theatre.slow.clear()
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    await frames(theatre, stage, count=3)
    assert only(place) == old.canvas
    assert len(old.drawn) == 4

    theatre.slow.set()
    await frames(theatre, stage)
    new = theatre.on(Rung.WEBGL)
    assert only(place) == new.canvas
    assert not old.closed
    assert len(old.drawn) == 4
    await frames(theatre, stage, ms=PROBATION_MS + 1.0)
    assert old.closed
    assert place.layers == [new.canvas]


async def test_stage_makes_only_what_was_wanted_last_when_the_person_changes_their_mind() -> None:
    theatre, stage, place = await running()
    theatre.slow.clear()
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    theatre.graphics.choose_mode(GPUMode.CPU)
    theatre.slow.set()
    await frames(theatre, stage, count=2)

    assert only(place) == theatre.on(Rung.CANVAS).canvas
    assert theatre.on(Rung.WEBGL).closed
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    theatre.graphics.choose_mode(GPUMode.CPU)
    await frames(theatre, stage)
    assert not theatre.graphics.is_starting, "what is shown is what is wanted"
    assert [one.rung for one in theatre.renderers].count(Rung.CANVAS) == 1


@pytest.mark.parametrize("how", ["refused", "faulty"])
async def test_stage_shows_the_next_rung_when_one_cannot_be_made_or_cannot_draw(how: str) -> None:
    theatre = Theatre()
    getattr(theatre, how).update({Rung.WEBGPU, Rung.WEBGL})
    stage = theatre.stage()
    await frames(theatre, stage, count=4)

    place = theatre.places[0]
    assert only(place) == theatre.on(Rung.CANVAS).canvas
    assert place.layers == [only(place)]
    reason = Reason.CREATION_FAILED if how == "refused" else Reason.FIRST_RUN_FAILED
    assert reasons(theatre)[1:] == [(Rung.WEBGL, reason), (Rung.CANVAS, reason)]
    assert theatre.graphics.reason == reason.value
    assert "RuntimeError" in theatre.graphics.log[-1].detail


async def test_stage_steps_down_when_drawing_fails_later() -> None:
    theatre, stage, place = await running()
    theatre.on(Rung.WEBGPU).fault = RuntimeError("device gone mad")
    await frames(theatre, stage, count=3)

    assert only(place) == theatre.on(Rung.WEBGL).canvas
    assert reasons(theatre)[1:] == [(Rung.WEBGL, Reason.RUN_FAILED)]


async def test_stage_has_a_stand_in_at_once_and_restarts_when_the_device_is_lost() -> None:
    theatre, stage, place = await running()
    theatre.slow.clear()
    lost = theatre.on(Rung.WEBGPU)

    lost.on_lost("the driver was updated")

    stand_in = theatre.renderers[-1]
    assert stand_in.rung is Rung.STILL
    assert stand_in.seen is Seen.DRAWN
    assert only(place) == stand_in.canvas
    assert not lost.closed, "it is just telling"
    await frames(theatre, stage)
    assert lost.closed
    assert len(stand_in.drawn) == 1
    theatre.slow.set()
    await frames(theatre, stage)
    assert only(place) == theatre.on(Rung.WEBGPU).canvas
    assert theatre.graphics.log[-1].reason is Reason.DEVICE_LOST
    assert theatre.graphics.log[-1].detail == "the driver was updated"


async def test_stage_turns_nobody_into_a_cartoon_when_a_portrait_is_lost_for_a_blink() -> None:
    theatre, stage, place = await running()
    stage.set_portrait(PORTRAIT)
    await settle()
    assert stage.shows_portrait

    theatre.slow.clear()
    theatre.on(Rung.WEBGPU).on_lost("gone")
    assert place.seen == set()
    await frames(theatre, stage, count=2)
    assert stage.seen is Seen.STILL
    assert only(place) == theatre.on(Rung.STILL).canvas
    theatre.slow.set()
    await frames(theatre, stage)
    assert theatre.on(Rung.WEBGPU).portrait is PORTRAIT
    assert only(place) == theatre.on(Rung.WEBGPU).canvas
    assert stage.seen is Seen.PORTRAIT
    assert place.layers == [only(place)]


async def test_stage_goes_back_to_the_canvas_before_when_the_new_one_is_lost_at_once() -> None:
    theatre, stage, place = await running()
    old = theatre.on(Rung.WEBGPU)
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    await frames(theatre, stage)
    theatre.slow.clear()
    theatre.on(Rung.WEBGL).on_lost("cannot show")

    assert only(place) == old.canvas
    await frames(theatre, stage)
    assert old.drawn[-1] == theatre.clock.now


async def test_stages_share_one_rung_and_hear_of_a_lost_device_once_when_there_are_two() -> None:
    theatre = Theatre()
    own, peer = theatre.stage(), theatre.stage()
    await frames(theatre, own, peer)
    first = [one for one in theatre.renderers if one.rung is Rung.WEBGPU]
    for renderer in first:
        renderer.on_lost("gone")
    await frames(theatre, own, peer)

    assert theatre.graphics.rung is Rung.WEBGPU
    assert reasons(theatre)[1:] == [(Rung.WEBGPU, Reason.DEVICE_LOST)]
    again = [one for one in theatre.renderers if one.rung is Rung.WEBGPU and one not in first]
    assert {only(place) for place in theatre.places} <= {one.canvas for one in again}
    again[1].on_lost("gone again")
    await frames(theatre, own, peer)
    assert {one.rung for one in theatre.renderers[-2:]} == {Rung.WEBGL}
    assert [only(place) for place in theatre.places] == [
        one.canvas for one in theatre.renderers[-2:]
    ]


async def test_stage_joins_where_the_others_stand_when_it_comes_later() -> None:
    theatre, own, _place = await running()
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    await frames(theatre, own)
    peer = theatre.stage()
    await frames(theatre, own, peer)

    assert only(theatre.places[1]) == theatre.on(Rung.WEBGL).canvas
    peer.close()
    assert theatre.places[1].layers == []
    await settle()
    assert theatre.on(Rung.WEBGL).closed
    peer.draw(None, theatre.clock.now)  # type: ignore[arg-type]
    assert theatre.graphics.memory_bytes == 2000, "the own one and the one before it"


async def test_stage_closes_what_comes_too_late_when_it_was_closed() -> None:
    theatre = Theatre()
    theatre.slow.clear()
    stage = theatre.stage()
    await settle()
    stage.close()
    theatre.slow.set()
    await settle()

    assert theatre.renderers[0].closed
    assert theatre.places[0].layers == []
    assert [entry.reason for entry in theatre.graphics.log] == [Reason.BEGIN]


async def test_stage_dresses_whoever_is_there_and_whoever_comes_when_the_style_changes() -> None:
    theatre, stage, _place = await running()
    theatre.slow.clear()
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    stage.style = CHARACTERS[2].style
    stage.set_portrait(PORTRAIT)
    theatre.slow.set()
    await frames(theatre, stage, count=2)

    for rung in (Rung.WEBGPU, Rung.WEBGL):
        assert theatre.on(rung).style is CHARACTERS[2].style
        assert theatre.on(rung).portrait is PORTRAIT
    assert stage.style is CHARACTERS[2].style
    theatre.graphics.choose_mode(GPUMode.CPU)
    await frames(theatre, stage)
    assert theatre.on(Rung.CANVAS).portrait is PORTRAIT
    assert stage.seen is Seen.PORTRAIT
    assert stage.portrait is PORTRAIT
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    await frames(theatre, stage)
    assert stage.shows_portrait


async def test_stage_shows_a_silhouette_when_a_portrait_cannot_be_drawn() -> None:
    theatre = Theatre()
    theatre.refusal = PortraitError("half a picture")
    stage = theatre.stage()
    await frames(theatre, stage)
    stage.set_portrait(PORTRAIT)
    await frames(theatre, stage, count=2)

    assert not stage.shows_portrait
    assert stage.seen is Seen.SILHOUETTE
    assert only(theatre.places[0]) == theatre.on(Rung.STILL).canvas
    assert theatre.graphics.rung is Rung.WEBGPU, "no fault of the rung"
    drawn = theatre.on(Rung.WEBGPU)
    count = len(drawn.drawn)
    await frames(theatre, stage, count=3)
    assert len(drawn.drawn) == count, "nobody sees it"

    stage.set_portrait(None)
    await frames(theatre, stage, count=2)
    assert stage.seen is Seen.DRAWN
    assert only(theatre.places[0]) == drawn.canvas


async def test_stage_draws_as_finely_as_the_quality_says_when_it_changes() -> None:
    theatre, _stage, _place = await running()
    effects = EffectSettings(EffectStyle.CARTOON, strength=0.5, taps=3)
    theatre.graphics.set_effects(effects)
    heard: list[RenderQuality] = []
    theatre.graphics.on_change(lambda: heard.append(theatre.graphics.quality))
    for quality in RenderQuality:
        theatre.graphics.pin_quality(quality)
        renderer = theatre.on(Rung.WEBGPU)
        step = STEPS[quality]
        seen = effects if step.has_effects else EffectSettings()
        assert renderer.effects == seen.with_taps(step.taps)
        assert theatre.graphics.chosen_effects == effects.with_taps(step.taps)
        assert renderer.scale == STEPS[quality].ratio(2.0) / 2.0
    assert heard == list(RenderQuality)


async def test_reason_is_the_platform_s_when_a_rung_that_nothing_needed_is_needed_again() -> None:
    theatre = Theatre(Capabilities.from_probe({"webgl": {"context": True, "software": True}}))
    styled = EffectSettings(EffectStyle.PIXEL)
    theatre.graphics.set_effects(styled)
    stage = theatre.stage()
    await frames(theatre, stage, count=4)
    theatre.graphics.set_effects(EffectSettings())
    await frames(theatre, stage, count=4)
    assert (theatre.graphics.rung, theatre.graphics.reason) == (Rung.CANVAS, "software-only")

    theatre.graphics.set_effects(styled)
    await frames(theatre, stage, count=4)

    assert theatre.graphics.rung is Rung.WEBGL
    assert theatre.graphics.reason == theatre.graphics.capabilities.lack_of(Rung.WEBGPU)


async def test_stage_follows_the_frames_down_when_they_stay_slow() -> None:
    theatre, stage, place = await running()
    heard: list[object] = []
    theatre.graphics.on_change(lambda: heard.append(theatre.graphics.suggestion))
    suggestion = await struggle(theatre, stage)

    assert (suggestion.rung, suggestion.reason) == (Rung.WEBGL, Reason.SLOW)
    assert suggestion in heard
    await frames(theatre, stage, count=int(GRACE_MS / 100.0) + 2, ms=100.0)
    assert theatre.graphics.suggestion is None
    assert only(place) == theatre.on(Rung.WEBGL).canvas
    assert theatre.graphics.reason == "slow"
    report = theatre.graphics.report()
    assert report["rung"] == "webgl"
    assert report["log"][-1]["reason"] == "slow"
    assert "low-fps" in report["metrics"]["warnings"]


async def test_stage_leaves_a_suggestion_alone_when_the_person_says_no() -> None:
    theatre, stage, _place = await running()
    await struggle(theatre, stage)
    theatre.graphics.dismiss()
    await frames(theatre, stage, count=300, ms=100.0)

    assert theatre.graphics.rung is Rung.WEBGPU
    assert theatre.graphics.suggestion is None


async def test_stage_takes_a_suggestion_at_once_when_the_person_agrees() -> None:
    theatre, stage, place = await running()
    await struggle(theatre, stage)
    theatre.graphics.accept()
    await frames(theatre, stage)

    assert only(place) == theatre.on(Rung.WEBGL).canvas


async def test_stage_is_not_judged_when_the_page_was_hidden() -> None:
    theatre, stage, _place = await running()
    await struggle(theatre, stage)
    theatre.graphics.set_visible(False)
    assert theatre.graphics.suggestion is None
    theatre.clock.now += 10 * GRACE_MS
    theatre.graphics.set_visible(True)
    await frames(theatre, stage, count=60)

    assert theatre.graphics.rung is Rung.WEBGPU
    assert theatre.graphics.suggestion is None


async def test_stage_loses_everything_for_real_when_the_laboratory_wants_it() -> None:
    theatre, stage, place = await running()
    theatre.graphics.lose()
    await frames(theatre, stage)

    assert theatre.graphics.log[-1].reason is Reason.DEVICE_LOST
    assert only(place) == theatre.on(Rung.WEBGPU).canvas
    assert theatre.renderers[0].style is STYLE


async def test_stage_is_given_time_when_the_page_was_hidden_from_the_beginning() -> None:
    theatre = Theatre()
    theatre.graphics.set_visible(False)
    theatre.slow.clear()
    stage = theatre.stage()
    theatre.clock.now += 10 * DEADLINE_MS
    theatre.graphics.set_visible(True)
    await frames(theatre, stage)
    assert theatre.graphics.rung is Rung.WEBGPU
    await frames(theatre, stage, count=2, ms=DEADLINE_MS)
    assert theatre.graphics.log[-1].reason is Reason.TIMED_OUT


async def test_stage_suggests_a_lower_rung_when_memory_is_short() -> None:
    theatre, _stage, _place = await running()
    theatre.graphics.memory_short()

    assert theatre.graphics.suggestion is not None
    assert theatre.graphics.suggestion.reason is Reason.MEMORY


async def test_stage_stays_empty_and_tries_again_later_when_not_even_the_canvas_can_draw() -> None:
    theatre = Theatre()
    theatre.faulty.update(Rung)
    stage = theatre.stage()
    await frames(theatre, stage, count=50)
    assert theatre.graphics.rung is Rung.CANVAS
    assert theatre.places[0].layers == []
    made = len(theatre.renderers)

    theatre.faulty.clear()
    await frames(theatre, stage, ms=DEADLINE_MS)
    await frames(theatre, stage, count=2)
    assert len(theatre.renderers) == made + 1
    assert only(theatre.places[0]) == theatre.on(Rung.CANVAS).canvas


async def test_stage_does_nothing_for_a_renderer_that_is_gone_when_it_is_to_be_dressed() -> None:
    theatre, stage, _place = await running()
    stage.set_portrait(PORTRAIT)
    stage.close()
    await settle()

    assert theatre.on(Rung.WEBGPU).closed
    assert theatre.on(Rung.WEBGPU).portrait is None


NEURAL_ONLY = frozenset({Rung.NEURAL_WEBGPU})


async def peer_list() -> tuple[Theatre, AvatarView, AvatarView]:
    """Two portraits, the first of which a model may draw, and does."""
    theatre = Theatre()
    stages = [theatre.stage() for _ in range(2)]
    stages[1].may_be_neural = False
    for stage in stages:
        stage.set_portrait(PORTRAIT)
    await frames(theatre, *stages, count=2)
    theatre.graphics.set_neural(NEURAL_ONLY)
    await frames(theatre, *stages, count=2)
    return theatre, stages[0], stages[1]


def rungs(*stages: AvatarView) -> list[Rung | None]:
    return [stage.rung for stage in stages]


async def test_stage_is_neural_beside_one_that_is_not_when_only_one_may_be() -> None:
    theatre, first, second = await peer_list()
    assert rungs(first, second) == [Rung.NEURAL_WEBGPU, Rung.WEBGPU]
    assert theatre.graphics.rung is Rung.NEURAL_WEBGPU
    assert not theatre.graphics.is_starting
    assert [one.rung for one in theatre.renderers] == [
        Rung.WEBGPU, Rung.WEBGPU, Rung.NEURAL_WEBGPU,
    ], "the other one stays as it was"  # fmt: skip


async def test_model_goes_from_stage_to_stage_without_a_blank_frame_when_another_speaks() -> None:
    theatre, first, second = await peer_list()
    seen = [only(place) for place in theatre.places]
    theatre.slow.clear()
    second.may_be_neural = True
    first.may_be_neural = False
    await frames(theatre, first, second, count=3)
    assert [only(place) for place in theatre.places] == seen, "nothing else is ready"
    theatre.slow.set()
    await frames(theatre, first, second)

    assert rungs(first, second) == [Rung.WEBGPU, Rung.NEURAL_WEBGPU]
    assert [only(place) for place in theatre.places] == [
        theatre.on(Rung.WEBGPU).canvas,
        theatre.on(Rung.NEURAL_WEBGPU).canvas,
    ]
    assert reasons(theatre)[-1] == (Rung.NEURAL_WEBGPU, Reason.MODEL_LOADED), "the page stays"


async def test_page_leaves_the_model_when_the_last_portrait_goes_and_comes_back_with_one() -> None:
    theatre, first, second = await peer_list()
    first.set_portrait(None)
    await frames(theatre, first, second, count=2)
    assert rungs(first, second) == [Rung.WEBGPU, Rung.WEBGPU]
    assert reasons(theatre)[-1] == (Rung.WEBGPU, Reason.NOT_NEEDED)

    second.may_be_neural = True
    await frames(theatre, first, second, count=2)
    assert rungs(first, second) == [Rung.WEBGPU, Rung.NEURAL_WEBGPU]
    second.close()
    await frames(theatre, first, count=2)
    assert theatre.graphics.rung is Rung.WEBGPU


async def test_stage_beside_the_model_steps_down_alone_when_it_fails() -> None:
    theatre, first, second = await peer_list()
    theatre.on(Rung.WEBGPU).fault = RuntimeError("no memory")
    await frames(theatre, first, second, count=3)
    assert rungs(first, second) == [Rung.NEURAL_WEBGPU, Rung.WEBGL]
    assert theatre.graphics.rung is Rung.NEURAL_WEBGPU

    # Who shares the device hears of its loss as well, in whatever order.
    theatre.on(Rung.WEBGL).on_lost("taken")
    theatre.on(Rung.NEURAL_WEBGPU).on_lost("taken")
    await frames(theatre, first, second, count=3)
    assert rungs(first, second) == [Rung.NEURAL_WEBGPU, Rung.WEBGL]
    assert [entry.reason for entry in theatre.graphics.log][-2:] == [
        Reason.CONTEXT_LOST,
        Reason.DEVICE_LOST,
    ]


async def test_all_stages_leave_the_model_when_it_fails_for_one() -> None:
    theatre, first, second = await peer_list()
    theatre.on(Rung.NEURAL_WEBGPU).fault = RuntimeError("no result")
    await frames(theatre, first, second, count=3)
    assert rungs(first, second) == [Rung.WEBGPU, Rung.WEBGPU]
    assert reasons(theatre)[-1] == (Rung.WEBGPU, Reason.RUN_FAILED)


async def test_small_view_takes_every_second_picture_of_the_others_when_it_is_told_to() -> None:
    theatre = Theatre()
    large, small = theatre.stage(), theatre.stage()
    small.every = 2
    await settle()
    for at in range(61):
        for stage in (large, small):
            stage.draw(FaceParams(0.0), 1000.0 + at * 1000.0 / 60.0)
    large_drawn, small_drawn = (theatre.renderers[at].drawn for at in (0, 1))
    assert len(large_drawn) == 61
    assert len(small_drawn) in (30, 31)
    assert set(small_drawn) <= set(large_drawn), "the page is put together once for both"
