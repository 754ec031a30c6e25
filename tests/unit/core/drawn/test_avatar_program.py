"""Every style gives a program that a replayer can trust."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.core.drawn.figure_reader import HEADER, steps

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.program import FORMAT_VERSION, Op
from persona_core.drawn.rig import VIEW, Rig
from persona_core.drawn.style import CHOICE_FIELDS, Accessory, AvatarStyle
from persona_core.face.params import FaceParams

STYLES = {character.key: character.style for character in CHARACTERS}
STYLES |= {
    f"{field}-{choice}": replace(AvatarStyle(), **{field: choice})
    for field, kind in CHOICE_FIELDS.items()
    for choice in kind
}
STYLES |= {str(item): AvatarStyle(accessories=(item,)) for item in Accessory}


@pytest.fixture(scope="module")
def rigs() -> dict[str, Rig]:
    return {name: Rig(style) for name, style in STYLES.items()}


def test_program_stays_in_range_when_built_from_any_choice(rigs: dict[str, Rig]) -> None:
    for name, rig in rigs.items():
        try:
            assert_in_range(rig)
        except AssertionError as error:
            error.add_note(f"of the style {name}")
            raise


def assert_in_range(rig: Rig) -> None:
    version, points, scalars, *view = rig.program[:HEADER].tolist()
    assert version == FORMAT_VERSION
    assert rig.value_count == 2 * points + scalars
    assert view == pytest.approx(VIEW)
    gradients: set[int] = set()
    clips, path = 0, False
    for step in steps(rig):
        operands = step.operands
        if step.op in (Op.LINEAR, Op.RADIAL):
            gradients.add(int(operands[0]))
            offsets, colours = operands[2::2], operands[3::2]
            assert list(offsets) == sorted(offsets)
            assert 0.0 <= offsets[0] <= offsets[-1] <= 1.0
            assert all(0 <= colour < len(rig.colours) for colour in colours)
        elif step.op in (Op.CURVE, Op.LOOP, Op.LINES):
            assert operands[0] >= 0
            assert operands[1] >= (3 if step.op is Op.LOOP else 2)
            assert sum(operands) <= points
            path = True
        elif step.op is Op.BEGIN:
            path = False
        elif step.op is Op.FILL_GRADIENT:
            assert int(operands[0]) in gradients
            assert 0 <= operands[1] <= points - 3
        elif step.op in (Op.FILL, Op.STROKE):
            assert 0 <= operands[0] < len(rig.colours)
        if step.op in (Op.FILL, Op.FILL_GRADIENT, Op.STROKE):
            assert path, "painted before a path"
            assert -1 <= operands[-1] < scalars
        clips += (step.op is Op.CLIP) - (step.op is Op.UNCLIP)
        assert 0 <= clips <= 2
    assert clips == 0


def test_colours_are_css_when_built_from_any_choice(rigs: dict[str, Rig]) -> None:
    for name, rig in rigs.items():
        assert len(set(rig.colours)) == len(rig.colours), name
        for colour in rig.colours:
            assert re.fullmatch(r"#([0-9a-f]{6}|[0-9a-f]{8})", colour), (name, colour)


def test_pose_is_finite_when_built_from_any_choice(rigs: dict[str, Rig]) -> None:
    for name, rig in rigs.items():
        values = rig.pose(FaceParams(time_ms=0.0), 0.0)
        assert (values.dtype, values.shape) == (np.float32, (rig.value_count,)), name
        assert np.isfinite(values).all(), name


@pytest.mark.parametrize("field", [*CHOICE_FIELDS, "accessories"])
def test_program_changes_when_a_choice_changes(field: str) -> None:
    if field == "accessories":
        choices = [AvatarStyle(accessories=(item,)) for item in Accessory]
    else:
        choices = [replace(AvatarStyle(), **{field: value}) for value in CHOICE_FIELDS[field]]
    rest = FaceParams(time_ms=0.0)
    pictures = set()
    for style in choices:
        rig = Rig(style)
        pictures.add((rig.program.tobytes(), rig.colours, rig.pose(rest, 0.0).tobytes()))
    assert len(pictures) == len(choices)
