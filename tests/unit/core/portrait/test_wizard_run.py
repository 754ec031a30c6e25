"""The wizard's run, played with people before the camera."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.sitters import Sitter, Sitting, glimpse

from persona_core.errors import IllegalEventError
from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape as B
from persona_core.portrait.wizard.courses import StepStatus
from persona_core.portrait.wizard.hindrances import Hindrance
from persona_core.portrait.wizard.machine import (
    ASKING,
    WIZARD_TABLE,
    WizardEvent,
    WizardState,
)
from persona_core.portrait.wizard.run import WizardRun
from persona_core.portrait.wizard.steps import STEPS, Step
from persona_core.wire.motion_track import load_demo


def test_run_takes_every_picture_in_a_minute_when_a_person_does_what_is_asked() -> None:
    sitting = Sitting(Sitter().look).start().play(60.0)
    assert sitting.run.state is WizardState.REVIEW
    assert tuple(sitting.taken) == STEPS
    assert sitting.sounds == len(STEPS)
    assert sitting.made == 1
    assert not sitting.camera_open
    assert sitting.run.courses.having(StepStatus.GOOD) == STEPS


@pytest.mark.parametrize("frame_ms", [33.0, 250.0])
def test_run_takes_every_picture_when_the_tracker_is_fast_or_slow(frame_ms: float) -> None:
    sitting = Sitting(Sitter(noise=0.04).look, frame_ms=frame_ms).start().play(90.0)
    assert tuple(sitting.taken) == STEPS


def test_run_measures_from_the_persons_rest_when_the_trackers_zero_is_not_theirs() -> None:
    rest = np.full(blendshapes.COUNT, 0.05, np.float32)
    rest[[B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT]] = 0.32
    rest[[B.MOUTH_PUCKER, B.BROW_INNER_UP]] = 0.35
    rest[[B.EYE_LOOK_OUT_LEFT, B.EYE_LOOK_IN_RIGHT]] = 0.25
    sitting = Sitting(Sitter(rest=rest, yaw=8.0, delay_ms=3_000.0).look).start()
    sitting.play(3.0)
    assert sitting.run.step is Step.EYES_CLOSED
    sitting.play(2.0)
    assert sitting.taken == [Step.STRAIGHT]
    sitting.play(90.0)
    assert tuple(sitting.taken) == STEPS
    assert sitting.run.watch.rest.shapes[B.MOUTH_PUCKER] == pytest.approx(0.35, abs=0.03)
    assert sitting.run.watch.rest.yaw == pytest.approx(8.0, abs=0.5)


def test_run_asks_a_person_who_smiles_to_rest_and_takes_their_smile_all_the_same() -> None:
    rest = np.full(blendshapes.COUNT, 0.03, np.float32)
    rest[[B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT]] = 0.72
    sitting = Sitting(Sitter(rest=rest).look).start().play(3.0)
    assert sitting.taken == []
    sitting.play(90.0)
    assert tuple(sitting.taken) == STEPS


def test_run_is_content_with_less_when_a_person_cannot_do_it_fully() -> None:
    weak = dict.fromkeys((Step.SMILE, Step.BROWS, Step.TURN_LEFT), 0.45)
    sitting = Sitting(Sitter(strength=weak).look).start().play(120.0)
    assert tuple(sitting.taken) == STEPS


def test_run_waits_when_a_person_never_closes_the_eyes() -> None:
    stubborn = Sitter(strength={Step.EYES_CLOSED: 0.1})
    sitting = Sitting(stubborn.look).start().play(60.0)
    assert sitting.run.step is Step.EYES_CLOSED
    assert sitting.taken == [Step.STRAIGHT]
    sitting.do(sitting.run.skip())
    sitting.play(60.0)
    assert sitting.run.state is WizardState.REVIEW
    assert sitting.run.courses.status(Step.EYES_CLOSED) is StepStatus.SKIPPED
    assert len(sitting.taken) == len(STEPS) - 1


def test_run_takes_a_picture_when_the_person_says_so() -> None:
    sitting = Sitting(Sitter(strength={Step.EYES_CLOSED: 0.0}).look).start().play(5.0)
    assert sitting.run.step is Step.EYES_CLOSED
    sitting.do(sitting.run.take_now())
    assert sitting.taken == [Step.STRAIGHT, Step.EYES_CLOSED]


def test_run_takes_nothing_when_a_person_lets_go_too_soon() -> None:
    restless = Sitter(attempts=250.0, delay_ms=0.0)
    sitting = Sitting(restless.look, frame_ms=50.0).start().play(10.0)
    assert Step.SMILE not in sitting.taken
    assert WizardState.HOLDING in sitting.seen_states


def test_run_ends_with_the_base_alone_when_all_but_the_first_are_skipped() -> None:
    sitting = Sitting(Sitter(delay_ms=20_000.0).look).start()
    assert sitting.run.skip() == ()
    sitting.play(4.0)
    while sitting.run.state in ASKING:
        sitting.do(sitting.run.skip())
    sitting.play(5.0)
    assert sitting.run.state is WizardState.REVIEW
    assert sitting.run.courses.having(StepStatus.GOOD) == (Step.STRAIGHT,)


def test_run_goes_back_a_step_when_asked_and_keeps_what_it_has() -> None:
    sitting = Sitting(Sitter().look).start().play(12.0)
    at = sitting.run.step
    before = STEPS[STEPS.index(at) - 1]
    sitting.do(sitting.run.back())
    assert sitting.run.step is before
    assert sitting.run.courses.status(before) in (StepStatus.TAKEN, StepStatus.GOOD)
    sitting.play(60.0)
    assert sitting.run.state is WizardState.REVIEW
    assert sitting.taken.count(before) == 2


def test_run_asks_again_once_when_a_picture_is_refused() -> None:
    refuse = {Step.SMILE: "photo-no-face"}
    sitting = Sitting(Sitter().look, verdict=lambda step, _count: refuse.get(step))
    sitting.start().play(90.0)
    assert sitting.run.state is WizardState.REVIEW
    assert sitting.taken.count(Step.SMILE) == 2
    assert sitting.run.courses.refusal(Step.SMILE) == "photo-no-face"
    assert len(sitting.run.courses.having(StepStatus.GOOD)) == len(STEPS) - 1


def test_run_asks_for_the_first_picture_until_it_is_good() -> None:
    def verdict(step: Step, count: int) -> str | None:
        return "photo-several-faces" if step is Step.STRAIGHT and count < 4 else None

    sitting = Sitting(Sitter().look, verdict=verdict).start().play(120.0)
    assert sitting.run.state is WizardState.REVIEW
    assert sitting.taken.count(Step.STRAIGHT) == 4


def test_run_returns_to_a_step_when_its_picture_is_refused_after_the_last() -> None:
    sitting = Sitting(
        Sitter().look,
        reading_ms=4_000.0,
        verdict=lambda step, n: "photo-failed" if (step, n) == (STEPS[-1], 1) else None,
    )
    sitting.start().play(90.0)
    assert sitting.taken[-2:] == [STEPS[-1], STEPS[-1]]
    assert sitting.run.state is WizardState.REVIEW


def test_run_says_that_it_waits_when_the_tracker_is_silent() -> None:
    sitting = Sitting(Sitter().look).start().play(3.0)
    sitting.silent = True
    sitting.play(4.0)
    assert sitting.run.watch.hindrance is Hindrance.WAITING
    assert sitting.run.state is WizardState.SEEKING
    sitting.silent = False
    sitting.play(60.0)
    assert sitting.run.state is WizardState.REVIEW


def test_run_drops_a_hold_when_the_tracker_falls_silent_in_it() -> None:
    sitting = Sitting(Sitter().look, frame_ms=50.0).start()
    while sitting.run.state is not WizardState.HOLDING:
        sitting.play(0.05)
    sitting.silent = True
    sitting.play(5.0)
    assert sitting.run.state is WizardState.SEEKING
    assert sitting.taken == []


def test_run_keeps_its_pictures_when_the_camera_is_lost() -> None:
    sitting = Sitting(Sitter().look).start().play(12.0)
    had = len(sitting.taken)
    sitting.do(sitting.run.failed())
    assert sitting.run.state is WizardState.LOST
    sitting.do(sitting.run.use_camera())
    sitting.play(60.0)
    assert sitting.run.state is WizardState.REVIEW
    assert len(sitting.taken) == len(STEPS)
    assert had > 1


def test_run_makes_what_it_has_when_the_camera_is_lost_and_the_person_has_enough() -> None:
    sitting = Sitting(Sitter().look).start().play(12.0)
    sitting.do(sitting.run.failed())
    sitting.do(sitting.run.finish())
    sitting.play(10.0)
    assert sitting.run.state is WizardState.REVIEW


def test_run_takes_one_step_again_when_the_review_asks_for_it() -> None:
    sitting = Sitting(Sitter().look).start().play(60.0)
    sitting.do(sitting.run.use_camera(Step.AH))
    assert sitting.run.step is Step.AH
    sitting.play(30.0)
    assert sitting.run.state is WizardState.REVIEW
    assert sitting.taken[-1] is Step.AH
    assert len(sitting.taken) == len(STEPS) + 1
    assert sitting.made == 2


def test_run_forgets_everything_when_it_is_left() -> None:
    sitting = Sitting(Sitter().look).start().play(12.0)
    sitting.do(sitting.run.leave())
    assert sitting.run.state is WizardState.WELCOME
    assert not sitting.camera_open
    assert sitting.run.courses.is_untouched
    sitting.start().play(60.0)
    assert sitting.run.state is WizardState.REVIEW


def test_run_does_not_take_a_blink_for_a_smile() -> None:
    def blinking(step: Step, tried_ms: float, now_ms: float):
        seen = Sitter(delay_ms=0.0).look(step, tried_ms, now_ms)
        if step is Step.SMILE:
            seen.shapes[[B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT]] = 0.8
        return seen

    sitting = Sitting(blinking).start().play(12.0)
    assert sitting.run.step is Step.SMILE
    assert Step.SMILE not in sitting.taken


def test_run_comes_to_no_end_that_nobody_asked_for_when_somebody_only_talks() -> None:
    demo = load_demo()

    def talk(_step: Step, _tried_ms: float, now_ms: float):
        face = demo.sample(now_ms)
        return glimpse(now_ms, face.blendshapes)

    sitting = Sitting(talk, frame_ms=66.0).start().play(30.0)
    assert {Step.TURN_LEFT, Step.TURN_RIGHT}.isdisjoint(sitting.taken)
    assert sitting.run.state is not WizardState.REVIEW


@pytest.mark.parametrize("state", WizardState)
def test_table_lets_the_person_out_in_every_state(state: WizardState) -> None:
    assert WIZARD_TABLE[state, WizardEvent.END][0] is WizardState.ENDED
    if state is not WizardState.ENDED:
        assert WIZARD_TABLE[state, WizardEvent.LEAVE][0] is WizardState.WELCOME


def test_run_refuses_what_its_state_does_not_know() -> None:
    run = WizardRun()
    with pytest.raises(IllegalEventError):
        run.go_to(Step.AH)
