"""Parts of the people renderer that need no face model."""

from __future__ import annotations

import numpy as np
import pytest

from persona_core.face import landmarks
from persona_models.data.backgrounds import background
from persona_models.data.camera import Webcam
from persona_models.data.landmark_points import LandmarkPoints, fit
from persona_models.data.looks import SitterLook
from persona_models.data.motions import any_expression, close_lids, portrait_rotation, smile
from persona_models.data.value_noise import noise, noise_table
from persona_models.data.visibility import FAR, draw, normals
from persona_models.faces import ict_face
from persona_models.faces.rasteriser import rasterise, vertex_normals

PAIRED = (
    *("mouthSmile", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "mouthPress"),
    *("cheekSquint", "eyeBlink", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut"),
    *("mouthDimple", "noseSneer", "cheekPuff", "browDown", "browInnerUp", "browOuterUp"),
    *("eyeSquint", "eyeWide", "mouthFrown"),
)
NAMES = (
    *(name + side for name in PAIRED for side in ("_L", "_R")),
    *("jawOpen", "jawLeft", "jawRight", "jawForward", "mouthClose", "mouthLeft", "mouthRight"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *("mouthFunnel", "mouthPucker"),
)


def test_draw_sees_what_the_simple_rasteriser_sees():
    random = np.random.default_rng(1)
    points = random.uniform(-10.0, 74.0, (90, 3)).astype(np.float32)
    triangles = np.arange(90, dtype=np.int32).reshape(30, 3)
    depth = np.full((64, 64), FAR, dtype=np.float32)
    seen = np.full((64, 64), -1, dtype=np.int32)
    draw(points, triangles, depth, seen)
    wanted = rasterise(points, triangles, 64, 64).triangle
    assert (seen >= 0).sum() > 1000
    assert (seen == wanted).mean() > 0.998  # edges may fall either way by rounding
    assert ((depth < FAR) == (seen >= 0)).all()


def test_normals_are_those_of_the_simple_ones():
    random = np.random.default_rng(2)
    points = random.normal(0.0, 1.0, (40, 3)).astype(np.float32)
    triangles = random.integers(0, 40, (60, 3)).astype(np.int32)
    used = np.unique(triangles)
    ours, wanted = normals(points, triangles), vertex_normals(points, triangles)
    assert ours[used] == pytest.approx(wanted[used], abs=1e-3)


def test_noise_is_smooth_and_bounded():
    table = noise_table(np.random.default_rng(3))
    values = np.array([noise(table, x, 0.37 * x) for x in np.arange(-20.0, 300.0, 0.01)])
    assert np.abs(values).max() <= 1.0
    assert values.std() > 0.3
    assert np.abs(np.diff(values)).max() < 0.06


def test_points_are_found_again_when_fitted_to_their_own_traces():
    """A flat sheet of skin that bends from render to render, and landmarks painted on it."""
    random = np.random.default_rng(4)
    column, row = np.meshgrid(np.arange(12.0), np.arange(12.0))
    sheet = np.stack([column.ravel(), row.ravel()], axis=1) * 8.0
    cell = np.arange(144).reshape(12, 12)
    a, b, c = cell[:-1, :-1].ravel(), cell[:-1, 1:].ravel(), cell[1:, :-1].ravel()
    skin = np.stack([a, b, c], axis=1).astype(np.int32)
    eyes = skin + ict_face.EYEBALLS.start
    triangles = np.concatenate([skin, eyes])
    renders = 6
    places = np.full((renders, ict_face.EYEBALLS.stop, 2), 1e4, dtype=np.float32)
    bent = sheet + random.normal(0.0, 1.5, (renders, 144, 2))
    places[:, :144] = bent
    places[:, ict_face.EYEBALLS.start : ict_face.EYEBALLS.start + 144] = bent + 500.0
    chosen = random.integers(0, len(skin), landmarks.COUNT)
    weights = np.array([0.6, 0.25, 0.15], dtype=np.float32)
    tracked = (places[:, skin[chosen]] * weights[:, None]).sum(axis=2)
    tracked[:, landmarks.FACE_COUNT :] += 500.0
    points, left = fit(triangles, places, tracked)
    assert left.max() < 0.05
    assert (points.corners[: landmarks.FACE_COUNT] < 144).all()
    assert (points.corners[landmarks.FACE_COUNT :] >= ict_face.EYEBALLS.start).all()
    found = (places[0][points.corners] * points.weights[..., None]).sum(axis=1)
    assert found == pytest.approx(tracked[0], abs=0.1)


def test_shipped_points_are_weights_of_skin_and_eyes():
    points = LandmarkPoints.load()
    assert points.corners.shape == points.weights.shape == (landmarks.COUNT, 3)
    assert points.weights.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert points.weights.min() >= 0.0
    irises = points.corners[landmarks.FACE_COUNT :]
    assert irises.min() >= ict_face.EYEBALLS.start
    assert irises.max() < ict_face.EYEBALLS.stop
    assert len(np.unique(points.corners[: landmarks.FACE_COUNT], axis=0)) > 440


def test_looks_differ_and_come_again_from_one_seed():
    looks = [SitterLook.random(np.random.default_rng(seed)) for seed in range(300)]
    again = SitterLook.random(np.random.default_rng(7))
    assert again.hair_style == looks[7].hair_style
    assert again.teeth_raise == looks[7].teeth_raise
    assert {look.hair_style for look in looks} == {
        *("bald", "cropped", "short", "bob", "long", "tied"),
    }
    shares = {
        "glasses": np.mean([look.glasses > 0 for look in looks]),
        "beards": np.mean([look.beard > 0 for look in looks]),
    }
    assert all(0.1 < share < 0.4 for share in shares.values()), shares
    assert min(look.teeth_scale for look in looks) < 1.05
    assert max(look.teeth_scale for look in looks) > 1.25
    raised = [look.teeth_raise for look in looks]
    assert min(raised) < 0.0
    assert max(raised) > 0.3
    brightness = [look.skin.mean() for look in looks]
    assert min(brightness) < 0.1
    assert max(brightness) > 0.5


def test_smile_bares_teeth_and_lids_close_entirely():
    random = np.random.default_rng(5)
    for _ in range(20):
        expression = smile(random, NAMES)
        assert expression[NAMES.index("mouthSmile_L")] > 0.2
        assert expression[NAMES.index("mouthFrown_L")] == 0.0
    lids = np.zeros(len(NAMES), dtype=np.float32)
    lids[[NAMES.index("eyeBlink_L"), NAMES.index("eyeBlink_R")]] = (0.95, 0.5)
    closed = close_lids(lids, NAMES)
    assert closed[NAMES.index("eyeBlink_L")] > 1.0
    assert closed[NAMES.index("eyeBlink_R")] == 0.5
    seen = [any_expression(random, NAMES) for _ in range(200)]
    assert np.mean([e[NAMES.index("eyeBlink_L")] > 0.85 for e in seen]) > 0.1


def test_portraits_turn_less_than_other_pictures():
    random = np.random.default_rng(6)
    turns = [portrait_rotation(random) for _ in range(100)]
    for turn in turns:
        assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-5)
    angles = [np.degrees(np.arccos((np.trace(turn) - 1.0) / 2.0)) for turn in turns]
    assert 2.0 < float(np.median(angles)) < 12.0


def test_webcams_differ_in_light_and_grain():
    random = np.random.default_rng(7)
    light = background(random, 64)
    assert light.shape == (64, 64, 3)
    assert light.min() >= 0.0
    pictures = [Webcam.random(random).shoot(light, random) for _ in range(12)]
    assert all(p.dtype == np.uint8 and p.shape == (64, 64, 3) for p in pictures)
    assert np.std([p.mean() for p in pictures]) > 3.0


def test_webcam_keeps_a_grey_grey_when_it_adds_nothing():
    plain = Webcam(np.ones(3, dtype=np.float32), 1.0, 1.0, 0.0, 0.0, 0)
    light = np.full((8, 8, 3), 0.5**2.2, dtype=np.float32)
    shot = plain.shoot(light, np.random.default_rng(8))
    assert np.abs(shot.astype(int) - 127).max() <= 1
