"""LivePortrait's motion against its formulas, written out a second way."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.errors import ModelError
from persona_core.neural.families.liveportrait_motion import (
    HEADS,
    KeypointMotion,
    PortraitPose,
    degrees,
    rotation_matrix,
    transform,
)

Doubles = npt.NDArray[np.float64]

ANGLES = st.floats(-90.0, 90.0)
K = 21


def some_motion(seed: int) -> KeypointMotion:
    rng = np.random.default_rng(seed)
    return KeypointMotion(
        rotation_matrix(*rng.uniform(-40.0, 40.0, 3)),
        rng.normal(0.0, 0.05, (K, 3)),
        float(rng.uniform(0.8, 1.4)),
        rng.normal(0.0, 0.1, 3),
    )


def canonical(seed: int = 5) -> Doubles:
    return np.random.default_rng(seed).normal(0.0, 0.4, (K, 3))


def test_angle_is_the_bin_when_one_logit_stands_out() -> None:
    for place in (0, 32, 33, 65):
        logits = np.zeros(66)
        logits[place] = 60.0
        assert degrees(logits) == pytest.approx(3.0 * place - 97.5)


def test_angle_is_between_bins_when_two_are_as_likely_and_never_overflows() -> None:
    logits = np.full(66, -1000.0)
    logits[[40, 41]] = 900.0
    assert degrees(logits) == pytest.approx(3.0 * 40.5 - 97.5)
    assert degrees(np.zeros(66)) == pytest.approx(0.0, abs=1e-9)


def test_angle_is_refused_when_there_are_other_bins() -> None:
    with pytest.raises(ModelError):
        degrees(np.zeros(65))


@given(ANGLES, ANGLES, ANGLES)
def test_rotation_is_roll_after_yaw_after_pitch_for_points_as_rows(
    pitch: float, yaw: float, roll: float
) -> None:
    point = np.array([0.3, -0.7, 0.2])
    p, y, r = (math.radians(angle) for angle in (pitch, yaw, roll))
    a, b, c = point
    b, c = b * math.cos(p) - c * math.sin(p), b * math.sin(p) + c * math.cos(p)
    a, c = a * math.cos(y) + c * math.sin(y), -a * math.sin(y) + c * math.cos(y)
    a, b = a * math.cos(r) - b * math.sin(r), a * math.sin(r) + b * math.cos(r)
    assert point @ rotation_matrix(pitch, yaw, roll) == pytest.approx(np.array([a, b, c]))


def test_keypoints_are_turned_bent_scaled_and_moved_in_this_order() -> None:
    motion, points = some_motion(1), canonical()
    found = transform(points, motion)
    assert found.shape == (1, K, 3)
    assert found.dtype == np.float32
    for k in range(K):
        expected = [
            motion.scale
            * (
                sum(points[k, i] * motion.rotation[i, axis] for i in range(3))
                + motion.expression[k, axis]
            )
            for axis in range(3)
        ]
        expected[0] += motion.translation[0]
        expected[1] += motion.translation[1]  # z is not moved
        assert found[0, k].tolist() == pytest.approx(expected, abs=1e-6)


def outputs() -> dict[str, Doubles]:
    rng = np.random.default_rng(4)
    sizes = dict.fromkeys(("pitch", "yaw", "roll"), 66) | {"t": 3, "exp": 63, "scale": 1, "kp": 63}
    return {head: rng.normal(0.0, 1.0, (1, sizes[head])) for head in HEADS}


def test_portrait_is_read_from_the_extractors_tensors() -> None:
    given_ = outputs()
    pose = PortraitPose.from_outputs(given_)
    assert pose.canonical.ravel().tolist() == given_["kp"].ravel().tolist()
    angles = [degrees(given_[head]) for head in ("pitch", "yaw", "roll")]
    assert pose.motion.rotation == pytest.approx(rotation_matrix(*angles))
    assert pose.keypoints == pytest.approx(transform(pose.canonical, pose.motion))


@pytest.mark.parametrize(
    ("head", "value"),
    [
        ("exp", None),
        ("exp", np.zeros((1, 60))),
        ("kp", np.full((1, 63), np.inf)),
        ("kp", np.zeros((1, 0))),
        ("t", np.zeros((1, 2))),
        ("yaw", np.zeros((1, 5))),
    ],
)
def test_portrait_is_refused_when_a_tensor_is_wrong(head: str, value: Doubles | None) -> None:
    given_ = outputs()
    if value is None:
        del given_[head]
    else:
        given_[head] = value
    with pytest.raises(ModelError):
        PortraitPose.from_outputs(given_)
