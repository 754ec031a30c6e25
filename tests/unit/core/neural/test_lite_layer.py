"""Where LivePortrait-Lite's patches lie on a mesh, and when they are seen."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.portraits import canonical_portrait

from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.neural.families.lite_layer import (
    EASE_MS,
    FRESH_MS,
    STALE_MS,
    Freshness,
    LiteLayer,
)
from persona_core.neural.families.lite_patches import CROP_SIDE, PARTS
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.neural.portrait_crop import Square

CROP = PhotoCrop(2.3, -0.125, 0.3)


def test_triangles_hold_their_patch_and_leave_the_rest_of_the_face() -> None:
    portrait = canonical_portrait()
    layer = LiteLayer.of(portrait, CROP, (64, 48, 48))
    scale = FacePlacement.fit(portrait.landmarks).scale
    for part, triangles in zip(PARTS, layer.triangles, strict=True):
        assert triangles.dtype == np.uint16
        assert triangles.max() < landmarks.FACE_COUNT
        middle = portrait.landmarks[part.middle, :2].mean(axis=0)
        corners = portrait.landmarks[landmarks.triangles(), :2]
        off = np.abs(corners - middle) / (part.side_cm * scale)
        within = {tuple(each) for each in landmarks.triangles()[(off < 0.45).all(axis=(1, 2))]}
        held = {tuple(each) for each in triangles}
        assert within
        assert within <= held
        assert len(held) < 0.6 * len(landmarks.triangles())


def test_patches_end_before_the_face_turns_away() -> None:
    layer = LiteLayer.of(canonical_portrait(), CROP, (64, 48, 48))
    assert layer.kept[landmarks.OVAL].max() == 0.0
    assert layer.kept[landmarks.LIPS_OUTER].min() == 1.0


def test_level_is_the_crops_when_the_photo_is_finer() -> None:
    portrait = canonical_portrait()
    square = Square.about(portrait.landmarks, CROP)
    level = LiteLayer.of(portrait, CROP, (64, 48, 48)).level
    assert level == pytest.approx(np.log2(square.side / CROP_SIDE))
    close = PhotoCrop(1.2, -0.125, 0.3)
    assert LiteLayer.of(portrait, close, (64, 48, 48)).level == 0.0, "nothing is finer there"


def test_patches_fade_when_no_new_ones_come() -> None:
    freshness = Freshness()
    assert freshness.share(0.0) == 0.0
    freshness.taken(10.0)
    assert freshness.share(20.0) == 1.0
    assert freshness.share(10.0 + FRESH_MS) == 1.0
    assert freshness.share(10.0 + (FRESH_MS + STALE_MS) / 2.0) == pytest.approx(0.5)
    assert freshness.share(10.0 + STALE_MS) == 0.0


def test_patches_come_back_gently_when_they_were_gone() -> None:
    freshness = Freshness()
    freshness.taken(0.0)
    freshness.share(0.0)
    assert freshness.share(2000.0) == 0.0
    freshness.taken(2000.0)
    shares = [freshness.share(2000.0 + 16.0 * frame) for frame in range(1, 20)]
    assert 0.0 < shares[0] < 0.2
    assert shares == sorted(shares)
    assert max(np.diff(shares)) <= 16.0 / EASE_MS + 1e-6
    assert shares[-1] == 1.0
