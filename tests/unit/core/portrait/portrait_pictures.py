"""Expressions drawn at random, for the tests of their bytes: placed mean faces, plain patches."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from tests.unit.core.portrait.portrait_faces import Floats, face_points, picture, rotation

from persona_core.face import blendshapes
from persona_core.portrait.expressions.expression import CORES, Expression, Patch, Region

degrees = st.floats(-40.0, 40.0, width=32)


def plain_patch(region: Region, points: Floats, side: int = 64, kind: str = "WEBP") -> Patch:
    """A patch of one colour about a region's core, its longer side of so many pixels."""
    core = points[CORES[region], :2]
    low, high = core.min(axis=0) - 2.0, core.max(axis=0) + 2.0
    pixels = float((high - low).max()) / side
    width, height = (max(16, math.ceil(length / pixels)) for length in (high - low).tolist())
    image = picture(width, height, kind)
    return Patch(region, image, width, height, float(low[0]), float(low[1]), pixels)


@st.composite
def faces(draw: st.DrawFn) -> Floats:
    """Landmarks of the mean face somewhere in a picture, turned by up to 40 degrees."""
    turn = rotation(draw(degrees), draw(degrees) / 2.0, draw(degrees))
    at = (draw(st.floats(150.0, 900.0, width=32)), draw(st.floats(150.0, 900.0, width=32)))
    return face_points(draw(st.floats(6.0, 40.0, width=32)), at, turn)


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    """Any picture that a set may have."""
    points = draw(faces())
    levels = draw(st.binary(min_size=blendshapes.COUNT, max_size=blendshapes.COUNT))
    shapes = np.frombuffer(levels, np.uint8).astype(np.float32) / 255.0
    regions = draw(st.lists(st.sampled_from(Region), min_size=1, max_size=4, unique=True))
    patches = tuple(
        plain_patch(
            region, points, draw(st.integers(32, 256)), draw(st.sampled_from(["WEBP", "JPEG"]))
        )
        for region in regions
    )
    return Expression(points, shapes, patches)
