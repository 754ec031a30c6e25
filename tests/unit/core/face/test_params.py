"""Whatever a face has, it keeps on its way: in a mirror, between two frames, over the wire."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from tests.support.faces import shapes

from persona_core.face import quaternion
from persona_core.face.blend import interpolate
from persona_core.face.params import RESIDUAL_COUNT, FaceParams, Gesture
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.wire.codec import decode_frame, encode_frame

RESIDUAL = np.linspace(-2.0, 2.0, RESIDUAL_COUNT, dtype=np.float32)
# Of each field a value that is not the one it has by itself, and the same in a mirror.
SAMPLES = {
    "time_ms": (70.0, 70.0),
    "blendshapes": (shapes(EYE_BLINK_LEFT=0.6), shapes(EYE_BLINK_RIGHT=0.6)),
    "rotation": (
        quaternion.from_yaw_pitch_roll(20.0, 5.0, -10.0),
        quaternion.from_yaw_pitch_roll(-20.0, 5.0, 10.0),
    ),
    "translation": (np.array([0.5, 0.25]), np.array([-0.5, 0.25])),
    "scale": (1.5, 1.5),
    "tracked": (False, False),
    "gestures": ((Gesture.VICTORY, Gesture.CLOSED_FIST), (Gesture.CLOSED_FIST, Gesture.VICTORY)),
    "residual": (RESIDUAL, LandmarkBasis.load().mirrored_residual(RESIDUAL)),
}


def test_samples_are_of_every_field() -> None:
    assert set(SAMPLES) == {field.name for field in fields(FaceParams)}


@pytest.mark.parametrize("name", SAMPLES)
def test_field_is_kept_when_a_face_is_mirrored_mixed_or_sent(name: str) -> None:
    value, mirrored = SAMPLES[name]
    face = replace(FaceParams(0.0), **{name: value})
    assert not np.array_equal(getattr(FaceParams(0.0), name), value), "it would not be missed"
    sent = decode_frame(encode_frame(face, 0)).params
    for way, image, expected in (
        ("mirrored", face.mirrored(), mirrored),
        ("mixed", interpolate(face, face, 0.6), value),
        ("sent", sent, value),
    ):
        found = getattr(image, name)
        assert found is not None, way
        assert np.asarray(found) == pytest.approx(np.asarray(expected), abs=0.05), way
