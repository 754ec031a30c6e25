from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from persona_core.face.params import RESIDUAL_COUNT
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.face.residual.residual_code import ERROR, LIMIT, REACH, from_code, to_code

residuals = hnp.arrays(np.float32, RESIDUAL_COUNT, elements=st.floats(-REACH, REACH, width=32))


def test_count_is_that_of_the_shipped_basis():
    assert LandmarkBasis.load().residual_count == RESIDUAL_COUNT


@given(residuals)
def test_round_trip_is_off_by_half_a_step_at_most_for_any_residual(residual):
    again = from_code(to_code(residual))
    assert again.dtype == np.float32
    assert np.abs(again - residual).max() <= ERROR + 1e-6
    assert (to_code(again) == to_code(residual)).all()


@given(hnp.arrays(np.int8, st.integers(0, 40)))
def test_from_code_stays_in_reach_for_any_bytes(code):
    residual = from_code(code)
    assert residual.shape == (RESIDUAL_COUNT,)
    assert np.abs(residual).max() <= REACH + 1e-6
    assert not residual[len(code) :].any()


def test_to_code_clips_what_is_out_of_reach_and_drops_what_is_no_number():
    code = to_code(np.array([99.0, -99.0, np.nan, np.inf, 0.0], dtype=np.float32))
    assert code.tolist() == [LIMIT, -LIMIT, 0, LIMIT, 0]


def test_half_a_step_is_too_small_to_be_seen():
    worst = np.linalg.norm(LandmarkBasis.load().residual, axis=2) * ERROR * 10.0  # mm
    assert np.sqrt((worst**2).mean(axis=1)).max() < 0.04
    assert worst.max() < 0.2


def test_neutral_residual_is_sent_exactly():
    nothing = np.zeros(RESIDUAL_COUNT, dtype=np.float32)
    assert (from_code(to_code(nothing)) == nothing).all()
    assert to_code(nothing).tobytes() == bytes(RESIDUAL_COUNT)


@pytest.mark.parametrize("length", [0, 5, 24, 32])
def test_from_code_takes_codes_of_other_lengths(length):
    code = np.full(length, 127, dtype=np.int8)
    used = min(length, RESIDUAL_COUNT)
    assert from_code(code) == pytest.approx([REACH] * used + [0.0] * (RESIDUAL_COUNT - used))
