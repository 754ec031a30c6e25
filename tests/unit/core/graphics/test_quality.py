"""Quality follows what frames cost, no faster and no farther than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.graphics.modes import CHOOSABLE, RenderQuality
from persona_core.graphics.quality import (
    FIRST_HOLD_MS,
    GAP_MS,
    ORDER,
    STEPS,
    WINDOW_MS,
    QualityControl,
)

Q = RenderQuality
SLOW, FINE = 40.0, 16.7


def run(
    control: QualityControl,
    for_ms: float,
    cost: Callable[[RenderQuality], float],
    now_ms: float = 0.0,
) -> Iterator[tuple[float, RenderQuality]]:
    """Frames for some time, each as long as ``cost`` says of the quality it is drawn in; each
    change with its time."""
    end_ms = now_ms + for_ms
    while now_ms < end_ms:
        if control.frame(now_ms):
            yield now_ms, control.quality
        now_ms += cost(control.quality)


def test_quality_falls_step_by_step_when_each_step_helps_and_stops_where_it_is_enough() -> None:
    control = QualityControl(Q.ULTRA)
    costs = {Q.ULTRA: 90.0, Q.HIGH: 50.0, Q.MEDIUM: 22.0, Q.LOW: 10.0}

    changes = [quality for _, quality in run(control, 20_000.0, costs.__getitem__)]

    assert changes == [Q.HIGH, Q.MEDIUM]
    assert control.relief_left(20_000.0)


def test_quality_rises_when_frames_come_well_for_long() -> None:
    control = QualityControl(Q.LOW)

    changes = list(run(control, 10 * FIRST_HOLD_MS, lambda _quality: FINE))

    assert [quality for _, quality in changes] == [Q.MEDIUM, Q.HIGH, Q.ULTRA]
    assert changes[0][0] >= FIRST_HOLD_MS


def test_quality_tries_less_and_less_often_when_a_step_up_has_to_be_taken_back() -> None:
    control = QualityControl(Q.MEDIUM)

    changes = list(run(control, 400_000.0, lambda quality: FINE if quality is Q.MEDIUM else SLOW))

    rises = [time_ms for time_ms, quality in changes if quality is Q.HIGH]
    waits = [after - before for before, after in pairwise(rises)]
    assert len(rises) >= 3
    assert all(after > 1.5 * before for before, after in pairwise(waits))


def test_quality_is_given_back_when_lowering_it_buys_nothing() -> None:
    control = QualityControl(Q.HIGH)

    changes = [quality for _, quality in run(control, 60_000.0, lambda _quality: 33.3)]

    assert changes == [Q.MEDIUM, Q.LOW, Q.HIGH]
    assert not control.relief_left(60_000.0), "the ladder need not wait for it"


def test_quality_stays_when_it_is_pinned_and_follows_again_when_let_go() -> None:
    control = QualityControl(pinned=Q.ULTRA)

    assert list(run(control, 20_000.0, lambda _quality: SLOW)) == []
    assert not control.relief_left(20_000.0)
    assert control.pin(Q.LOW)
    assert control.quality is Q.LOW
    assert not control.pin(None)
    assert control.quality is Q.LOW
    assert list(run(control, 20_000.0, lambda _quality: FINE, now_ms=30_000.0))


def test_quality_judges_no_pauses_when_the_page_was_away() -> None:
    control = QualityControl(Q.HIGH)

    assert list(run(control, 100 * GAP_MS, lambda _quality: GAP_MS + 1.0)) == []


def test_quality_judges_afresh_when_something_else_is_drawn() -> None:
    control = QualityControl(Q.HIGH)
    list(run(control, WINDOW_MS - SLOW, lambda _quality: SLOW))
    control.restart()

    assert list(run(control, WINDOW_MS - SLOW, lambda _quality: SLOW, now_ms=WINDOW_MS)) == []


def test_steps_cost_more_and_more_when_quality_rises() -> None:
    assert tuple(STEPS) == ORDER
    assert CHOOSABLE == ORDER[2:]
    for lower, higher in pairwise(CHOOSABLE):
        low, high = STEPS[lower], STEPS[higher]
        assert low.ratio(3.0) < high.ratio(3.0)
        assert low.taps < high.taps
        assert low.tracking_hz <= high.tracking_hz
        assert low.inference_hz < high.inference_hz
    for lower, higher in pairwise(ORDER):
        low, high = STEPS[lower], STEPS[higher]
        assert low.raster_side < high.raster_side
        less = [
            (low.ratio(3.0), high.ratio(3.0)),
            (low.taps, high.taps),
            (low.tracking_hz, high.tracking_hz),
            (low.inference_hz, high.inference_hz),
            (low.has_effects, high.has_effects),
            (low.draw_hz, high.draw_hz),
        ]
        assert all(one <= other for one, other in less)
        assert any(one < other for one, other in less)


def test_effects_give_way_after_pixels_and_pictures_a_second_last() -> None:
    control = QualityControl(Q.ULTRA)

    changes = [quality for _, quality in run(control, 20_000.0, lambda _quality: 100.0)]

    assert changes == [Q.HIGH, Q.MEDIUM, Q.LOW, Q.PLAIN, Q.SPARING]
    steps = [STEPS[quality] for quality in changes]
    assert [step.has_effects for step in steps] == [True, True, True, False, False]
    assert [step.draw_hz < 60.0 for step in steps] == [False] * 4 + [True]
    assert steps[2].ratio(2.0) == steps[-1].ratio(2.0), "pixels are the first to go"
    assert not control.relief_left(20_000.0)


def test_quality_tries_all_it_has_when_frames_come_so_seldom_that_the_ladder_would_go_down() -> (
    None
):
    control = QualityControl(Q.HIGH)
    list(run(control, 60_000.0, lambda _quality: 33.3))
    assert not control.relief_left(60_000.0), "a lower one was in vain"

    changes = [quality for _, quality in run(control, 20_000.0, lambda _quality: 70.0, 60_000.0)]
    assert changes == [Q.MEDIUM, Q.LOW, Q.PLAIN, Q.SPARING]


def test_quality_falls_when_hardly_a_frame_comes_and_no_lower_than_its_floor() -> None:
    control = QualityControl(Q.MEDIUM)
    control.restart(Q.PLAIN)

    assert [control.starve(now_ms) for now_ms in (500.0, 1000.0, 1500.0)] == [True, True, False]
    assert control.quality is Q.PLAIN
    assert not control.relief_left(2000.0)
    assert not QualityControl(pinned=Q.HIGH).starve(500.0)


def test_quality_begins_low_with_all_that_was_chosen_when_it_is_to_be_modest() -> None:
    control = QualityControl(Q.SPARING)
    control.restart(modest=True)
    assert control.quality is Q.LOW
    assert STEPS[Q.LOW].has_effects
    pinned = QualityControl(pinned=Q.ULTRA)
    pinned.restart(modest=True)
    assert pinned.quality is Q.ULTRA


def test_picture_does_for_several_frames_when_it_is_said_so() -> None:
    control = QualityControl(Q.HIGH)
    for number in range(200):
        assert not control.frame(40.0 * number, frames=2), "20 ms a frame are well"


@pytest.mark.parametrize("quality", ORDER)
def test_step_draws_no_more_pixels_than_the_screen_has_for_every_quality(
    quality: RenderQuality,
) -> None:
    assert STEPS[quality].ratio(1.0) <= 1.0


@given(st.lists(st.tuples(st.floats(0.0, 2000.0), st.sampled_from([None, *Q, "restart"]))))
def test_quality_is_what_was_pinned_whatever_happens(steps: list[tuple[float, object]]) -> None:
    control, now_ms = QualityControl(), 0.0
    for wait_ms, deed in steps:
        now_ms += wait_ms
        before = control.quality
        assert control.frame(now_ms) == (control.quality is not before)
        if isinstance(deed, RenderQuality):
            control.pin(deed)
        elif deed == "restart":
            control.restart()
        else:
            control.pin(None)
        assert control.pinned in (None, control.quality)


def test_quality_has_fallen_until_it_is_what_it_began_with_and_never_when_it_is_pinned() -> None:
    control = QualityControl()
    assert not control.has_fallen
    fell = [control.has_fallen for _ in run(control, 3_000.0, lambda _quality: SLOW)]
    assert fell
    assert all(fell)
    seen = [
        (quality, control.has_fallen)
        for _, quality in run(control, 300_000.0, lambda _quality: FINE, 10_000.0)
    ]
    assert seen == [
        (quality, ORDER.index(quality) < ORDER.index(Q.HIGH)) for quality, _has_fallen in seen
    ]
    assert seen[-1] == (Q.ULTRA, False)
    control.pin(Q.LOW)
    assert not control.has_fallen
