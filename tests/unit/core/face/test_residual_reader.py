"""People made of the basis itself, whose true residual is therefore known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona_core.face import landmarks, quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.face.residual.person_rest import MAX_STEP, REST_MS
from persona_core.face.residual.residual_code import REACH, from_code
from persona_core.face.residual.residual_reader import FADE_MS, ResidualReader

FRAME_MS = 1000.0 / 30.0
BASIS = LandmarkBasis.load()
REST = np.zeros(52, dtype=np.float32)


def shown(**strengths):
    shapes = REST.copy()
    for name, strength in strengths.items():
        shapes[B[name.upper()]] = strength
    return shapes


def coefficients(**values):
    residual = np.zeros(BASIS.residual_count, dtype=np.float32)
    for name, value in values.items():
        residual[int(name[1:])] = value
    return residual


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    w, x, y, z = (float(v) for v in quaternion.from_yaw_pitch_roll(yaw, pitch, roll))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross


@dataclass
class Person:
    """Someone before a camera; ``own`` is what is theirs, in centimetres."""

    own: np.ndarray = field(default_factory=lambda: np.zeros((478, 3)))
    scale: float = 12.0
    time_ms: float = 0.0
    reader: ResidualReader = field(default_factory=lambda: ResidualReader(BASIS))

    def points(self, shapes, residual, rotation):
        face = BASIS.mean + self.own + BASIS.displacement(shapes, rotation)
        face = face + np.tensordot(residual, BASIS.residual, axes=1)
        at = FacePlacement(self.scale, rotation, np.array([320.0, 180.0, 0.0]))
        return at.to_image(face)

    def show(self, for_ms, shapes=REST, residual=None, rotation=None, zero=REST):
        """Holds a face, whose blendshapes count from ``zero``; what is read of its last frame."""
        residual = coefficients() if residual is None else residual
        points = self.points(shapes, residual, np.eye(3) if rotation is None else rotation)
        read = None
        for _ in range(round(for_ms / FRAME_MS)):
            self.time_ms += FRAME_MS
            read = self.reader.read(self.time_ms, points, shapes - zero, zero)
        return read

    def photo(self, shapes=REST, residual=None):
        """A photo of them, nearer and from a little aside."""
        rotation = turned(yaw=8.0, pitch=-5.0)
        residual = coefficients() if residual is None else residual
        return Photo(self.points(shapes, residual, rotation) * np.float32(2.5), shapes)


@dataclass
class Photo:
    landmarks: np.ndarray
    blendshapes: np.ndarray


def broad_chin():
    """(478, 3): a lower face that is 12 % broader and longer; far more than any expression."""
    low = np.clip((2.0 - BASIS.mean[:, 1:2]) / 8.0, 0.0, 1.0)
    return BASIS.mean * low * np.array([0.12, 0.12, 0.0])


def test_nothing_is_read_while_the_rest_is_not_known():
    person = Person()
    assert person.show(REST_MS - 2 * FRAME_MS) is None
    assert person.show(4 * FRAME_MS) is not None


def test_residual_is_zero_at_rest_whoever_the_person_is():
    for person in (Person(), Person(own=broad_chin()), Person(own=broad_chin(), scale=40.0)):
        residual = person.show(REST_MS + 2.0 * FADE_MS)
        assert np.abs(residual).max() < 0.02


def test_two_people_give_the_same_residual_when_they_do_the_same():
    motion = {"shapes": shown(jaw_open=0.4), "residual": coefficients(c0=2.0, c4=-1.5)}
    read = []
    for own in (np.zeros((478, 3)), broad_chin()):
        person = Person(own=own)
        person.show(REST_MS + 2.0 * FADE_MS)
        read.append(person.show(300.0, **motion))
    identity = np.abs(BASIS.residual_code(BASIS.mean + broad_chin(), REST, BASIS.mean)).max()
    assert identity > 20  # steps of the code, were it not taken off
    assert np.abs(read[0] - read[1]).max() < 0.25


def test_residual_is_what_the_blendshapes_miss_wherever_the_head_is():
    wanted = coefficients(c0=1.5, c2=-1.0, c7=2.0)
    for rotation in (np.eye(3), turned(yaw=18.0), turned(pitch=-12.0, roll=15.0)):
        person = Person(own=broad_chin())
        person.show(REST_MS + 2.0 * FADE_MS)
        residual = person.show(400.0, shown(mouth_smile_left=0.6), wanted, rotation)
        assert residual == pytest.approx(wanted, abs=0.4)


def test_residual_comes_in_gently_when_the_rest_becomes_known():
    person = Person()
    assert person.show(REST_MS - FRAME_MS) is None
    sizes = []
    while len(sizes) < 20:
        residual = person.show(FRAME_MS, shown(jaw_open=0.3), coefficients(c1=2.0))
        if residual is not None:
            sizes.append(float(np.linalg.norm(residual)))
    assert sizes[0] == pytest.approx(0.0, abs=1e-6)
    assert np.diff(sizes).max() < 0.25
    assert sizes[-1] > 1.0


def test_residual_follows_a_syllable_within_a_few_frames():
    person = Person()
    person.show(REST_MS + 2.0 * FADE_MS)
    residual = person.show(2 * FRAME_MS, shown(jaw_open=0.6), coefficients(c0=3.0))
    assert residual[0] > 2.0


def test_residual_is_gone_when_the_head_is_turned_far_aside():
    person = Person()
    person.show(REST_MS + 2.0 * FADE_MS)
    assert np.abs(person.show(400.0, REST, coefficients(c0=2.0), turned(yaw=20.0))).max() > 1.5
    assert not person.show(400.0, REST, coefficients(c0=2.0), turned(yaw=45.0)).any()


def test_rest_of_one_who_smiles_all_along_is_found_later():
    person, smile = Person(), shown(mouth_smile_left=0.9, mouth_smile_right=0.9)
    assert person.show(REST_MS + 200.0, smile) is None
    assert person.show(3 * REST_MS, smile) is not None


def test_rest_is_not_moved_by_outliers_when_it_is_being_found():
    person = Person()
    for _ in range(4):
        person.show(8 * FRAME_MS)
        person.show(FRAME_MS, REST, coefficients(c0=9.0, c3=-9.0))
    residual = person.show(2.0 * FADE_MS)
    assert np.abs(residual).max() < 0.5 * MAX_STEP


def test_a_sentence_hardly_moves_the_rest_once_it_is_known():
    person = Person()
    person.show(20_000.0)
    talk = shown(jaw_open=0.6, mouth_funnel=0.7, mouth_lower_down_left=0.5, brow_inner_up=0.8)
    person.show(3000.0, talk, coefficients(c0=3.0))
    assert abs(float(person.show(500.0)[0])) < 0.5


@pytest.mark.parametrize("doubted", [False, True])
def test_rest_moves_quickly_only_when_it_is_doubted(doubted):
    person, other = Person(), coefficients(c0=1.5)
    person.show(60_000.0)
    if doubted:
        person.reader.doubt_rest()
    left = float(person.show(3000.0, REST, other)[0])
    assert (left < 0.5) is doubted
    assert (left > 1.0) is not doubted


def test_residual_is_what_the_basis_says_of_photo_and_face_when_the_photo_shows_the_person():
    """The figure by which portraits are scored, from this photo's neutral."""
    person, smile = Person(own=broad_chin()), shown(mouth_smile_left=0.5, mouth_smile_right=0.5)
    photo = person.photo(smile, coefficients(c0=2.0, c3=-3.0))
    person.reader.take_rest_from(photo)
    person.show(REST_MS + 2.0 * FADE_MS)
    shapes, rotation = shown(jaw_open=0.4), turned(yaw=-9.0)
    residual = person.show(1000.0, shapes, coefficients(c1=2.0), rotation)
    at = FacePlacement.fit(photo.landmarks)
    neutral = BASIS.neutral(at.to_face(photo.landmarks), smile, at.rotation)
    points = person.points(shapes, coefficients(c1=2.0), rotation)
    now = FacePlacement.fit(points)
    code = BASIS.residual_code(now.to_face(points), shapes, neutral, now.rotation)
    assert residual == pytest.approx(from_code(code), abs=0.06)
    assert residual[3] > 2.0  # what the photo's moment had, and this one has not


