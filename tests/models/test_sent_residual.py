"""The residual of a real face that the basis has never seen, as a sender would send it."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from persona_core.avatar.portrait.support import supported
from persona_core.call.codec import decode_frame, encode_frame
from persona_core.face import landmarks
from persona_core.face.params import FaceParams
from persona_core.face.residual_reader import ResidualReader
from persona_models.demo_motion import ROOT, SAMPLE_VIDEO
from persona_models.evaluation import SAMPLE_CLEAN
from persona_models.face_tracking import track_pictures
from persona_models.self_reenactment import Footage
from persona_models.video_tracking import read_frames

VENDOR = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
EVERY = 10
STEP_MS = 250.0
"""More than between frames of a call, so that the filter does not mix them."""
LIPS = np.concatenate([landmarks.LIPS_OUTER, landmarks.LIPS_INNER])


@pytest.fixture(scope="module")
def footage():
    """Every tenth frame, read as stills."""
    frames = list(islice(read_frames(VENDOR / SAMPLE_VIDEO), 0, None, EVERY))
    chromium = os.environ.get("VP_CHROMIUM", "/usr/bin/chromium")
    return Footage.of(frames, track_pictures(frames, VENDOR, chromium))


@pytest.fixture(scope="module")
def clean():
    """The frames without a hand."""
    return [i // EVERY for stretch in SAMPLE_CLEAN for i in stretch if i % EVERY == 0]


@pytest.fixture(scope="module")
def sent(footage, clean):
    """(N, 24): what arrives of each clean frame, the second time that they all pass."""
    reader, time_ms, arrived = ResidualReader(supported()), 0.0, {}
    for number in clean * 2:
        time_ms += STEP_MS
        shapes = footage.shapes[number]
        residual = reader.read(time_ms, footage.points[number], shapes)
        data = encode_frame(FaceParams(time_ms, blendshapes=shapes, residual=residual), 0)
        arrived[number] = decode_frame(data).params.residual
    return np.array([arrived[number] for number in clean])


def test_residual_that_arrives_is_moderate_and_of_no_lasting_offset(sent):
    """The person does not travel: what is left over time is small beside what moves."""
    assert 1.0 < np.linalg.norm(sent.std(axis=0)) < 15.0
    assert np.linalg.norm(sent.mean(axis=0)) < 0.4 * np.linalg.norm(sent.std(axis=0))


def test_residual_brings_the_lips_nearer_to_where_they_were_whatever_the_photo(
    footage, clean, sent
):
    basis, without, along = supported(), [], []
    faces = [footage.placements[n].to_face(footage.points[n]) for n in clean]
    shown = [basis.displacement(footage.shapes[n], footage.placements[n].rotation) for n in clean]
    for photo in range(len(clean)):
        neutral = faces[photo] - shown[photo]
        for face, moved, residual in zip(faces, shown, sent, strict=True):
            missed = (neutral + moved - face)[LIPS, :2]
            added = np.tensordot(residual, basis.residual[:, LIPS], axes=1)[:, :2]
            without.append(np.linalg.norm(missed, axis=1).mean())
            along.append(np.linalg.norm(missed + added, axis=1).mean())
    assert np.mean(along) < 0.85 * np.mean(without)
