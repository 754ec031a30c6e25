"""How a face goes on beyond what is known of it, and how it gets onto another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.support import faces

from persona_core.call.media.face_vector import (
    MAX_RESIDUAL,
    RESIDUAL,
    ROTATION,
    SCALE,
    SHAPES,
    SIZE,
    to_face,
    to_vector,
)
from persona_core.call.media.jitter_buffer import JitterBuffer
from persona_core.call.media.prediction import (
    CLOSING_SHARE,
    FACE_DAMPING_MS,
    HEAD_DAMPING_MS,
    PREDICTION_MS,
    STANDSTILL,
    reach_ms,
    velocity,
)
from persona_core.call.media.steering import MAX_QUICK_MS, MAX_SPRING_MS, Steering
from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams, Gesture
from persona_core.wire.codec import (
    MAX_SCALE,
    MAX_TRANSLATION,
    SHAPE_ERROR,
    decode_frame,
    encode_frame,
)

untimed = settings(deadline=None)
LIDS = [Blendshape.EYE_BLINK_LEFT, Blendshape.EYE_BLINK_RIGHT]
TICK_MS = 1000.0 / 60.0

shares = st.floats(0.0, 1.0, width=32)
shapes = arrays.arrays(np.float32, 52, elements=shares)
spans = st.floats(25.0, 400.0)


def vector(values: np.ndarray) -> np.ndarray:
    return to_vector(FaceParams(0.0, values))


def test_vector_is_the_face_again_when_it_is_turned_back() -> None:
    face = FaceParams(
        7.0,
        faces.shapes(JAW_OPEN=0.25, EYE_BLINK=1.0),
        quaternion.from_yaw_pitch_roll(20.0, -10.0, 5.0),
        np.array([0.5, -0.25], dtype=np.float32),
        1.5,
        tracked=False,
        gestures=(Gesture.VICTORY, Gesture.NONE),
        residual=np.linspace(-2.0, 2.0, 24, dtype=np.float32),
    )
    back = to_face(to_vector(face), 9.0, face, has_residual=True)
    assert back.time_ms == 9.0
    assert back.blendshapes == pytest.approx(face.blendshapes)
    assert back.rotation == pytest.approx(face.rotation)
    assert back.translation == pytest.approx(face.translation)
    assert back.scale == pytest.approx(face.scale)
    assert (back.tracked, back.gestures) == (face.tracked, face.gestures)
    assert back.residual == pytest.approx(face.residual)
    assert to_face(to_vector(face), 9.0, face, has_residual=False).residual is None


def test_vector_turns_its_quaternion_when_the_other_sign_is_nearer() -> None:
    face = FaceParams(0.0, rotation=np.array([-0.6, -0.8, 0.0, 0.0], dtype=np.float32))
    near = to_vector(FaceParams(0.0))
    assert to_vector(face, near)[ROTATION] == pytest.approx([0.6, 0.8, 0.0, 0.0])


@given(arrays.arrays(np.float32, SIZE, elements=st.floats(-1e6, 1e6, width=32)))
def test_face_is_in_its_ranges_when_the_vector_is_any(values: np.ndarray) -> None:
    face = to_face(values, 0.0, FaceParams(0.0), has_residual=True)
    assert 0.0 <= face.blendshapes.min() <= face.blendshapes.max() <= 1.0
    assert float(np.linalg.norm(face.rotation)) == pytest.approx(1.0, abs=1e-4)
    assert 1.0 / MAX_SCALE <= face.scale * 1.0001
    assert face.scale <= MAX_SCALE * 1.0001


@untimed
@given(shapes, shapes, spans)
def test_nothing_is_taken_further_than_its_share_of_the_way_to_either_end(
    newest: np.ndarray, before: np.ndarray, span_ms: float
) -> None:
    speed = velocity(vector(newest), vector(before), span_ms)[SHAPES]
    farthest = newest + speed * reach_ms(PREDICTION_MS, FACE_DAMPING_MS)
    assert (farthest >= newest * (1.0 - CLOSING_SHARE) - 1e-5).all()
    assert (1.0 - farthest >= (1.0 - newest) * (1.0 - CLOSING_SHARE) - 1e-5).all()


@untimed
@given(shapes, shapes, spans)
def test_lids_are_never_predicted_to_close(
    newest: np.ndarray, before: np.ndarray, span_ms: float
) -> None:
    assert (velocity(vector(newest), vector(before), span_ms)[LIDS] <= 0.0).all()


@untimed
@given(
    arrays.arrays(np.float32, SIZE, elements=st.floats(-10.0, 10.0, width=32)),
    arrays.arrays(np.float32, SIZE, elements=st.floats(-10.0, 10.0, width=32)),
    spans,
)
def test_head_and_residual_are_bounded_when_they_leap(
    newest: np.ndarray, before: np.ndarray, span_ms: float
) -> None:
    farthest = velocity(newest, before, span_ms) * reach_ms(PREDICTION_MS, HEAD_DAMPING_MS)
    assert np.abs(farthest[ROTATION.start : SCALE + 1]).max() <= 0.1501
    assert np.abs(farthest[RESIDUAL]).max() <= 0.501


def test_still_face_trembles_no_more_than_what_comes_when_values_are_rounded_to_and_fro() -> None:
    draw, buffer, sent, shown = np.random.default_rng(3), JitterBuffer(), [], []
    for number in range(200):
        now_ms = number * 33.0
        noise = draw.integers(-1, 2, 52).astype(np.float32) / np.float32(127.0)
        sent.append(noise)
        buffer.push(FaceParams(now_ms, np.float32(0.5) + noise), now_ms)
        for tick in (0.0, TICK_MS):
            face = buffer.sample(now_ms + tick)
            assert face is not None
            shown.append(face.blendshapes)
    moved = np.abs(np.diff(np.array(shown[20:]), axis=0))
    assert np.abs(np.array(shown) - 0.5).max() < 2.0 / 127.0
    assert moved.max() < 2.5 / 127.0
    assert np.std(shown[20:]) < 1.05 * np.std(sent[10:])


@untimed
@given(st.data())
def test_blink_never_overshoots_when_frames_come_as_they_like(data: st.DataObject) -> None:
    buffer, now_ms, highest = JitterBuffer(), 1_000.0, 0.0
    lost = data.draw(st.lists(st.tuples(shares, st.floats(5.0, 250.0), st.floats(0.0, 80.0)),
                              min_size=3, max_size=30))  # fmt: skip
    for lid, pause_ms, way_ms in lost:
        now_ms += pause_ms
        highest = max(highest, lid)
        buffer.push(faces.face(EYE_BLINK=lid, time_ms=now_ms - way_ms), now_ms)
        face = buffer.sample(now_ms)
        assert face is not None
        assert face.blendshapes[LIDS].max() <= highest + 1e-5
        face = buffer.sample(now_ms + 7.0)
        assert face is not None
        assert face.blendshapes[LIDS].max() <= highest + 1e-5


def test_blink_is_shown_as_deep_as_it_was_when_frames_come_in_time() -> None:
    buffer, deepest = JitterBuffer(), 0.0
    lids = [0.0] * 20 + [0.4, 1.0, 0.9, 0.4, 0.1] + [0.0] * 10
    for number, lid in enumerate(lids):
        now_ms = number * 33.0
        buffer.push(faces.face(EYE_BLINK=lid, time_ms=now_ms), now_ms)
        for tick in (0.0, TICK_MS):
            face = buffer.sample(now_ms + tick)
            assert face is not None
            deepest = max(deepest, float(face.blendshapes[LIDS].min()))
    assert deepest > 0.95


def test_late_frame_is_come_to_smoothly() -> None:
    buffer, before = JitterBuffer(), 0.0
    frames = [*range(0, 2_000, 33), *range(2_150, 4_000, 33)]
    steps = []
    for now in range(0, 4_000, 16):
        while frames and frames[0] <= now:
            time_ms = float(frames.pop(0))
            jaw = 0.1 if time_ms < 2_100 else 0.8
            buffer.push(faces.face(JAW_OPEN=jaw, time_ms=time_ms), float(now))
        face = buffer.sample(float(now))
        assert face is not None
        jaw = float(face.blendshapes[Blendshape.JAW_OPEN])
        steps.append(jaw - before)
        before = jaw
    at = int(np.argmax(steps[5:])) + 5
    assert max(steps[5:]) < 0.3, "0.7 at once would be a jump"
    assert 0.6 < sum(steps[at - 2 : at + 9]) < 0.8, "and it is there within an eighth of a second"


@pytest.mark.parametrize("slowest_ms", [0.0, 100.0])
def test_face_glides_on_when_our_own_tab_slept(slowest_ms: float) -> None:
    buffer, jaws = JitterBuffer(), []
    arrivals = [(33.0 * at + (at % 3 == 0) * slowest_ms, 33.0 * at) for at in range(240)]
    waiting = sorted(arrivals)
    for now_ms in [*np.arange(0.0, 3_000.0, TICK_MS), *np.arange(6_000.0, 7_000.0, TICK_MS)]:
        while waiting and waiting[0][0] <= now_ms:
            arrival_ms, time_ms = waiting.pop(0)
            jaw = 0.1 if time_ms < 4_000.0 else 0.9
            buffer.push(faces.face(JAW_OPEN=jaw, time_ms=time_ms), arrival_ms)
        if (face := buffer.sample(now_ms)) is not None:
            jaws.append(float(face.blendshapes[Blendshape.JAW_OPEN]))
    assert np.abs(np.diff(jaws)).max() < 0.16
    assert jaws[-1] == pytest.approx(0.9, abs=0.01)


def test_same_face_is_given_again_when_nothing_moves() -> None:
    buffer = JitterBuffer()
    buffer.push(faces.face(JAW_OPEN=0.3, time_ms=0.0), 0.0)
    held = buffer.sample(0.0)
    assert buffer.sample(16.0) is held
    assert buffer.sample(2_000.0) is held
    buffer.push(faces.face(JAW_OPEN=0.3, time_ms=2_015.0), 2_015.0)
    confirmed = buffer.sample(2_015.0)
    assert confirmed is not held
    assert buffer.sample(2_040.0) is confirmed
    buffer.push(faces.face(JAW_OPEN=0.5, time_ms=2_045.0), 2_045.0)
    moved = buffer.sample(2_050.0)
    assert moved is not confirmed
    assert buffer.sample(2_066.0) is not moved


def test_residual_fades_when_the_peer_takes_its_portrait_off() -> None:
    buffer, seen = JitterBuffer(), []
    residual = np.full(24, 2.0, dtype=np.float32)
    for number in range(60):
        worn = residual if number < 30 else None
        buffer.push(FaceParams(number * 33.0, residual=worn), number * 33.0)
        for tick in (0.0, TICK_MS):
            face = buffer.sample(number * 33.0 + tick)
            assert face is not None
            seen.append(0.0 if face.residual is None else float(face.residual.max()))
    assert seen[50] == pytest.approx(2.0)
    assert np.abs(np.diff(seen[50:])).max() < 1.0
    assert seen[-1] == 0.0
    assert face is not None
    assert face.residual is None


def test_steering_starts_from_what_was_shown_and_ends_on_its_way() -> None:
    steering, shown = Steering(), vector(np.full(52, 0.8, dtype=np.float32))
    goal = vector(np.full(52, 0.2, dtype=np.float32))
    steering.go(goal, STANDSTILL, 0.0, None)
    still = np.stack([shown, STANDSTILL])
    steering.meet(still, 0.0, 100.0, (MAX_SPRING_MS, MAX_QUICK_MS))
    assert steering.at(0.0, 100.0) == pytest.approx(shown)
    later_ms = 100.0 + 20.0 * MAX_SPRING_MS
    assert not steering.is_still(110.0, waits=True)
    assert steering.is_still(later_ms, waits=False), "its way leads nowhere"
    steering.go(goal, goal * np.float32(0.001), 0.0, None)
    assert not steering.is_still(later_ms, waits=False)
    assert steering.is_still(later_ms, waits=True)
    steering.go(goal, STANDSTILL, 0.0, None)
    assert steering.at(0.0, 100.0 + 8.0 * MAX_SPRING_MS) == pytest.approx(goal, abs=0.01)
    steps = [steering.at(0.0, 100.0 + at)[0] for at in range(400)]
    assert np.diff(steps).max() <= 1e-6, "it does not swing"


def test_speed_is_what_the_face_does_from_instant_to_instant() -> None:
    steering, draw = Steering(), np.random.default_rng(1)
    start, change, shown = draw.uniform(0.2, 0.8, (3, SIZE)).astype(np.float32)
    steering.go(start, change * np.float32(0.003), 0.0, None)
    steering.meet(np.stack([shown, STANDSTILL]), 5.0, 5.0, (15.0, 24.0))
    sprung = [int(Blendshape.JAW_OPEN), int(Blendshape.BROW_INNER_UP), ROTATION.start, SCALE]
    for at in (6.0, 12.0, 40.0):
        step = (steering.at(at + 0.5, at + 0.5) - steering.at(at - 0.5, at - 0.5))[sprung]
        assert steering.moving(at, at)[1, sprung] == pytest.approx(step, abs=3e-4)


@pytest.mark.parametrize("seed", range(4))
def test_output_is_sound_when_a_hostile_peer_sends_any_faces_at_any_times(seed: int) -> None:
    draw, buffer, now_ms, stamp = np.random.default_rng(seed), JitterBuffer(), 0.0, 1e6
    for _ in range(3_000):
        now_ms += draw.choice([0.0, 0.3, 16.0, 40.0, 700.0])
        stamp += draw.choice([0.0, 0.1, 1.0, 33.0, 5_000.0, -1.0, -400.0, -5_000.0, 2.0**31])
        turn = draw.normal(size=4)
        face = FaceParams(
            stamp,
            draw.integers(0, 2, 52).astype(np.float32),
            (turn / np.linalg.norm(turn)).astype(np.float32),
            draw.uniform(-4.0, 4.0, 2).astype(np.float32),
            float(draw.choice([0.25, 1.0, 4.0])),
            residual=None if draw.random() < 0.3 else draw.uniform(-10, 10, 24).astype(np.float32),
        )
        buffer.push(decode_frame(encode_frame(face, 0)).params if draw.random() < 0.5 else face,
                    now_ms)  # fmt: skip
        shown = buffer.sample(now_ms)
        assert shown is not None
        assert math.isfinite(shown.time_ms)
        assert 0.0 <= shown.blendshapes.min() <= shown.blendshapes.max() <= 1.0
        assert float(np.linalg.norm(shown.rotation)) == pytest.approx(1.0, abs=1e-3)
        assert np.abs(shown.translation).max() <= MAX_TRANSLATION
        assert 0.2499 <= shown.scale <= 4.001
        assert shown.residual is None or np.abs(shown.residual).max() <= MAX_RESIDUAL


def test_rounding_of_the_wire_counts_as_nearly_no_motion() -> None:
    before = np.full(52, 0.5, dtype=np.float32)
    speed = velocity(vector(before + np.float32(2.0 * SHAPE_ERROR)), vector(before), 33.0)
    assert np.abs(speed[SHAPES]).max() * PREDICTION_MS < 2.0 * SHAPE_ERROR