@pytest.mark.parametrize("of_themselves", [True, False])
def test_nothing_is_sent_of_a_photos_own_grimace_only_when_the_photo_shows_the_person(
    of_themselves,
):
    person, moment = Person(own=broad_chin()), coefficients(c0=3.0, c5=-2.0)
    grimace = shown(jaw_open=0.7, mouth_pucker=0.3, eye_blink_left=0.6, eye_blink_right=0.6)
    if of_themselves:
        person.reader.take_rest_from(person.photo(grimace, moment))
    person.show(REST_MS + 2.0 * FADE_MS)
    left = float(np.abs(person.show(800.0, grimace, moment)).max())
    assert (left < 0.4) is of_themselves
    assert (left > 1.5) is not of_themselves


def test_rest_follows_the_portrait_when_it_is_changed_in_a_call():
    person, moment = Person(), coefficients(c2=4.0)
    person.show(REST_MS + 2.0 * FADE_MS)
    before = person.show(FRAME_MS)
    person.reader.take_rest_from(person.photo(REST, moment))
    assert np.abs(person.show(FRAME_MS) - before).max() < 1.0  # no jump
    assert person.show(1500.0)[2] == pytest.approx(-4.0, abs=0.4)
    person.reader.take_rest_from(None)
    assert np.abs(person.show(1500.0)).max() < 0.1


