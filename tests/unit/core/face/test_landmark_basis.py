from __future__ import annotations

import io
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import faces

from persona_core.face import landmarks
from persona_core.face.residual import landmark_basis
from persona_core.face.residual.landmark_basis import (
    BASIS_FILE,
    LandmarkBasis,
    LandmarkBasisError,
    turn_weights,
)

LARGEST_FILE = 250_000


@pytest.fixture(scope="module")
def basis():
    return LandmarkBasis.load()


def opening(points, loop):
    """Mean height of the opening of an eye (16 points) or of the lips (20)."""
    half = len(loop) // 2
    lower, upper = loop[1:half], loop[half + 1 :][::-1]
    return float((points[upper, 1] - points[lower, 1]).mean())


def test_file_is_small_and_whole(basis):
    size = len(resources.files(landmark_basis.__package__).joinpath(BASIS_FILE).read_bytes())
    assert size <= LARGEST_FILE
    assert basis.mean.shape == (478, 3)
    assert basis.shapes.shape == (52, 478, 3)
    assert basis.turns.shape == (6, 478, 3)
    assert 16 <= basis.residual_count <= 30
    assert LandmarkBasis.load() is basis


def test_mean_is_a_face(basis):
    away = np.linalg.norm(basis.mean - landmarks.canonical_points(), axis=1)
    assert away[: landmarks.FACE_COUNT].max() < 2.0  # cm
    assert opening(basis.mean, landmarks.EYE_LEFT) > 0.3
    assert -0.1 < opening(basis.mean, landmarks.LIPS_INNER) < 0.4


@pytest.mark.parametrize(
    ("name", "own", "other"),
    [
        ("eye_blink_left", landmarks.EYE_LEFT, landmarks.EYE_RIGHT),
        ("eye_blink_right", landmarks.EYE_RIGHT, landmarks.EYE_LEFT),
    ],
)
def test_blink_closes_the_eye_of_its_side(basis, name, own, other):
    closed = basis.mean + basis.displacement(faces.shapes(**{name: 0.9}))
    assert opening(closed, own) < 0.45 * opening(basis.mean, own)
    assert opening(closed, other) > 0.6 * opening(basis.mean, other)


def test_jaw_opens_the_mouth_and_lowers_the_chin(basis):
    moved = basis.displacement(faces.shapes(jaw_open=0.6))
    opened = basis.mean + moved
    assert opening(opened, landmarks.LIPS_INNER) > opening(basis.mean, landmarks.LIPS_INNER) + 1.0
    assert moved[152, 1] < -0.5


def test_smile_lifts_the_corners_of_the_mouth_outwards(basis):
    moved = basis.displacement(faces.shapes(mouth_smile_left=1.0, mouth_smile_right=1.0))
    right, left = landmarks.LIPS_OUTER[0], landmarks.LIPS_OUTER[10]
    assert moved[left, 0] > 0.2
    assert moved[right, 0] < -0.2
    assert moved[[left, right], 1].min() > 0.1


def test_gaze_moves_the_irises_when_eyes_look_aside(basis):
    moved = basis.displacement(faces.shapes(eye_look_out_left=0.8, eye_look_in_right=0.8))
    assert moved[landmarks.IRIS_LEFT, 0].mean() > 0.1
    assert moved[landmarks.IRIS_RIGHT, 0].mean() > 0.1


def test_turn_weights_vanish_when_the_head_faces_the_camera(basis):
    assert not turn_weights(np.eye(3)).any()
    shapes = faces.shapes(jaw_open=0.3)
    assert (basis.displacement(shapes, np.eye(3)) == basis.displacement(shapes)).all()


def test_turn_weights_stop_where_no_face_was_seen():
    backwards = np.diag([-1.0, 1.0, -1.0])
    aside = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    for rotation in (backwards, aside, -np.ones((3, 3))):
        assert np.abs(turn_weights(rotation)).max() <= 0.6 + 1e-6


def test_neutral_takes_off_what_expression_and_turn_put_on(basis):
    rotation = np.array([[0.96, 0.0, 0.28], [0.0, 1.0, 0.0], [-0.28, 0.0, 0.96]])
    shapes = faces.shapes(jaw_open=0.4, mouth_smile_left=0.7)
    face = basis.mean + basis.displacement(shapes, rotation)
    assert basis.neutral(face, shapes, rotation) == pytest.approx(basis.mean, abs=1e-5)


def test_residual_components_are_orthogonal_and_sorted(basis):
    flat = basis.residual.reshape(basis.residual_count, -1)
    gram = flat @ flat.T
    lengths = np.sqrt(np.diag(gram))
    assert np.abs(gram / np.outer(lengths, lengths) - np.eye(len(flat))).max() < 1e-3
    assert (np.diff(lengths) <= 1e-3).all()


