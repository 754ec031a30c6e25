"""Portraits of several pictures as both APIs and the CPU really paint them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from tests.support.faces import face
from tests.support.portrait_sets import BLUE, EYES, GREEN, MOUTH, Paint, Picture, expression, plain

from persona_core.base.arrays import Floats, Indices
from persona_core.drawn.figure_motion import BREATH_PERIOD_MS
from persona_core.face import landmarks, quaternion
from persona_core.face.params import FaceParams
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.portrait import Portrait
from persona_models.evaluate.portrait_renderer import PortraitPage

SIDE = 384
REST = FaceParams(0.0)
SPEAKS = face(jaw_open=0.6)
SHUTS = face(eye_blink=1.0)
TURNS = face(jaw_open=0.6, rotation=quaternion.from_yaw_pitch_roll(18.0, -4.0, 6.0))


@pytest.fixture(scope="module")
def expressions(officer: Portrait) -> list[Expression]:
    """A green mouth that is open, blue eyes that are shut."""
    green = {region: plain(GREEN) for region in MOUTH}
    blue = {region: plain(BLUE) for region in EYES}
    return [
        expression(officer, {"jaw_open": 0.6}, green),
        expression(officer, {"eye_blink": 1.0}, blue),
    ]


@pytest.fixture(params=["webgl", "cpu"])
def painter(request: pytest.FixtureRequest) -> PortraitPage:
    """Each way in turn."""
    page: PortraitPage = request.getfixturevalue(request.param)
    return page


class Poser:
    """A portrait on a page, whose mix has settled in each frame: each face is posed twice, so far
    apart that fades are over, as what was shown before counts as nearer at first."""

    def __init__(
        self,
        page: PortraitPage,
        portrait: Portrait,
        *joined: Expression,
        size: tuple[int, int] = (SIDE, SIDE),
    ) -> None:
        self.page = page
        self.rig = page.wear(portrait, size)
        self._now_ms = 0.0
        if joined:
            page.join(*joined)

    def uniforms(self, params: FaceParams) -> Floats:
        self._now_ms += 2 * BREATH_PERIOD_MS
        self.rig.pose(params, self._now_ms - BREATH_PERIOD_MS)
        return self.rig.pose(params, self._now_ms).copy()

    def show(self, params: FaceParams) -> Picture:
        return self.page.show(self.uniforms(params))


def like(picture: Picture, colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    return (np.abs(picture.astype(int) - colour) < 30).all(axis=-1)


def stripes(blank: Picture, points: Floats) -> Picture:
    """Bands of two colours, some pixels wide."""
    rows = np.arange(len(blank)) // 6 % 2
    blank[:] = np.array((GREEN, BLUE), np.uint8)[rows][:, None]
    return blank


def place_of(mask: npt.NDArray[np.bool_], portrait: Portrait, loop: Indices) -> float:
    """The share of a mask within the box of some landmarks, where the photo has them."""
    zoom = SIDE / min(portrait.width, portrait.height)
    spare = np.array([portrait.width, portrait.height]) * zoom - SIDE
    points = portrait.landmarks[loop, :2] * zoom - spare / 2.0
    (left, top), (right, bottom) = points.min(axis=0).astype(int), points.max(axis=0).astype(int)
    return float(mask[top : bottom + 1, left : right + 1].mean())


def test_mouth_shows_the_pictures_colour_when_its_expression_is_driven_and_not_at_rest(
    painter: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    poser = Poser(painter, officer, *expressions)
    assert not like(poser.show(REST), GREEN).any()
    speaks = like(poser.show(SPEAKS), GREEN)
    assert place_of(speaks, officer, landmarks.LIPS_OUTER) > 0.95
    assert place_of(speaks, officer, landmarks.EYE_RIGHT) == 0.0
    assert not like(poser.show(REST), GREEN).any()


def test_eyes_show_the_pictures_colour_when_they_close_and_not_at_rest(
    painter: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    poser = Poser(painter, officer, *expressions)
    assert not like(poser.show(REST), BLUE).any()
    shuts = like(poser.show(SHUTS), BLUE)
    for eye in (landmarks.EYE_RIGHT, landmarks.EYE_LEFT):
        assert place_of(shuts, officer, eye) > 0.95
    assert place_of(shuts, officer, landmarks.LIPS_OUTER) == 0.0


def test_frame_is_the_portraits_own_to_the_byte_when_no_picture_is_near(
    painter: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    alone = Poser(painter, officer)
    wanted = alone.show(REST)
    painter.join(*expressions)
    assert (alone.show(REST) == wanted).all()
    assert (alone.show(SPEAKS) != wanted).any()


def test_expression_joins_when_it_comes_while_others_are_drawn(
    painter: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    poser = Poser(painter, officer, expressions[0])
    assert not like(poser.show(SHUTS), BLUE).any()
    painter.join(expressions[1])
    assert place_of(like(poser.show(SHUTS), BLUE), officer, landmarks.EYE_LEFT) > 0.95
    assert place_of(like(poser.show(SPEAKS), GREEN), officer, landmarks.LIPS_OUTER) > 0.95


def test_video_memory_is_told_when_an_expression_joins(
    webgl: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    webgl.wear(officer, (SIDE, SIDE))
    for further in expressions:
        held = webgl.memory_bytes
        webgl.join(further)
        assert webgl.memory_bytes > held


def test_patch_stays_on_the_mouth_when_the_head_turns(
    painter: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    poser = Poser(painter, officer, *expressions)
    values = poser.uniforms(TURNS)
    green = like(painter.show(values), GREEN)
    rim = values.reshape(-1, 4)[layout.RIMS :].reshape(-1, 2)[2 * layout.EYE_RIM :]
    zoom = SIDE / min(officer.width, officer.height)
    spare = np.array([officer.width, officer.height]) * zoom - SIDE
    columns, rows = (rim * zoom - spare / 2.0).T.astype(int)
    assert green[rows, columns].mean() > 0.9
    at_green = np.argwhere(green)[:, ::-1] - np.array([columns, rows]).mean(axis=1)
    assert np.abs(at_green).max() < 0.25 * SIDE


def test_half_a_mix_is_half_of_each_when_a_region_goes_from_picture_to_picture(
    painter: PortraitPage, officer: Portrait
) -> None:
    colours = [{Region.MOUTH: plain(colour)} for colour in ((200, 40, 40), (40, 200, 40))]
    joined = [
        expression(officer, {"jaw_open": 0.6}, colours[0]),
        expression(officer, {"jaw_open": 0.6}, colours[1]),
    ]
    poser = Poser(painter, officer, *joined)

    def shown(*places: tuple[float, float]) -> npt.NDArray[np.int_]:
        values = poser.uniforms(SPEAKS)
        shares = values.reshape(-1, 4)[layout.SHARES : layout.GAZES].reshape(len(Region), -1)
        shares[:, 1:6:2] = 0.0
        shares[Region.MOUTH, : 2 * len(places)] = np.ravel(places)
        return painter.show(values).astype(int)

    own, first = shown((-1.0, 1.0)), shown((0.0, 1.0))
    mixed = shown((0.0, 0.5), (1.0, 0.25), (-1.0, 0.25))
    inside = (np.abs(first - (200, 40, 40)) < 4).all(axis=-1)
    wanted = 0.5 * np.array((200, 40, 40)) + 0.25 * np.array((40, 200, 40)) + 0.25 * own
    assert inside.mean() > 0.01
    assert np.abs(mixed - wanted)[inside].mean() < 4.0


def test_irises_follow_when_eyes_are_a_pictures(painter: PortraitPage, officer: Portrait) -> None:
    def eye(iris: int) -> Paint:
        def paint(blank: Picture, points: Floats) -> Picture:
            # A bar down the middle of the iris, which no lid makes narrower.
            columns = np.arange(blank.shape[1]) + 0.5
            radius = 0.5 * np.ptp(points[iris + 1 : iris + 5, 0])
            blank[:] = GREEN
            blank[:, np.abs(columns - points[iris, 0]) < 0.3 * radius] = BLUE
            return blank

        return paint

    paints = {Region.EYE_RIGHT: eye(landmarks.IRIS_RIGHT[0])}
    poser = Poser(painter, officer, expression(officer, {"eye_wide": 0.6}, paints, 0.5))
    middles, irises = [], []
    for aside in (0.0, 0.6):
        looks = {"eye_look_out_left": aside, "eye_look_in_right": aside}
        values = poser.uniforms(face(eye_wide=0.6, **looks))
        x, y, radius, _reach = values.reshape(-1, 4)[layout.GAZES]
        rows, columns = np.nonzero(like(painter.show(values), BLUE))
        zoom = SIDE / min(officer.width, officer.height)
        middle = y * zoom - (officer.height * zoom - SIDE) / 2.0
        near = np.abs(rows + 0.5 - middle) < 0.4 * radius * zoom
        assert near.sum() > 10
        middles.append(columns[near].mean())
        irises.append(x)
    wanted = (irises[1] - irises[0]) * SIDE / min(officer.width, officer.height)
    assert wanted > 2.0
    assert middles[1] - middles[0] == pytest.approx(wanted, rel=0.2)


def striped(officer: Portrait) -> list[Expression]:
    """Two mouths, of which a face between them takes both."""
    paints = dict.fromkeys((Region.FACE, *MOUTH, *EYES), stripes)
    return [expression(officer, {"jaw_open": jaw}, paints) for jaw in (0.3, 0.6)]


LOOKS_UP = face(jaw_open=0.45, eye_look_up=0.8)


def test_both_apis_paint_one_set_when_they_are_given_the_same(
    webgl: PortraitPage, webgpu: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    joined = [*expressions, *striped(officer)]
    posers = [Poser(page, officer, *joined) for page in (webgl, webgpu)]
    for params in (REST, SPEAKS, SHUTS, TURNS, LOOKS_UP):
        first, second = (poser.show(params).astype(int) for poser in posers)
        gap = np.abs(first - second)
        assert gap.mean() < 0.3
        assert (gap.max(axis=-1) > 16).mean() < 0.002


@pytest.mark.parametrize("size", [(320, 320), (300, 140), (160, 200)], ids=str)
@pytest.mark.parametrize("knows_person", [True, False], ids=["matte", "no matte"])
def test_cpu_paints_the_set_that_webgl_does(
    webgl: PortraitPage,
    cpu: PortraitPage,
    officer: Portrait,
    expressions: list[Expression],
    size: tuple[int, int],
    knows_person: bool,
) -> None:
    worn = officer if knows_person else replace(officer, matte=None)
    joined = [*expressions, *striped(officer)]
    posers = [Poser(page, worn, *joined, size=size) for page in (webgl, cpu)]
    for params in (REST, SPEAKS, SHUTS, TURNS, LOOKS_UP):
        first, second = (poser.show(params).astype(int) for poser in posers)
        gap = np.abs(first - second)
        assert gap.mean() < 1.2
        assert (gap.max(axis=-1) > 16).mean() < 0.008


def test_cpu_paints_the_newest_face_alone_whatever_the_set_showed_before(
    cpu: PortraitPage, officer: Portrait, expressions: list[Expression]
) -> None:
    poser = Poser(cpu, officer, *expressions, *striped(officer), size=(192, 192))
    values = [poser.uniforms(params) for params in (REST, SPEAKS, SHUTS, TURNS, LOOKS_UP)]
    first = [cpu.show(each) for each in values]
    for each, wanted in reversed(list(zip(values, first, strict=True))):
        assert (cpu.show(each) == wanted).all()