def test_photo_of_somebody_else_is_not_measured_from():
    person = Person(own=broad_chin())
    person.reader.take_rest_from(Person(own=-2.0 * broad_chin()).photo())
    assert np.abs(person.show(REST_MS + 2.0 * FADE_MS)).max() < 0.02


def test_photo_without_a_face_changes_nothing_when_it_is_refused():
    person = Person()
    person.reader.take_rest_from(person.photo(REST, coefficients(c2=4.0)))
    with pytest.raises(LandmarkError):
        person.reader.take_rest_from(Photo(np.zeros((478, 3), np.float32), REST))
    assert person.show(REST_MS + 2.0 * FADE_MS)[2] == pytest.approx(-4.0, abs=0.4)


def test_what_calibration_takes_off_does_not_come_back_by_way_of_the_photo():
    """Lids that hang, in the photo as before the camera, are in the photo already."""
    hanging, person = shown(eye_blink_left=0.3, eye_blink_right=0.3), Person()
    person.reader.take_rest_from(person.photo(hanging))
    residual = person.show(REST_MS + 2.0 * FADE_MS, hanging, zero=hanging)
    assert np.abs(residual).max() < 0.1


@pytest.mark.parametrize("points", [np.zeros((478, 3)), np.full((478, 3), np.nan)])
def test_nothing_is_read_of_landmarks_that_are_no_face(points):
    person = Person()
    person.show(REST_MS + 500.0)
    with np.errstate(invalid="ignore"):
        assert (
            person.reader.read(person.time_ms + FRAME_MS, points.astype(np.float32), REST) is None
        )
    assert person.show(300.0) is not None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1e4))
def test_residual_stays_in_reach_for_any_landmarks(seed, spread):
    person = Person()
    person.show(REST_MS + 500.0)
    noise = np.random.default_rng(seed).normal(scale=spread, size=(478, 3)).astype(np.float32)
    residual = person.reader.read(person.time_ms + FRAME_MS, noise, REST)
    assert residual is None or np.abs(residual).max() <= REACH


def test_mirrored_residual_is_that_of_the_face_in_the_mirror():
    """The person's and the mirror's landmarks are read each by itself."""
    motion = coefficients(c0=0.8, c2=3.0, c6=-3.0, c8=3.0)
    person, mirror = Person(), Person()
    order, flip = landmarks.mirror_order(), np.array([-1.0, 1.0, 1.0])
    for time_ms in np.arange(0.0, 3000.0, FRAME_MS):
        moved = motion if time_ms > REST_MS + 500.0 else coefficients()
        points = person.points(REST, moved, np.eye(3))
        residual = person.reader.read(time_ms, points, REST)
        twin = points[order] * flip + np.array([640.0, 0.0, 0.0])
        reflected = mirror.reader.read(time_ms, twin.astype(np.float32), REST)
    asked = np.tensordot(BASIS.mirrored_residual(residual), BASIS.residual, axes=1)
    wanted = np.tensordot(reflected, BASIS.residual, axes=1)
    unmirrored = np.tensordot(residual, BASIS.residual, axes=1)
    assert np.linalg.norm(asked - wanted) < 0.12 * np.linalg.norm(wanted)
    assert np.linalg.norm(unmirrored - wanted) > 0.6 * np.linalg.norm(wanted)
