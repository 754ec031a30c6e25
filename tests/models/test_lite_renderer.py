"""LivePortrait-Lite on the CPU: the warp, changed where the nets are asked and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.neural.families.lite_gate import BARING
from persona_models import ROOT
from persona_models.evaluate.cpu_renderers import MeshWarpRenderer
from persona_models.evaluate.lite_renderer import Laid, LiteRenderer, spread
from persona_models.evaluate.reenactment import DrivenMotion, Still
from persona_models.lite.patch_frame import FEATHER, PatchFrame, PatchPart
from persona_models.lite.patch_inputs import FurtherMouths

SHIPPED = ROOT / "static" / "models" / "liveportrait-lite"
SIZE = 256


def face(gap):
    """The canonical face in the middle of a picture, its lips parted by some centimetres."""
    placement = FacePlacement(8.0, np.eye(3), np.array([128.0, 128.0, 0.0]))
    points = landmarks.canonical_points().copy()
    points[landmarks.LIPS_INNER[11:]] = points[landmarks.LIPS_INNER[9:0:-1]]
    points[landmarks.LIPS_INNER[1:10], 1] -= gap
    return placement.to_image(points), placement


def still_and_motion(gap_then, gap_now):
    row, column = np.mgrid[:SIZE, :SIZE]
    waves = [128 + 90 * np.sin(row / 15 + k) * np.cos(column / 21 - k) for k in range(3)]
    picture = np.stack(waves, axis=2).astype(np.uint8)
    points, placement = face(gap_then)
    shapes = np.zeros(52, dtype=np.float32)
    still = Still(picture, points, shapes, landmarks.canonical_points(), placement)
    return still, DrivenMotion(FaceParams(0.0, shapes), None, placement, face(gap_now)[0])


@pytest.fixture(scope="module")
def lite():
    return LiteRenderer(SHIPPED)


def patches(points, sizes=(64, 48, 48)):
    """(H, W) whether a pixel is in the patch of each part."""
    pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1)
    found = {}
    for part, size in zip(PatchPart, sizes, strict=True):
        spots = PatchFrame.of(part, points, size).to_patch(pixels)
        found[part] = ((spots > -0.5) & (spots < size - 0.5)).all(axis=-1)
    return found


def test_picture_is_the_warp_outside_of_the_patches_and_changed_inside(lite):
    still, motion = still_and_motion(0.0, 1.5)
    [drawn], [warp] = (each.render(still, [motion]) for each in (lite, MeshWarpRenderer()))
    inside = patches(motion.landmarks)
    outside = ~np.any(list(inside.values()), axis=0)
    assert np.array_equal(drawn[outside], warp[outside])
    for part, where in inside.items():
        assert (drawn[where] != warp[where]).any(), part


def test_mouth_is_followed_less_where_the_photo_bares_teeth(lite):
    still, motion = still_and_motion(0.6, 1.8)
    [drawn], [warp] = (each.render(still, [motion]) for each in (lite, MeshWarpRenderer()))
    [forced] = LiteRenderer(SHIPPED, gated=False).render(still, [motion])
    inside = patches(motion.landmarks)
    mouth = inside[PatchPart.MOUTH] & ~inside[PatchPart.EYE_RIGHT] & ~inside[PatchPart.EYE_LEFT]
    mouth &= ((forced > 0) & (forced < 255)).all(axis=-1)
    followed, whole = (each[mouth].astype(int) - warp[mouth] for each in (drawn, forced))
    assert np.abs(whole).max() > 8
    assert np.abs(followed - BARING * whole).max() <= 1.0


GREEN = (60, 170, 80)


def laid(face_share: float, shown: float) -> Laid:
    """A set that paints all of a picture in one colour, and tells the mouth's net of it."""

    def lay(picture):
        picture[:] = GREEN

    colour = np.array(GREEN, dtype=np.float32) / 255.0
    pictures = np.ones((1, 3, 128, 128), dtype=np.float32) * colour[:, None, None]
    spots = np.full((1, landmarks.FACE_COUNT, 3), 64.0, dtype=np.float32)
    spots[..., 2] = shown
    mix = np.array([[0, 1], [-1, 0], [-1, 0]], dtype=np.float32)
    return Laid(face_share, FurtherMouths(pictures, spots, mix), lay)


def test_set_hides_the_eyes_change_and_the_mouths_is_added_to_it(lite):
    still, motion = still_and_motion(0.0, 1.5)
    given = still.picture, still.landmarks, motion.landmarks
    drawn = lite.draw(*given, laid(0.0, 1.0))
    inside = patches(motion.landmarks)
    mouth = inside[PatchPart.MOUTH]
    assert (drawn[~mouth] == GREEN).all()
    assert (drawn[mouth] != GREEN).any()
    blind = lite.draw(*given, laid(0.0, 0.0))  # a net that sees the photo changes something else
    assert np.abs(drawn.astype(int) - blind)[mouth].max() > 8


def test_no_net_is_followed_where_the_whole_face_is_a_picture_of_the_set(lite):
    still, motion = still_and_motion(0.0, 1.5)
    drawn = lite.draw(still.picture, still.landmarks, motion.landmarks, laid(1.0, 1.0))
    assert (drawn == GREEN).all()


def test_larger_photo_is_changed_as_the_small_one_is(lite):
    still, motion = still_and_motion(0.0, 1.5)
    small = lite.draw(still.picture, still.landmarks, motion.landmarks)
    larger = np.asarray(Image.fromarray(still.picture).resize((2 * SIZE, 2 * SIZE)))
    drawn = lite.draw(larger, 2.0 * still.landmarks, 2.0 * motion.landmarks)
    reduced = np.asarray(Image.fromarray(drawn).resize((SIZE, SIZE), Image.Resampling.BOX))
    assert np.abs(reduced.astype(int) - small).mean() < 2.0


@pytest.mark.parametrize("part", list(PatchPart))
def test_change_lies_where_its_patch_does_and_fades_to_its_border(part):
    points, _ = face(0.3)
    cos, sin = np.cos(0.35), np.sin(0.35)
    middle = np.array([128.0, 128.0, 0.0])
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    points = ((points - middle) @ turn.T + middle).astype(np.float32)
    size = 64
    frame = PatchFrame.of(part, points, size)
    row, column = np.mgrid[:size, :size].astype(np.float32)
    change = np.stack([column, row, np.ones_like(row)])
    shown = spread(change, frame, (SIZE, SIZE))
    pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1)
    spots = frame.to_patch(pixels)
    room = np.minimum(spots + 0.5, size - 0.5 - spots).min(axis=-1)
    whole = room >= FEATHER
    assert whole.sum() > 100
    assert shown[whole][:, 2] == pytest.approx(1.0, abs=1e-5)
    assert shown[whole][:, :2] == pytest.approx(spots[whole], abs=1e-3)
    assert not shown[room <= 0.0].any()
    fading = (room > 0.5) & (room < FEATHER - 0.5)
    assert ((shown[fading][:, 2] > 0.0) & (shown[fading][:, 2] < 1.0)).all()
