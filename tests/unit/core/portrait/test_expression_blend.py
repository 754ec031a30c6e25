"""Which pictures of a set show a frame, as the uniforms tell it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.support.faces import face
from tests.support.portrait_sets import GREEN, expression, plain
from tests.unit.core.portrait.portrait_faces import portrait

from persona_core.base.arrays import Floats
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.expression_blend import IRIS_CM, IRISES, MAX_SHIFT_CM
from persona_core.portrait.expressions.regions import MEASURED
from persona_core.portrait.rig import PortraitRig

EYE, BOTH = Region.EYE_RIGHT, (Region.EYE_RIGHT, Region.EYE_LEFT)
LATER_MS = 4000.0
FIRST_IRIS = 468


def seen(named: dict[str, float], *regions: Region) -> Expression:
    return expression(portrait(), named, dict.fromkeys(regions, plain(GREEN)))


def uniforms(rig: PortraitRig, **named: Any) -> Floats:
    """Of a face that has been shown for long."""
    rig.pose(face(**named), 0.0)
    return rig.pose(face(**named), LATER_MS).reshape(-1, 4).copy()


def shares(values: Floats, region: Region) -> list[tuple[float, float]]:
    rows = values[layout.SHARES : layout.GAZES].reshape(len(Region), -1)[region, :6]
    return [(float(number), float(weight)) for number, weight in rows.reshape(-1, 2)]


def gaze(values: Floats, eye: int) -> Floats:
    at = layout.GAZES + 3 * eye
    return values[at : at + 3].reshape(-1)


def rig_of(*expressions: Expression) -> PortraitRig:
    rig = PortraitRig(portrait())
    rig.set_expressions(expressions)
    return rig


def test_uniforms_tell_nothing_of_a_set_when_there_is_none() -> None:
    alone = uniforms(PortraitRig(portrait()), jaw_open=0.6)
    assert not alone[layout.SHARES : layout.WEIGHTS].any()


def test_uniforms_tell_all_else_alike_when_there_is_a_set() -> None:
    joined = uniforms(rig_of(seen({"jaw_open": 0.6}, Region.MOUTH)), jaw_open=0.6)
    alone = uniforms(PortraitRig(portrait()), jaw_open=0.6)
    joined[layout.SHARES : layout.WEIGHTS] = 0.0
    assert (joined == alone).all()


def test_region_is_the_nearest_pictures_when_its_face_is_shown() -> None:
    rig = rig_of(seen({"jaw_open": 0.6}, Region.MOUTH), seen({"eye_blink": 1.0}, *BOTH))
    speaks = uniforms(rig, jaw_open=0.6)
    assert shares(speaks, Region.MOUTH)[0] == (0.0, pytest.approx(1.0, abs=0.05))
    assert shares(speaks, EYE)[0] == (-1.0, pytest.approx(1.0, abs=0.05))
    shuts = uniforms(rig, eye_blink=1.0)
    assert shares(shuts, EYE)[0] == (1.0, pytest.approx(1.0, abs=0.05))
    assert shares(shuts, Region.FACE) == [(-1.0, 1.0), (-1.0, 0.0), (-1.0, 0.0)]


def test_weights_of_a_region_sum_to_one_whatever_is_shown() -> None:
    rig = rig_of(
        *(seen({"jaw_open": 0.2 * step}, Region.FACE, Region.MOUTH, *BOTH) for step in range(1, 5))
    )
    for step in range(12):
        values = rig.pose(face(jaw_open=step / 11.0), 33.0 * step).reshape(-1, 4)
        for region in Region:
            assert sum(weight for _, weight in shares(values, region)) == pytest.approx(1.0)


def test_iris_stays_where_it_is_when_the_picture_looks_the_same_way() -> None:
    looks = {"eye_wide": 0.6, "eye_look_out_right": 0.4, "eye_look_in_left": 0.4}
    values = uniforms(rig_of(seen(looks, *BOTH)), **looks)
    for eye in (0, 1):
        assert np.abs(gaze(values, eye)[4:]).max() < 0.02


@pytest.mark.parametrize("eye", [0, 1])
def test_picture_is_looked_into_where_its_iris_is_when_that_is_elsewhere(eye: int) -> None:
    wide = seen({"eye_wide": 0.6}, *BOTH)
    moved = wide.landmarks.copy()
    moved[FIRST_IRIS:, :2] += (4.0, 1.0)
    patch = wide.patch(BOTH[eye])
    assert patch is not None
    values = uniforms(rig_of(replace(wide, landmarks=moved)), eye_wide=0.6)
    shift = gaze(values, eye)[4:6] * (patch.width * patch.pixels, patch.height * patch.pixels)
    assert shift == pytest.approx((4.0, 1.0), abs=0.25)


def test_shift_lies_about_the_frames_iris_when_the_head_is_placed() -> None:
    rig = rig_of(seen({"eye_wide": 0.6}, *BOTH))
    values = uniforms(rig, eye_wide=0.6, translation=np.array([0.05, 0.02], np.float32))
    irises = rig.measured()[np.searchsorted(MEASURED, IRISES)]
    for eye, point in enumerate(rig.shown.to_image(irises)):
        assert gaze(values, eye)[:2] == pytest.approx(point[:2], abs=0.01)
        assert gaze(values, eye)[2] == pytest.approx(IRIS_CM * rig.shown.scale)
        assert gaze(values, eye)[3] > gaze(values, eye)[2]


def test_shift_is_bounded_and_ends_when_eyes_are_nowhere_near_or_shut() -> None:
    far = seen({"eye_wide": 0.6, "eye_look_out_right": 1.0, "eye_look_in_left": 1.0}, *BOTH)
    rig = rig_of(far)
    scale = FacePlacement.fit(portrait().landmarks).scale
    values = uniforms(rig, eye_wide=0.6, eye_look_out_left=1.0, eye_look_in_right=1.0)
    patch = far.patch(EYE)
    assert patch is not None
    x, y = gaze(values, 0)[4:6] * (patch.width * patch.pixels, patch.height * patch.pixels)
    assert 0.1 < math.hypot(x, y) / scale <= MAX_SHIFT_CM + 1e-3
    assert not gaze(uniforms(rig_of(seen({"eye_blink": 1.0}, *BOTH)), eye_blink=1.0), 0).any()
