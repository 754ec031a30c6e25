"""Light and sharpness of a face in a whole picture, of whatever size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.portrait.expression_faces import noise, points

from persona_core.face import landmarks
from persona_core.portrait.inpaint import blurred
from persona_core.portrait.making.face_light import light_in, luma
from persona_core.portrait.rims import AROUND


def soft(pixels, reach):
    """A picture out of focus."""
    planes = [blurred(pixels[..., c].astype(np.float32), reach) for c in range(3)]
    return np.stack(planes, axis=2).astype(np.uint8)


def test_sharpness_falls_with_blur_and_not_with_light():
    pixels = noise(3)
    sharp = light_in(pixels, points()).sharpness
    assert light_in(soft(pixels, 4), points()).sharpness < 0.3 * sharp
    dim = (pixels * 0.6).astype(np.uint8)
    assert light_in(dim, points()).sharpness == pytest.approx(sharp, rel=0.15)


def test_sharpness_is_the_same_when_the_picture_has_more_pixels():
    pixels = soft(noise(3), 2)
    large = np.repeat(np.repeat(pixels, 3, 0), 3, 1)
    once, thrice = light_in(pixels, points()), light_in(large, points() * np.float32(3.0))
    assert thrice.sharpness == pytest.approx(once.sharpness, rel=0.25)
    assert thrice.brightness == pytest.approx(once.brightness, abs=0.01)


def test_luma_has_the_weights_of_hd_television_whatever_the_shape():
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]], np.uint8)
    assert luma(colours) == pytest.approx([0.2126, 0.7152, 0.0722, 1.0], abs=1e-4)
    assert luma(np.full((3, 5, 4), 51, np.uint8)) == pytest.approx(np.full((3, 5), 0.2))


def test_lips_are_told_by_colour_and_what_is_before_them_by_its_absence():
    face = points()
    pixels = noise(1, grain=3.0)
    assert light_in(pixels, face).hides_mouth
    lips = face[landmarks.LIPS_OUTER, :2]
    (left, top), (right, low) = lips.min(axis=0).astype(int), lips.max(axis=0).astype(int)
    pixels[top:low, left:right] = (170, 100, 95)
    assert not light_in(pixels, face).hides_mouth
    grey = pixels.mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    assert not light_in(grey, face).hides_mouth


def test_dark_glasses_and_a_drowned_face_are_told():
    face = points()
    dark = noise(2)
    for loop in AROUND:
        x, y = face[loop, :2].mean(axis=0).astype(int)
        dark[y - 30 : y + 30, x - 34 : x + 34] = (40, 38, 36)
    assert light_in(dark, face).hides_eyes
    assert not light_in(noise(2), face).hides_eyes
    drowned = np.clip(noise(2).astype(int) + 130, 0, 255).astype(np.uint8)
    assert light_in(drowned, face).is_overexposed
    assert not light_in(noise(2), face).is_overexposed


@given(shift=st.floats(-5000, 5000), size=st.integers(3, 40))
@settings(max_examples=40, deadline=None)
def test_light_is_finite_wherever_the_face_lies(shift, size):
    light = light_in(np.zeros((size, size, 3), np.uint8), points() + np.float32(shift))
    assert np.isfinite([light.brightness, light.sides, light.glare, light.sharpness]).all()
