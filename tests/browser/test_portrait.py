"""The portrait as both APIs really paint it, looked at where something has to be seen."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from tests.support.expressions import params

from persona_core.face import landmarks, quaternion
from persona_core.face.params import FaceParams
from persona_core.portrait import layout
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_models.evaluate.portrait_renderer import PortraitPage

Picture = npt.NDArray[np.uint8]

SIDE = 384
FACES = {
    "rest": FaceParams(0.0),
    "blink": params({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}),
    "wink": params({"eyeBlinkLeft": 1.0}),
    "speak": params({"jawOpen": 0.7}),
    "laugh": params(
        {
            "jawOpen": 0.4,
            "mouthSmileLeft": 0.8,
            "mouthSmileRight": 0.8,
            "mouthUpperUpLeft": 0.5,
            "mouthUpperUpRight": 0.5,
        }
    ),
    "aside": params({"eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9}),
    "turn": FaceParams(0.0, rotation=quaternion.from_yaw_pitch_roll(20.0, -6.0, 8.0)),
}


@pytest.fixture(scope="module")
def pictures(webgl: PortraitPage, officer: Portrait) -> dict[str, Picture]:
    """Every face as WebGL paints it."""
    rig = webgl.wear(officer, (SIDE, SIDE))
    return {name: webgl.show(rig.pose(face, 0.0)) for name, face in FACES.items()}


def zoom_and_offset(portrait: Portrait) -> tuple[float, npt.NDArray[np.float64]]:
    """From the photo's pixels to the canvas's: a near-square photo fills a square canvas."""
    zoom = SIDE / min(portrait.width, portrait.height)
    spare = np.array([portrait.width, portrait.height]) * zoom - SIDE
    return zoom, -spare / 2.0


def part(picture: Picture, portrait: Portrait, loop: npt.NDArray[np.intp]) -> Picture:
    """The box of the picture in which the photo has these landmarks."""
    zoom, offset = zoom_and_offset(portrait)
    points = portrait.landmarks[loop, :2] * zoom + offset
    (left, top), (right, bottom) = points.min(axis=0).astype(int), points.max(axis=0).astype(int)
    return picture[top : bottom + 1, left : right + 1]


def darkest(picture: Picture) -> float:
    """The fifth percentile of its brightness."""
    return float(np.percentile(picture.mean(axis=-1), 5))


def test_portrait_is_the_photo_when_it_is_told_the_photos_own_face(
    webgl: PortraitPage, officer: Portrait
) -> None:
    with Image.open(io.BytesIO(officer.image)) as image:
        photo = np.asarray(image.convert("RGB")).astype(int)
    rig = webgl.wear(officer, (officer.width, officer.height))
    gap = np.abs(webgl.show(rig.reenact(officer.blendshapes, rig.placement)) - photo)
    assert gap.mean() < 2.0
    (left, top), (right, bottom) = (
        edge(officer.landmarks[landmarks.OVAL, :2], axis=0).astype(int) for edge in (np.min, np.max)
    )
    assert gap[top:bottom, left:right].mean() < 1.5
    assert np.percentile(gap[top:bottom, left:right], 98.0) < 12


def test_eyes_are_covered_by_skin_when_they_close(
    pictures: dict[str, Picture], officer: Portrait
) -> None:
    for loop, closed in (
        (landmarks.EYE_LEFT, ("blink", "wink")),
        (landmarks.EYE_RIGHT, ("blink",)),
    ):
        rest = darkest(part(pictures["rest"], officer, loop))
        for name in closed:
            assert darkest(part(pictures[name], officer, loop)) > rest + 15.0
    right = part(pictures["wink"], officer, landmarks.EYE_RIGHT)
    assert darkest(right) < darkest(part(pictures["rest"], officer, landmarks.EYE_RIGHT)) + 10.0


def test_irises_move_in_still_lids_when_they_look_aside(
    pictures: dict[str, Picture], officer: Portrait
) -> None:
    for loop in (landmarks.EYE_LEFT, landmarks.EYE_RIGHT):
        middles = []
        for name in ("rest", "aside"):
            dark = 255.0 - part(pictures[name], officer, loop).mean(axis=-1)
            dark = np.maximum(dark - np.percentile(dark, 70), 0.0)
            middles.append((dark.sum(axis=0) * np.arange(dark.shape[1])).sum() / dark.sum())
        assert middles[1] > middles[0] + 1.0


def test_mouth_shows_teeth_and_depth_when_it_opens(
    pictures: dict[str, Picture], officer: Portrait, webgl: PortraitPage
) -> None:
    rig = PortraitRig(officer)
    zoom, offset = zoom_and_offset(officer)
    rims = rig.pose(FACES["laugh"], 0.0).reshape(-1, 4)[layout.RIMS :].reshape(-1, 2)
    mouth = rims[64:] * zoom + offset
    (left, top), (right, bottom) = mouth.min(axis=0).astype(int), mouth.max(axis=0).astype(int)
    laugh = pictures["laugh"][top:bottom, left:right].astype(float)
    rest = pictures["rest"][top:bottom, left:right].astype(float)
    teeth = (laugh.min(axis=-1) > 120) & (np.ptp(laugh, axis=-1) < 70)
    deep = laugh.max(axis=-1) < 90
    assert teeth.mean() > 0.08
    assert deep.mean() > 0.08
    assert (rest.max(axis=-1) < 90).mean() < 0.02


def test_frame_of_the_photo_stays_put_when_the_head_turns(pictures: dict[str, Picture]) -> None:
    for name, picture in pictures.items():
        gap = np.abs(picture.astype(int) - pictures["rest"]).max(axis=-1)
        rim = np.concatenate([gap[:2].ravel(), gap[:, :2].ravel(), gap[:, -2:].ravel()])
        assert (rim > 12).mean() < 0.02, name
    moved = np.abs(pictures["turn"].astype(int) - pictures["rest"]).max(axis=-1) > 24
    assert moved.mean() > 0.1


def test_both_apis_paint_one_picture_when_they_are_given_the_same(
    pictures: dict[str, Picture], webgpu: PortraitPage, officer: Portrait
) -> None:
    rig = webgpu.wear(officer, (SIDE, SIDE))
    for name, face in FACES.items():
        gap = np.abs(webgpu.show(rig.pose(face, 0.0)).astype(int) - pictures[name])
        assert gap.mean() < 0.3, name
        assert (gap.max(axis=-1) > 16).mean() < 0.002, name


@pytest.mark.parametrize("size", [(320, 320), (300, 140), (160, 200)], ids=str)
@pytest.mark.parametrize("knows_person", [True, False], ids=["matte", "no matte"])
def test_cpu_paints_the_picture_that_webgl_does(
    webgl: PortraitPage,
    cpu: PortraitPage,
    officer: Portrait,
    size: tuple[int, int],
    knows_person: bool,
) -> None:
    worn = officer if knows_person else replace(officer, matte=None)
    rig = webgl.wear(worn, size)
    cpu.wear(worn, size)
    for name, face in FACES.items():
        values = rig.pose(face, 0.0)
        gap = np.abs(cpu.show(values).astype(int) - webgl.show(values))
        assert gap.mean() < 1.2, name
        assert (gap.max(axis=-1) > 16).mean() < 0.008, name


def test_edge_that_hides_something_is_soft_when_the_cpu_paints_a_turned_head(
    cpu: PortraitPage, officer: Portrait
) -> None:
    rig = cpu.wear(officer, (320, 320))
    resting = rig.pose(FACES["rest"], 0.0)
    assert (cpu.show(resting, soft=True) == cpu.show(resting)).mean() > 0.999
    values = rig.pose(FACES["turn"], 0.0)
    soft, hard = (cpu.show(values, soft=soft).astype(int) for soft in (True, False))
    softened = (np.abs(soft - hard).max(axis=-1) > 16)[:, 1:]
    assert 20 < softened.sum() < 600  # an edge, and not the face
    soft_steps, hard_steps = (
        np.abs(np.diff(picture, axis=1)).max(axis=-1)[softened] for picture in (soft, hard)
    )
    assert soft_steps.mean() < 0.8 * hard_steps.mean()
    assert soft_steps.max() < 0.8 * hard_steps.max()


def test_cpu_paints_only_the_newest_face_whatever_it_painted_before(
    cpu: PortraitPage, officer: Portrait
) -> None:
    rig = cpu.wear(officer, (192, 192))
    first = cpu.show(rig.pose(FACES["rest"], 0.0))
    for face in FACES.values():
        cpu.show(rig.pose(face, 0.0))
    assert (cpu.show(rig.pose(FACES["rest"], 0.0)) == first).all()


@pytest.mark.parametrize("size", [(640, 300), (220, 480)], ids=["wide", "tall"])
def test_head_stays_whole_and_nothing_is_bare_when_the_scene_has_another_shape(
    webgl: PortraitPage, officer: Portrait, size: tuple[int, int]
) -> None:
    rig = webgl.wear(officer, size)
    picture = webgl.show(rig.pose(FaceParams(0.0), 0.0))
    assert picture.shape == (size[1], size[0], 3)
    # Streaks of a repeated edge would be the same along a whole row or column.
    for margin in (picture[:, 1:4], picture[:, -4:-1], picture[1:4], picture[-4:-1]):
        assert margin.max(axis=-1).mean() > 12.0
    skin = (picture[..., 0] > 150) & (picture[..., 0] > picture[..., 2].astype(int) + 30)
    rows, columns = np.flatnonzero(skin.mean(axis=1) > 0.05), np.flatnonzero(skin.any(axis=0))
    assert rows[0] > 0.03 * size[1]
    assert rows[-1] - rows[0] > 0.3 * min(size)
    assert columns[0] >= 0


def test_portrait_without_a_matte_moves_too_when_nobody_knows_the_person(
    webgl: PortraitPage, officer: Portrait
) -> None:
    rig = webgl.wear(replace(officer, matte=None), (SIDE, SIDE))
    rest = webgl.show(rig.pose(FaceParams(0.0), 0.0)).astype(int)
    turned = webgl.show(rig.pose(FACES["turn"], 0.0)).astype(int)
    assert (np.abs(turned - rest).max(axis=-1) > 24).mean() > 0.1
    assert np.abs(turned[:2] - rest[:2]).mean() < 4.0
