"""Which of many pictures become a set."""

from __future__ import annotations

import numpy as np
from tests.support.sitters import Sitter, glimpse

from persona_core.face import blendshapes
from persona_core.portrait.photo import FoundFace
from persona_core.portrait.picture_choice import choose_pictures
from persona_core.portrait.wizard_steps import STEPS, Step


def shown(step: Step, noise: float = 0.0, seed: int = 1) -> FoundFace:
    seen = Sitter(delay_ms=0.0, noise=noise, seed=seed).look(step, 5_000.0, 0.0)
    assert seen is not None
    return FoundFace(seen.points, seen.shapes)


def stranger() -> FoundFace:
    """A resting face of another shape."""
    points = glimpse(0.0).points.copy()
    points[:, 0] = 320.0 + 1.6 * (points[:, 0] - 320.0)
    return FoundFace(points, np.zeros(blendshapes.COUNT, np.float32))


def test_quiet_picture_is_the_base_and_every_other_step_stands_beside_it() -> None:
    choice = choose_pictures([shown(step) for step in STEPS[1:]] + [shown(Step.STRAIGHT)])
    assert choice is not None
    assert choice.base == len(STEPS) - 1
    assert sorted(choice.others) == list(range(len(STEPS) - 1))
    assert choice.strangers == choice.same == ()


def test_picture_is_left_out_when_it_shows_what_another_shows() -> None:
    pictures = [shown(step, 0.01, seed) for step in (Step.STRAIGHT, Step.AH) for seed in (1, 2, 3)]
    choice = choose_pictures(pictures)
    assert choice is not None
    assert choice.base < 3
    assert len(choice.others) == 1
    assert len(choice.same) == 4


def test_stranger_is_told_apart_although_their_face_is_the_quietest() -> None:
    choice = choose_pictures([stranger(), shown(Step.STRAIGHT, 0.03), shown(Step.AH)])
    assert choice is not None
    assert choice.base == 1
    assert choice.strangers == (0,)
    assert choice.others == (2,)


def test_smeared_picture_is_of_no_use_however_different_it_is() -> None:
    pictures = [shown(Step.STRAIGHT), shown(Step.AH), shown(Step.OO)]
    choice = choose_pictures(pictures, [1.0, 0.9, 0.1])
    assert choice is not None
    assert choice.smeared == (2,)
    assert choice.others == (1,)


def test_nothing_is_chosen_when_nobody_looks_at_the_camera() -> None:
    away = glimpse(0.0, yaw=30.0)
    assert choose_pictures([FoundFace(away.points, away.shapes)]) is None


def test_film_of_one_person_gives_what_is_most_different_first() -> None:
    frames = [shown(Step.STRAIGHT, 0.02, seed) for seed in range(60)]
    frames += [shown(Step.EYES_CLOSED), shown(Step.SMILE)]
    choice = choose_pictures(frames)
    assert choice is not None
    assert set(choice.others[:2]) == {60, 61}
