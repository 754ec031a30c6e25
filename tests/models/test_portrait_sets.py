"""Protocol C: sets are chosen from the first half, and drawn over what one photo gives."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.support.faces import shapes
from tests.unit.core.portrait.expression_faces import expression, measured, points
from tests.unit.core.portrait.portrait_faces import HEIGHT, WIDTH, make_rig, portrait, shown

from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.expressions.regions import MEASURED
from persona_core.portrait.support import supported
from persona_models.evaluate.cpu_renderers import StillRenderer
from persona_models.evaluate.reenactment import DrivenMotion, MotionKind, Still
from persona_models.evaluate.scores import Score
from persona_models.evaluate.set_protocol import (
    Clip,
    SetEntry,
    accepted_share,
    make_clip_set,
    markdown,
    save_sheet,
)
from persona_models.evaluate.set_renderer import SetRenderer, posed
from persona_models.faces.tracks import FaceTracks

SIZE = 440
GREEN = (40, 200, 60)


def still() -> Still:
    face = portrait()
    placement = FacePlacement.fit(face.landmarks)
    picture = np.full((HEIGHT, WIDTH, 3), (214, 168, 140), np.uint8)
    neutral = placement.to_face(face.landmarks)
    return Still(picture, face.landmarks, face.blendshapes, neutral, placement)


def motion(kind: MotionKind, **named: float) -> DrivenMotion:
    face, values = points(**named), shapes(**named)
    return DrivenMotion(
        FaceParams(0.0, values), None, FacePlacement.fit(portrait().landmarks), face, kind
    )


@pytest.mark.parametrize("kind", [MotionKind.TRUE, MotionKind.CALIBRATED])
def test_set_is_drawn_within_its_region_and_fades_out(kind):
    portraits = PortraitSet(portrait(), (expression(Region.MOUTH, colour=GREEN, jaw_open=0.7),))
    renderer = SetRenderer(portraits, StillRenderer(), supported())
    [drawn] = renderer.render(still(), [motion(kind, jaw_open=0.7)])
    changed = np.abs(drawn.astype(int) - still().picture).max(axis=2)
    face = points(jaw_open=0.7)
    column, row = face[landmarks.LIPS_INNER, :2].astype(int).T
    assert np.abs(drawn[row, column].astype(int) - GREEN).max() < 25
    assert not changed[: int(face[1, 1]) - 12].any()  # above the nose's tip
    assert ((changed > 8) & (changed < 60)).sum() > 300  # between, it fades
    assert renderer.mixes[0].share(Region.MOUTH) > 0.9


def test_nothing_is_drawn_where_the_base_is_wanted():
    portraits = PortraitSet(portrait(), (expression(colour=GREEN, jaw_open=0.9, eye_blink=1.0),))
    [drawn] = SetRenderer(portraits, StillRenderer(), supported()).render(
        still(), [motion(MotionKind.TRUE)]
    )
    assert np.abs(drawn.astype(int) - still().picture).max() <= 12


def test_posed_is_where_the_vertex_shader_puts_the_mesh():
    rig = make_rig()
    values = rig.reenact(shapes(jaw_open=0.5, eye_blink=0.8), rig.placement)
    assert np.abs(posed(rig.mesh, values)[:, :2] - shown(rig, values)).max() < 1e-3


def test_rig_tells_the_mixer_what_it_shows():
    rig = make_rig()
    rig.reenact(shapes(jaw_open=0.5), rig.placement)
    assert np.abs(rig.measured() - measured(jaw_open=0.5)[0]).max() < 0.12
    assert rig.measured().shape == (len(MEASURED), 3)
    assert rig.shown is rig.placement


def filmed(count: int) -> Clip:
    """Somebody who opens their mouth now and then."""
    jaws = [0.8 * max(0.0, np.sin(i / 4)) for i in range(count)]
    faces = np.stack([points(jaw_open=jaw) for jaw in jaws])
    rng = np.random.default_rng(5)
    frames = [
        rng.normal(150, 20, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8) for _ in range(count)
    ]
    tracks = FaceTracks(
        found=np.arange(count) != 3,
        times_ms=np.arange(count) * 33.0,
        landmarks=faces,
        blendshapes=np.stack([shapes(jaw_open=jaw) for jaw in jaws]),
        matrices=np.zeros((count, 16), np.float32),
        sizes=np.tile(np.array([[WIDTH, HEIGHT]], np.int32), (count, 1)),
    )
    return Clip.of("somebody", frames, tracks)


def test_set_comes_from_the_first_half_and_targets_from_the_second():
    clip = filmed(61)
    assert len(clip.footage.pictures) == 60
    numbers = clip.choose(4)
    assert max(numbers) < 30
    assert clip.targets == (30, 40, 50)
    assert clip.footage.shapes[numbers[0]].max() < 0.2
    assert clip.footage.shapes[numbers[1]].max() > 0.7


def test_bytes_of_a_set_are_those_of_what_the_wizard_would_keep():
    clip = filmed(41)
    numbers = clip.choose(3)
    made, size = make_clip_set(clip, numbers, supported())
    assert len(made.expressions) == len(numbers) - 1
    parts = sum(len(each.to_bytes()) for each in made.expressions)
    assert parts < size < parts + 200_000
    # Cut from the frames as filmed, which are larger than what is scored.
    patch = made.expressions[0].patch(Region.MOUTH)
    assert patch is not None
    assert patch.width > 1.4 * np.ptp(clip.footage.points[0][landmarks.LIPS_OUTER, 0])


def test_accepted_share_is_of_pairs_of_different_faces():
    broad = points().copy()
    broad[:, 0] = 200 + (broad[:, 0] - 200) * 1.4
    assert accepted_share([points(), points(jaw_open=0.5)]) == 1.0
    assert accepted_share([points(), broad]) == 0.0


def test_table_has_the_mean_first_and_the_median_bytes():
    def entry(clip: str, psnr: float, size: int) -> SetEntry:
        return SetEntry(
            clip, "set of 6", MotionKind.TRUE, {"mouth": Score(psnr, 0.5, 3.0, 0.9)}, size
        )

    text = markdown([entry("a", 20.0, 90_000), entry("b", 24.0, 120_000)])
    first, rest = text.split("### a")
    assert "Mean of a, b" in first
    assert "22.00 / .500 / 0.90 | 105 |" in first
    assert "20.00" in rest
    assert "24.00" in rest


def test_sheet_has_three_columns_of_every_clip(tmp_path):
    clip = filmed(61)
    shown_ = {
        name: [clip.footage.pictures[t] for t in clip.targets] for name in ("filmed", "one", "set")
    }
    save_sheet([(clip, shown_)], tmp_path / "sheet.webp")
    with Image.open(io.BytesIO((tmp_path / "sheet.webp").read_bytes())) as sheet:
        assert sheet.size == (1800, 320)
