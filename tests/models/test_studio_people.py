"""People drawn for portraits: the same every time, and as their sheet says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support import extra_data

from persona_models.data.sitters import SITTERS
from persona_models.data.studio import PhotoStudio
from persona_models.faces.ict_face import IctFace
from persona_web.look.portrait_choice import FORMER


@pytest.fixture(scope="module")
def studio():
    ict = IctFace.load(extra_data.path(extra_data.ICT_FACE))
    return PhotoStudio(ict, side=96, supersampling=1, lamps=2)


def test_sitters_are_all_portraits_to_choose_when_their_names_are_compared():
    assert set(SITTERS) <= set(FORMER)
    assert len(SITTERS) >= 4


def test_sitter_looks_as_told_when_drawn(studio):
    subject = SITTERS["baker"]
    first = studio.picture(subject)
    assert first.shape == (96, 96, 3)
    assert np.array_equal(first, studio.picture(subject))
    shaved = replace(subject, look=subject.look | {"beard": 0.0, "moustache": 0.0})
    chin = (slice(52, 62), slice(42, 54))
    assert studio.picture(shaved)[chin].mean() > first[chin].mean() + 10.0
    # The backdrop is around the head, the garment below it.
    assert np.abs(first[2:6, 2:6].astype(int) - first[2:6, -6:-2]).mean() < 40.0
    blue = first[-3:, 30:66].astype(int)
    assert (blue[..., 2] - blue[..., 0]).mean() > 10.0
