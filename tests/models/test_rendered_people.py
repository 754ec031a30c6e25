"""Rendered people: the same ones every time, and their landmarks lie where their faces are."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage.draw import polygon2mask
from tests.support import extra_data

from persona_core.face import landmarks
from persona_models.__main__ import main
from persona_models.data.looks import SitterLook
from persona_models.data.pairs import PHOTOS, SHOTS, pairs_of
from persona_models.data.people import SIZE, People
from persona_models.data.skin_paint import paint, relief
from persona_models.faces.ict_face import IctFace

STRAIGHT = np.eye(3, dtype=np.float32)
STILL = np.zeros(3, dtype=np.float32)


@pytest.fixture(scope="module")
def people():
    return People(IctFace.load(extra_data.path(extra_data.ICT_FACE)), seed=1)


def shown(people, **strengths):
    expression = np.zeros(len(people.model.names), dtype=np.float32)
    for name, strength in strengths.items():
        expression[people.model.names.index(name)] = strength
    return expression


def shoot(people, number, turn=STRAIGHT, **strengths):
    return people.person(number).shoot(shown(people, **strengths), turn, STILL)


def inside(shot, loop):
    return polygon2mask((SIZE, SIZE), shot.landmarks[loop][:, [1, 0]])


def test_person_is_the_same_when_made_again(people):
    first, again, other = shoot(people, 3), shoot(people, 3), shoot(people, 4)
    assert np.array_equal(first.picture, again.picture)
    assert np.array_equal(first.landmarks, again.landmarks)
    assert not np.array_equal(first.picture, other.picture)


def test_landmarks_lie_in_the_picture_when_the_face_looks_ahead(people):
    for number in range(4):
        points = shoot(people, number).landmarks
        assert points.shape == (landmarks.COUNT, 3)
        assert points[:, :2].min() > 20.0
        assert points[:, :2].max() < SIZE - 20.0
        assert points[landmarks.EYE_LEFT, 0].mean() > points[landmarks.EYE_RIGHT, 0].mean() + 20.0
        assert points[152, 1] > points[13, 1] > points[1, 1] > points[10, 1]
        # The nose is nearer than the outline, as the tracker has it.
        assert points[1, 2] < points[landmarks.OVAL, 2].mean() - 10.0


def test_landmarks_follow_when_the_face_moves(people):
    rest = shoot(people, 2).landmarks
    gape = shoot(people, 2, jawOpen=0.7).landmarks
    assert gape[14, 1] - gape[13, 1] > rest[14, 1] - rest[13, 1] + 8.0
    wink = shoot(people, 2, eyeBlink_L=1.0).landmarks
    assert wink[374, 1] - wink[386, 1] < 0.5 * (rest[374, 1] - rest[386, 1])
    assert wink[145, 1] - wink[159, 1] == pytest.approx(rest[145, 1] - rest[159, 1], abs=0.5)
    cos, sin = np.cos(0.4), np.sin(0.4)
    left = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=np.float32)
    turned = shoot(people, 2, turn=left).landmarks
    nose = turned[1, 0] - turned[landmarks.OVAL, 0].mean()
    assert nose > rest[1, 0] - rest[landmarks.OVAL, 0].mean() + 5.0


def test_mouth_shows_what_is_in_it_when_it_opens(people):
    """Somebody's open mouth is dark; a smile with teeth is brighter than that."""
    mouths = {"gape": [], "smile": []}
    for number in range(4):
        gape = shoot(people, number, jawOpen=0.8, mouthLowerDown_L=0.4, mouthLowerDown_R=0.4)
        smile = shoot(
            people,
            number,
            **dict.fromkeys(
                ("mouthSmile_L", "mouthSmile_R", "mouthUpperUp_L", "mouthUpperUp_R"), 0.9
            ),
            jawOpen=0.15,
        )
        for name, shot in (("gape", gape), ("smile", smile)):
            opening = inside(shot, landmarks.LIPS_INNER)
            assert opening.sum() > 20
            skin = shot.picture[inside(shot, landmarks.OVAL)].mean()
            mouths[name].append(float(np.median(shot.picture[opening]) / skin))
    assert np.mean(mouths["gape"]) < 0.8
    assert np.mean(mouths["smile"]) > np.mean(mouths["gape"]) + 0.3


def test_eye_is_dark_at_the_iris_when_it_is_open(people):
    for number in range(3):
        shot = shoot(people, number, eyeWide_L=0.6, eyeWide_R=0.6)
        grey = shot.picture.mean(axis=2)
        for iris, eye in (
            (landmarks.IRIS_LEFT, landmarks.EYE_LEFT),
            (landmarks.IRIS_RIGHT, landmarks.EYE_RIGHT),
        ):
            x, y = np.rint(shot.landmarks[iris[0], :2]).astype(int)
            pupil = grey[y - 1 : y + 2, x - 1 : x + 2].min()
            assert pupil < np.percentile(grey[inside(shot, eye)], 60)


def test_pairs_show_one_person_when_made_of_shots(people):
    pairs = list(pairs_of(people, 5, seed=1))
    assert len(pairs) == PHOTOS * (SHOTS - 1)
    again = next(iter(pairs_of(people, 5, seed=1)))
    assert np.array_equal(pairs[0].goal, again.goal)
    assert np.array_equal(pairs[0].target, again.target)
    for pair in pairs:
        # What lies behind a person does not move with them.
        corner = np.s_[:24, :24]
        difference = pair.photo[corner].astype(float) - pair.goal[corner]
        assert abs(difference.mean()) < 6.0
        assert not np.array_equal(pair.photo, pair.goal)


def test_sheet_is_written_when_asked_for(people, tmp_path, capsys):
    out = tmp_path / "deep" / "sheet.png"
    ict = str(extra_data.path(extra_data.ICT_FACE))
    main(["people-sheet", "--ict", ict, "--people", "1", "--out", str(out)])
    assert str(out) in capsys.readouterr().out
    with Image.open(out) as picture:
        assert picture.size == (SHOTS * SIZE * 2, SIZE)
        assert np.asarray(picture)[:, : SIZE * SHOTS].std() > 10.0


def test_wrinkles_deepen_when_brows_are_raised_and_with_age(people):
    skin = paint(
        people.skin_map,
        SitterLook.random(np.random.default_rng(1)),
        people.table,
        np.random.default_rng(2),
    )
    calm = dict.fromkeys(people.model.names, 0.0)
    raised = calm | {"browInnerUp_L": 1.0, "browInnerUp_R": 1.0}
    young, old = (
        (
            relief(people.skin_map, skin, age, calm) - relief(people.skin_map, skin, age, raised)
        ).max()
        for age in (0.0, 1.0)
    )
    assert 0.005 < young < 0.3 * old