def test_code_of_a_person_at_rest_is_zero(basis):
    own = basis.mean * 1.1
    shapes = faces.shapes(brow_inner_up=0.5)
    code = basis.residual_code(own + basis.displacement(shapes), shapes, own)
    assert code.dtype == np.int8
    assert not code.any()


@given(st.data())
def test_code_comes_back_when_its_shape_is_coded_again(data):
    basis = LandmarkBasis.load()
    count = basis.residual_count
    code = np.array(
        data.draw(st.lists(st.integers(-127, 127), min_size=count, max_size=count)), dtype=np.int8
    )
    face = basis.mean + basis.residual_shape(code)
    again = basis.residual_code(face, np.zeros(52), basis.mean)
    assert np.abs(again.astype(int) - code.astype(int)).max() <= 1


def test_code_stops_at_its_limits_when_a_face_is_torn(basis):
    torn = basis.mean + 1e6 * basis.residual[0] - 1e6 * basis.residual[1]
    code = basis.residual_code(torn, np.zeros(52), basis.mean)
    assert (code[0], code[1]) == (127, -127)
    lost = np.full((478, 3), np.nan, dtype=np.float32)
    assert not basis.residual_code(lost, np.zeros(52), basis.mean).any()


def test_shape_reads_short_and_long_codes(basis):
    code = np.arange(1, basis.residual_count + 1, dtype=np.int8)
    short = basis.residual_shape(code[:5])
    padded = basis.residual_shape(np.where(np.arange(len(code)) < 5, code, 0).astype(np.int8))
    assert short == pytest.approx(padded, abs=1e-6)
    longer = np.concatenate([code, np.array([99, 99], dtype=np.int8)])
    assert (basis.residual_shape(longer) == basis.residual_shape(code)).all()
    assert not basis.residual_shape(np.array([], dtype=np.int8)).any()


def test_file_gives_the_same_basis_back(basis):
    again = LandmarkBasis.from_bytes(basis.to_bytes())
    assert (again.mean == basis.mean).all()
    for name in ("shapes", "turns", "residual"):
        assert getattr(again, name) == pytest.approx(getattr(basis, name), abs=1e-3)


def changed(data, **arrays):
    """A basis file with some arrays replaced."""
    with np.load(io.BytesIO(data)) as file:
        content = dict(file) | arrays
    out = io.BytesIO()
    np.savez(out, allow_pickle=True, **content)
    return out.getvalue()


@pytest.mark.parametrize(
    "arrays",
    [
        {"mean": np.zeros((468, 3), np.float32)},
        {"mean": np.full((478, 3), np.nan, np.float32)},
        {"shapes": np.zeros((51, 478, 3), np.int16), "shapes_scales": np.ones(51, np.float32)},
        {"residual": np.zeros((4, 478), np.int16)},
        {"residual_scales": np.full(3, 1.0, np.float32)},
        {"mean": np.array([{}], dtype=object)},
    ],
    ids=["points", "nan", "shapes", "flat", "scales", "pickle"],
)
def test_wrong_arrays_are_refused(basis, arrays):
    with pytest.raises(LandmarkBasisError):
        LandmarkBasis.from_bytes(changed(basis.to_bytes(), **arrays))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"nonsense" * 100])
def test_other_files_are_refused(data):
    with pytest.raises(LandmarkBasisError) as caught:
        LandmarkBasis.from_bytes(data)
    assert caught.value.code == "bad-landmark-basis"


def test_cut_file_is_refused(basis):
    data = basis.to_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        with pytest.raises(LandmarkBasisError):
            LandmarkBasis.from_bytes(data[: int(len(data) * share)])


def test_mirrored_residual_moves_the_other_side_alike(basis):
    order, flip = landmarks.mirror_order(), np.array([-1.0, 1.0, 1.0])
    rng = np.random.default_rng(5)
    for _ in range(20):
        residual = rng.normal(size=basis.residual_count).astype(np.float32)
        moved = np.tensordot(residual, basis.residual, axes=1)
        mirrored = np.tensordot(basis.mirrored_residual(residual), basis.residual, axes=1)
        missed = mirrored - moved[order] * flip
        assert (missed**2).sum() < 0.05 * (moved**2).sum()
        # What has a mirror image among the components keeps it.
        again = basis.mirrored_residual(basis.mirrored_residual(residual))
        back = np.tensordot(again - residual, basis.residual, axes=1)
        assert (back**2).sum() < 0.05 * (moved**2).sum()
