"""Which face of a photo becomes a portrait, and why another does not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.core.portrait.portrait_faces import face_points, rotation

from persona_core.errors import PhotoError
from persona_core.face import landmarks
from persona_core.face.blendshapes import Blendshape
from persona_core.portrait.making.photo import (
    FACE_VALUES,
    FoundFace,
    Note,
    choose_face,
    crop_box,
    face_again,
    matte_holds,
    notes_on,
    read_faces,
)

WIDTH, HEIGHT = 1600, 1200


def face(
    scale: float = 20.0, at: tuple[float, float] = (800.0, 600.0), yaw: float = 0.0
) -> FoundFace:
    points = face_points(scale, at, rotation(yaw))
    return FoundFace(points, np.zeros(52, dtype=np.float32))


def refusal(*faces: FoundFace) -> str:
    with pytest.raises(PhotoError) as caught:
        choose_face(faces, WIDTH, HEIGHT)
    return caught.value.code


def test_face_is_chosen_when_it_is_the_only_one_or_much_the_largest() -> None:
    me, behind = face(), face(scale=7.0, at=(200.0, 300.0))
    assert choose_face([me], WIDTH, HEIGHT) is me
    assert choose_face([behind, me], WIDTH, HEIGHT) is me


def test_photo_is_refused_with_its_reason_when_no_face_will_do() -> None:
    assert refusal() == "photo-no-face"
    assert refusal(face(at=(500.0, 600.0)), face(18.0, (1100.0, 600.0))) == "photo-several-faces"
    assert refusal(face(scale=4.0)) == "photo-tiny-face"
    assert refusal(face(at=(20.0, 600.0))) == "photo-cut-off"
    assert refusal(face(yaw=40.0)) == "photo-profile"
    assert refusal(face(yaw=-40.0)) == "photo-profile"


def test_face_is_accepted_when_it_is_turned_a_little() -> None:
    assert choose_face([face(yaw=20.0)], WIDTH, HEIGHT).width > 100.0


def test_notes_tell_of_closed_eyes_and_an_open_mouth_when_there_are() -> None:
    found = face()
    shapes = found.blendshapes
    assert notes_on(found, 0.5) == ()
    shapes[Blendshape.EYE_BLINK_LEFT] = 0.9
    assert notes_on(found, 0.5) == ()  # a wink
    shapes[[Blendshape.EYE_BLINK_RIGHT, Blendshape.JAW_OPEN]] = 0.8
    assert notes_on(found, 0.5) == (Note.EYES_CLOSED, Note.MOUTH_OPEN)
    assert notes_on(found, 0.15) == (Note.DARK, Note.EYES_CLOSED, Note.MOUTH_OPEN)
    with pytest.raises(PhotoError) as caught:
        notes_on(found, 0.05)
    assert caught.value.code == "photo-too-dark"


def test_matte_is_kept_only_when_it_holds_the_whole_face() -> None:
    found = face(at=(800.0, 600.0))
    matte = np.full((60, 80), 255, dtype=np.uint8)
    assert matte_holds(matte, found, WIDTH, HEIGHT)
    matte[:30] = 0
    assert not matte_holds(matte, found, WIDTH, HEIGHT)


def test_face_is_taken_as_seen_in_the_portrait_when_it_is_there_again() -> None:
    mine = face(at=(500.0, 600.0))
    box = crop_box(mine, WIDTH, HEIGHT)
    again = FoundFace(box.points(mine.landmarks) + np.float32(1.5), mine.blendshapes)
    other = FoundFace(box.points(mine.landmarks) + np.float32(200.0), mine.blendshapes)
    assert face_again([other, again], mine, box) is again
    kept = face_again([other], mine, box)
    np.testing.assert_allclose(kept.landmarks, box.points(mine.landmarks))
    assert face_again([], mine, box).blendshapes is mine.blendshapes


@pytest.mark.parametrize("at", [(800.0, 600.0), (200.0, 200.0), (1450.0, 1050.0)])
@pytest.mark.parametrize("scale", [6.0, 20.0, 60.0])
def test_crop_is_inside_the_photo_and_holds_the_face_when_it_is_anywhere(
    at: tuple[float, float], scale: float
) -> None:
    found = face(scale, at)
    box = crop_box(found, WIDTH, HEIGHT)
    assert 0 <= box.left < box.left + box.width <= WIDTH
    assert 0 <= box.top < box.top + box.height <= HEIGHT
    assert 64 <= min(box.out_width, box.out_height)
    assert max(box.out_width, box.out_height) <= 1024
    assert box.out_width / box.out_height == pytest.approx(box.width / box.height, rel=0.02)
    points = box.points(found.landmarks)
    oval = found.landmarks[landmarks.OVAL, :2]
    inside = ((oval > 0) & (oval < (WIDTH, HEIGHT))).all(axis=1)
    shown = points[landmarks.OVAL, :2][inside]
    assert (shown >= -1.0).all()
    assert (shown <= (box.out_width + 1.0, box.out_height + 1.0)).all()


def test_crop_leaves_room_for_hair_when_the_photo_has_it() -> None:
    found = face()
    box = crop_box(found, WIDTH, HEIGHT)
    oval = box.points(found.landmarks)[landmarks.OVAL, :2]
    above, below = oval[:, 1].min(), box.out_height - oval[:, 1].max()
    assert above > 0.15 * box.out_height
    assert below > 0.1 * box.out_height


def test_faces_are_read_and_broken_ones_left_out_when_the_worker_posts_them() -> None:
    relative = face_points(20.0, (800.0, 600.0)) / (WIDTH, HEIGHT, WIDTH)
    values = np.zeros((2, FACE_VALUES))
    values[0, : 478 * 3] = relative.ravel()
    values[0, 478 * 3 :] = 1.5
    values[1, 5] = np.nan
    [found] = read_faces(values.ravel(), WIDTH, HEIGHT)
    np.testing.assert_allclose(found.landmarks, face_points(20.0, (800.0, 600.0)), atol=1e-2)
    assert found.blendshapes.max() == 1.0
    assert read_faces(np.zeros(0), 10, 10) == []
