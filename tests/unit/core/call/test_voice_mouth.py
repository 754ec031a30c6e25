"""The mouth that follows a voice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import faces

from persona_core.call.media.voice_mouth import SILENCE, VoiceFeatures, VoiceMouth, mouth_shapes
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

unit = st.floats(0.0, 1.0, width=32)
voices = st.builds(VoiceFeatures, unit, unit, unit, unit)


@given(voices)
def test_shapes_are_blendshapes_whatever_the_voice(voice: VoiceFeatures) -> None:
    shapes = mouth_shapes(voice)
    assert shapes.shape == (52,)
    assert 0.0 <= shapes.min() <= shapes.max() <= 1.0


def test_vowels_look_different_when_they_sound_different() -> None:
    ah = mouth_shapes(VoiceFeatures(0.7, 1.0, 0.0, 0.0))
    oo = mouth_shapes(VoiceFeatures(0.7, 0.1, 1.0, 0.0))
    ee = mouth_shapes(VoiceFeatures(0.7, 0.0, 0.0, 1.0))
    assert ah[Blendshape.JAW_OPEN] > 2 * max(oo[Blendshape.JAW_OPEN], ee[Blendshape.JAW_OPEN])
    assert oo[Blendshape.MOUTH_PUCKER] > 0.3 > ah[Blendshape.MOUTH_PUCKER]
    assert ee[Blendshape.MOUTH_STRETCH_LEFT] > 0.3 > oo[Blendshape.MOUTH_STRETCH_LEFT]


def test_face_is_left_as_it_is_when_nothing_is_heard() -> None:
    face = FaceParams(0.0)
    mouth = VoiceMouth()
    assert all(mouth.apply(face, SILENCE, now_ms) is face for now_ms in (0.0, 16.0, 900.0))


def test_mouth_opens_fast_and_closes_softly_when_a_voice_begins_and_ends() -> None:
    mouth, face, loud = VoiceMouth(), FaceParams(0.0), VoiceFeatures(1.0, 1.0)
    goal = mouth_shapes(loud)[Blendshape.JAW_OPEN]

    def jaw(voice: VoiceFeatures, now_ms: float) -> float:
        return float(mouth.apply(face, voice, now_ms).blendshapes[Blendshape.JAW_OPEN])

    jaw(loud, 0.0)
    assert jaw(loud, 40.0) == pytest.approx(goal * (1 - np.exp(-1)), rel=1e-3)
    assert jaw(loud, 400.0) == pytest.approx(goal, rel=0.01)
    closing = [jaw(SILENCE, 400.0 + step) for step in range(0, 1_500, 50)]
    assert closing == sorted(closing, reverse=True)
    assert 0.4 * goal < closing[1]
    assert closing[-1] == 0.0


def test_voice_only_adds_to_a_face_that_moves_by_itself() -> None:
    mouth = VoiceMouth()
    face = faces.face(MOUTH_SMILE_LEFT=0.6)
    for now_ms in (0.0, 100.0):
        shown = mouth.apply(face, VoiceFeatures(0.8, 0.8), now_ms)
    assert shown.blendshapes[Blendshape.MOUTH_SMILE_LEFT] == pytest.approx(0.6)
    assert shown.blendshapes[Blendshape.JAW_OPEN] > 0.2
    assert face.blendshapes[Blendshape.JAW_OPEN] == 0.0
