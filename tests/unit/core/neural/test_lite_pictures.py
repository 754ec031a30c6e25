"""What LivePortrait-Lite's mouth net is told of a set."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.faces import face
from tests.support.portrait_sets import EYES, GREEN, MOUTH, expression, plain
from tests.support.portraits import canonical_portrait

from persona_core.face import landmarks
from persona_core.neural.families.lite_pictures import (
    PICTURES,
    SIDE,
    SPOTS,
    mix_of,
    set_tensors,
)
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.rig import PortraitRig

PORTRAIT = canonical_portrait()
SPEAKS = {"jaw_open": 0.6}


@pytest.mark.parametrize("pixels", [1.0, 0.25])
def test_landmarks_lie_on_their_own_colours_whatever_the_patchs_size(pixels: float) -> None:
    shown = expression(PORTRAIT, SPEAKS, dict.fromkeys(MOUTH, plain(GREEN)), pixels)
    patch = shown.patch(Region.MOUTH)
    assert patch is not None
    # Each pixel's colour says where it is.
    rows, columns = np.mgrid[: patch.height, : patch.width] + 0.5
    picture = np.zeros((patch.height, patch.width, 3), np.uint8)
    picture[..., 0] = np.rint(255.0 * columns / patch.width)
    picture[..., 1] = np.rint(255.0 * rows / patch.height)
    told = set_tensors([shown], [picture])
    assert told[PICTURES].shape == (1, 3, SIDE, SIDE)
    assert told[SPOTS].shape == (1, landmarks.FACE_COUNT, 3)
    lips = landmarks.LIPS_OUTER
    x, y, seen = told[SPOTS][0, lips].T
    assert seen == pytest.approx(1.0)
    at = np.rint(x).astype(int), np.rint(y).astype(int)
    size = np.array([patch.width, patch.height]) * patch.pixels
    wanted = (shown.landmarks[lips, :2] - (patch.left, patch.top)) / size
    for axis in (0, 1):
        found = told[PICTURES][0, axis, at[1], at[0]]
        assert found == pytest.approx(wanted[:, axis], abs=0.02)


def test_nothing_is_seen_of_an_expression_that_has_no_mouth() -> None:
    eyes = expression(PORTRAIT, SPEAKS, dict.fromkeys(EYES, plain(GREEN)))
    mouth = expression(PORTRAIT, SPEAKS, dict.fromkeys(MOUTH, plain(GREEN)))
    patch = mouth.patch(Region.MOUTH)
    assert patch is not None
    picture = np.full((patch.height, patch.width, 4), 255, np.uint8)
    told = set_tensors([eyes, mouth], [None, picture])
    assert not told[SPOTS][0].any()
    assert told[SPOTS][1].any()
    assert not set_tensors([mouth], [None])[SPOTS].any(), "one that could not be decoded"


def test_mix_is_the_mouths_of_the_frame() -> None:
    rig = PortraitRig(PORTRAIT)
    assert not mix_of(rig.pose(face(**SPEAKS), 0.0)).any()
    rig.set_expressions([expression(PORTRAIT, SPEAKS, dict.fromkeys(MOUTH, plain(GREEN)))])
    mix = mix_of(rig.pose(face(**SPEAKS), 0.0))
    assert mix[0, 0] == 0.0
    assert mix[:, 1].sum() == pytest.approx(1.0)
