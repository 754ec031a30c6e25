"""What is in the way of a picture, and what of it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.sitters import GOOD_LIGHT, HEIGHT, WIDTH, glimpse

from persona_core.face import landmarks
from persona_core.portrait.making.face_light import face_light
from persona_core.portrait.wizard.hindrances import PUT_UP_WITH_MS, Hindrance, hindrances
from persona_core.portrait.wizard.steps import PLANS, STEPS, Rest, Step
from persona_core.portrait.wizard.watch import StepWatch

H = Hindrance
STRINGS = Path(__file__).resolve().parents[4] / "app/strings"


def light(**changes):
    return glimpse(0.0, light=replace(GOOD_LIGHT, **changes))


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (glimpse(0.0), ()),
        (glimpse(0.0, scale=6.5), (H.TOO_FAR,)),
        (glimpse(0.0, scale=4.0), (H.TINY,)),
        (glimpse(0.0, scale=21.0), (H.TOO_NEAR,)),
        (glimpse(0.0, scale=29.0), (H.TOO_NEAR,)),
        (glimpse(0.0, middle=(60.0, HEIGHT / 2)), (H.CUT_OFF, H.OFF_CENTRE)),
        (glimpse(0.0, middle=(150.0, HEIGHT / 2)), (H.OFF_CENTRE,)),
        (glimpse(0.0, yaw=20.0), (H.TURNED,)),
        (glimpse(0.0, roll=20.0), (H.TILTED,)),
        (light(brightness=0.1), (H.TOO_DARK,)),
        (light(brightness=0.03), (H.BLACK,)),
        (light(sides=2.5), (H.BRIGHT_LEFT,)),
        (light(sides=2.5, brighter_left=False), (H.BRIGHT_RIGHT,)),
        (light(glare=0.3), (H.GLARE,)),
        (light(sharpness=0.1), (H.BLURRED,)),
        (light(brightness=0.1, glare=0.3), (H.TOO_DARK, H.GLARE)),
        (light(white=0.4), (H.TOO_BRIGHT,)),
        (light(eyes=0.3), (H.EYES_HIDDEN,)),
        (light(lips=0.0, lips_luma=1.0), (H.MOUTH_HIDDEN,)),
        (light(lips=0.0, lips_luma=0.7), ()),
        (light(lips=0.1, lips_luma=1.0), ()),
        (replace(glimpse(0.0), faces=2), (H.TWO_FACES,)),
        (replace(glimpse(0.0, scale=6.5), faces=2), (H.TWO_FACES, H.TOO_FAR)),
    ],
)
def test_hindrances_are_told_in_the_order_of_importance(seen, told) -> None:
    assert hindrances(Step.STRAIGHT, seen, sharpest=0.4) == told


def test_hindrance_is_told_when_the_head_moves_fast() -> None:
    before = glimpse(0.0)
    after = glimpse(100.0, middle=(WIDTH / 2 + 12.0, HEIGHT / 2))
    assert hindrances(Step.SMILE, after, before=before) == (H.MOVING,)
    slow = glimpse(100.0, middle=(WIDTH / 2 + 2.0, HEIGHT / 2))
    assert hindrances(Step.SMILE, slow, before=before) == ()


def test_head_may_be_turned_by_what_the_step_asks_for_and_no_further() -> None:
    rest = Rest(np.zeros(52, np.float32), yaw=5.0)
    assert hindrances(Step.TURN_LEFT, glimpse(0.0, yaw=20.0), rest) == ()
    assert hindrances(Step.TURN_LEFT, glimpse(0.0, yaw=36.0), rest) == (H.TURNED_TOO_FAR,)
    assert hindrances(Step.TURN_RIGHT, glimpse(0.0, yaw=-12.0), rest) == ()
    assert hindrances(Step.SMILE, glimpse(0.0, yaw=20.0), rest) == (H.TURNED,)


def test_watch_puts_up_with_a_lamp_after_a_while_and_with_no_face_never() -> None:
    watch = StepWatch()
    watch.begin(Step.STRAIGHT, 0.0)
    dim = replace(GOOD_LIGHT, sides=3.0)
    patience = PUT_UP_WITH_MS[H.BRIGHT_LEFT]
    for time_ms in np.arange(0.0, patience + 400.0, 100.0):
        watch.see(glimpse(time_ms, light=dim), time_ms)
        assert (watch.hindrance is H.BRIGHT_LEFT) == (time_ms <= patience)
    watch.begin(Step.SMILE, 20_000.0)
    watch.see(glimpse(20_000.0, light=dim), 20_000.0)
    assert watch.hindrance is None
    for time_ms in np.arange(21_000.0, 90_000.0, 500.0):
        watch.see(None, time_ms)
    assert watch.hindrance is H.NO_FACE
    watch.forget()
    watch.see(glimpse(91_000.0, light=dim), 91_000.0)
    assert watch.hindrance is H.BRIGHT_LEFT


def test_watch_takes_no_picture_while_two_faces_are_seen() -> None:
    watch = StepWatch()
    watch.begin(Step.STRAIGHT, 0.0)
    for time_ms in np.arange(0.0, 60_000.0, 100.0):
        watch.see(replace(glimpse(time_ms), faces=2), time_ms)
        assert watch.progress == 0.0
    assert watch.hindrance is H.TWO_FACES
    for time_ms in np.arange(60_000.0, 61_000.0, 100.0):
        watch.see(glimpse(time_ms), time_ms)
    assert watch.progress == 1.0


@pytest.mark.parametrize("language", ["en", "ko"])
def test_words_exist_for_every_step_and_hindrance(language: str) -> None:
    words = json.loads((STRINGS / f"wizard/{language}.json").read_text("utf-8"))
    assert [h for h in Hindrance if not words.get(f"wizard.hint.{h}")] == []
    for kind in ("step", "ask"):
        assert [s for s in STEPS if not words.get(f"wizard.{kind}.{s}")] == []


def test_steps_ask_for_nothing_that_their_own_example_does_not_show() -> None:
    for step in STEPS[1:]:
        watch = StepWatch()
        watch.begin(step, 0.0)
        turn = PLANS[step].turn
        for time_ms in (0.0, 100.0, 200.0, 300.0, 400.0, 500.0):
            watch.see(glimpse(time_ms, PLANS[step].example, yaw=1.01 * turn), time_ms)
        assert watch.shown_share == pytest.approx(1.0)
        assert watch.progress == 1.0


def lit_face(left: float, right: float, glasses: float = 0.0) -> np.ndarray:
    """(160, 160, 4) a grey face, its own left side (at the picture's right) of another grey."""
    pixels = np.zeros((160, 160, 4), np.uint8)
    pixels[:, :80, :3] = round(255 * right)
    pixels[:, 80:, :3] = round(255 * left)
    if glasses:
        points = small_points()
        for loop in (landmarks.EYE_LEFT, landmarks.EYE_RIGHT):
            (x0, y0), (x1, y1) = (f(points[loop, :2], axis=0).astype(int) for f in (np.min, np.max))
            pixels[y0 : y1 + 1, x0 : x0 + round(glasses * (x1 - x0)) + 1, :3] = 255
    return pixels


def small_points() -> np.ndarray:
    return glimpse(0.0, middle=(80.0, 80.0), scale=9.0).points


def test_light_tells_sides_brightness_and_glare_of_a_face() -> None:
    points = small_points()
    even = face_light(lit_face(0.5, 0.5), points)
    assert even.brightness == pytest.approx(0.5, abs=0.01)
    assert even.sides == pytest.approx(1.0, abs=0.02)
    assert even.glare == 0.0
    lamp = face_light(lit_face(0.8, 0.2), points)
    assert lamp.sides == pytest.approx(4.0, abs=0.1)
    assert lamp.brighter_left
    assert not face_light(lit_face(0.2, 0.8), points).brighter_left
    assert face_light(lit_face(0.5, 0.5, glasses=0.5), points).glare > 0.3


def test_light_calls_a_picture_sharper_when_it_has_finer_detail() -> None:
    random = np.random.default_rng(2)
    fine = random.random((160, 160)).astype(np.float32)
    coarse = fine.copy()
    for _ in range(3):
        coarse = (coarse + np.roll(coarse, 1, 0) + np.roll(coarse, 1, 1)) / 3.0
    points = small_points()
    sharp, soft = (
        face_light(255.0 * each[..., None].repeat(3, axis=2), points) for each in (fine, coarse)
    )
    assert sharp.sharpness > 3.0 * soft.sharpness


def test_light_is_told_of_a_face_that_reaches_out_of_the_picture() -> None:
    points = small_points() + np.array([70.0, 60.0, 0.0])
    seen = face_light(lit_face(0.5, 0.5), points)
    assert np.isfinite([seen.brightness, seen.sides, seen.sharpness]).all()
