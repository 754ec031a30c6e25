"""Rendered people are faces to the tracker, and the same ones every time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tests.support import extra_data

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.pose import HeadPose
from persona_models.faces.ict_face import IctFace
from persona_models.faces.synthetic import SIZE, SyntheticPerson, random_expression, render_people
from persona_models.faces.tracker import track_pictures

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model():
    return IctFace.load(extra_data.path(extra_data.ICT_FACE))


def shown(model, **strengths):
    expression = np.zeros(len(model.names), dtype=np.float32)
    for name, strength in strengths.items():
        expression[model.names.index(name)] = strength
    return expression


def turned(degrees):
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=np.float32)


def test_tracker_reads_in_the_renders_what_was_put_there(model):
    person = SyntheticPerson(model, np.random.default_rng(11))
    frontal = np.eye(3, dtype=np.float32)
    pictures = [
        person.render(shown(model), frontal),
        person.render(shown(model, jawOpen=0.7), frontal),
        person.render(shown(model, mouthSmile_L=1.0, mouthSmile_R=1.0), frontal),
        person.render(shown(model, eyeBlink_L=1.0, eyeBlink_R=1.0), frontal),
        person.render(shown(model), turned(25.0)),
    ]
    assert pictures[0].shape == (SIZE, SIZE, 3)
    vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
    tracks = track_pictures(pictures, vendor, os.environ.get("VP_CHROMIUM", "/usr/bin/chromium"))
    assert tracks.found.all()
    rest, jaw, smile, blink, _ = tracks.blendshapes
    assert jaw[Blendshape.JAW_OPEN] > rest[Blendshape.JAW_OPEN] + 0.3
    assert smile[Blendshape.MOUTH_SMILE_LEFT] > rest[Blendshape.MOUTH_SMILE_LEFT] + 0.4
    assert blink[Blendshape.EYE_BLINK_LEFT] > rest[Blendshape.EYE_BLINK_LEFT] + 0.25
    yaws = [
        quaternion.to_yaw_pitch_roll(HeadPose.from_matrix(tracks.matrices[i]).rotation)[0]
        for i in (0, 4)
    ]
    assert yaws == pytest.approx([0.0, 25.0], abs=5.0)


def test_renders_repeat_when_the_seed_does(model):
    first, second, other = (next(render_people(model, 1, seed)) for seed in (4, 4, 5))
    assert (first == second).all()
    assert (first != other).mean() > 0.2


def test_random_expressions_are_shares_and_reach_all_of_a_face(model):
    random = np.random.default_rng(0)
    drawn = np.array([random_expression(random, model.names) for _ in range(400)])
    assert drawn.min() >= 0.0
    assert drawn.max() <= 1.0
    never = {name for name, most in zip(model.names, drawn.max(axis=0), strict=True) if most == 0.0}
    # Pupils do not show in the landmarks; ICT-FaceKit's cheek raiser goes with no blendshape.
    assert never == {"PupilDilate_L", "PupilDilate_R", "cheekRaiser_L", "cheekRaiser_R"}
    jaw, close = (drawn[:, model.names.index(name)] for name in ("jawOpen", "mouthClose"))
    assert (close <= jaw).all()
