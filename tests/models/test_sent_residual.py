"""The residual of a real face that the basis has never seen, as a sender would send it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from persona_core.face import landmarks
from persona_core.face.params import FaceParams
from persona_core.face.residual.residual_reader import ResidualReader
from persona_core.portrait.moves import bounded
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.support import supported
from persona_core.wire.codec import decode_frame, encode_frame
from persona_models import ROOT
from persona_models.evaluate.reenactment import Footage
from persona_models.evaluate.report import SAMPLE_CLEAN
from persona_models.faces.tracker import track_pictures
from persona_models.faces.video import read_frames
from persona_models.shipped.demo_motion import SAMPLE_VIDEO

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


@dataclass
class Photo:
    landmarks: np.ndarray
    blendshapes: np.ndarray


def arrives(footage, clean, photo=None):
    """(N, 24): what arrives of each clean frame, the second time that they all pass."""
    reader, time_ms, arrived = ResidualReader(supported()), 0.0, {}
    reader.take_rest_from(photo)
    for number in clean * 2:
        time_ms += STEP_MS
        shapes = footage.shapes[number]
        residual = reader.read(time_ms, footage.points[number], shapes)
        data = encode_frame(FaceParams(time_ms, blendshapes=shapes, residual=residual), 0)
        arrived[number] = decode_frame(data).params.residual
    return np.array([arrived[number] for number in clean])


@pytest.fixture(scope="module")
def sent(footage, clean):
    return arrives(footage, clean)


def lips_missed(footage, clean, photo, residuals):
    """Millimetres by which a photo's lips lie beside those of each frame, on average."""
    basis, missed = supported(), []
    rest = footage.still(photo, basis).neutral[LIPS]
    for number, residual in zip(clean, residuals, strict=True):
        at = footage.placements[number]
        drawn = rest + basis.displacement(footage.shapes[number], at.rotation)[LIPS]
        drawn = drawn + np.tensordot(bounded(residual), basis.residual[:, LIPS], axes=1)
        apart = (drawn - at.to_face(footage.points[number])[LIPS])[:, :2]
        missed.append(10.0 * np.linalg.norm(apart, axis=1).mean())
    return float(np.mean(missed))


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


@pytest.mark.parametrize("still", [0, 240])
def test_lips_come_nearer_when_the_rest_is_that_of_the_persons_own_photo(
    footage, clean, sent, still
):
    """The two stills from which portraits are scored, A and B."""
    number = still // EVERY
    photo = Photo(footage.points[number], footage.shapes[number])
    measured = arrives(footage, clean, photo)
    assert not np.allclose(measured, sent)
    learned = lips_missed(footage, clean, number, sent)
    assert lips_missed(footage, clean, number, measured) < 0.6 * learned
    # What moves is the same whatever it is measured from.
    assert np.abs(measured - measured.mean(axis=0) - sent + sent.mean(axis=0)).mean() < 0.3


def test_most_photos_are_not_measured_from_when_they_show_somebody_else(footage, clean, sent):
    """Not all: it is a guard against a wrong word, which people seldom give."""
    moved = {}
    for path in sorted((ROOT / "app" / "portraits").glob("*.portrait")):
        portrait = Portrait.from_bytes(path.read_bytes())
        aside = (arrives(footage, clean, portrait) - sent).mean(axis=0)
        moved[path.stem] = float(np.linalg.norm(aside))
    assert len(moved) == 7
    assert sorted(moved.values())[4] < 0.1 * np.linalg.norm(sent, axis=1).mean(), moved
