"""The self-check tells a right result from zeros, NaN, wrong colours and wrong sizes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.core.neural.sample_manifest import CHECK, make_manifest

from persona_core.neural.manifest.manifest import Manifest, Precision, Tensor
from persona_core.neural.self_check import (
    SAMPLES,
    Verdict,
    check_inputs,
    deviation,
    judge,
    record,
    waves,
)

Floats = npt.NDArray[np.float32]

SIDE = 32
IMAGE = Tensor("image", (1, 3, 8, 8))


@pytest.fixture
def right() -> Floats:
    return waves(IMAGE)


@pytest.fixture
def manifest(right: Floats) -> Manifest:
    return make_manifest(check=replace(CHECK, expected=(record(IMAGE, right),)))


def verdict(manifest: Manifest, values: Floats, precision: Precision = Precision.FP32) -> Verdict:
    return judge(manifest, manifest.check.expected[0], values, precision)


def test_test_picture_is_the_same_to_the_last_bit_wherever_it_is_made() -> None:
    picture = waves(Tensor("portrait", (1, 3, SIDE, SIDE)))
    assert picture.dtype == np.float32
    assert hashlib.sha256(picture.tobytes()).hexdigest() == (
        "03569d76db4dc9efb17ce9003dabcf6167b7a8e902f73437e247c139516b509c"
    )


def test_test_picture_is_smooth_and_differs_by_channel() -> None:
    picture = waves(Tensor("portrait", (1, 3, SIDE, SIDE)))[0]
    assert picture.min() >= 0.0
    assert picture.max() <= 1.0
    assert np.abs(np.diff(picture, axis=2)).max() < 0.25
    assert np.abs(picture[0] - picture[1]).mean() > 0.1
    assert np.abs(picture[0] - picture[2]).mean() > 0.1
    assert np.ptp(picture, axis=(1, 2)).min() > 0.9


@pytest.mark.parametrize("shape", [(5,), (1, 7), (1, 2, 4, 6, 6), (1, 1, 1, 1)])
def test_test_picture_has_any_shape_when_asked(shape: tuple[int, ...]) -> None:
    assert waves(Tensor("t", shape)).shape == shape


def test_inputs_are_the_listed_values_and_the_picture_elsewhere() -> None:
    inputs = check_inputs(make_manifest())
    assert set(inputs) == {"portrait", "points"}
    assert inputs["points"].shape == (1, 6)
    assert inputs["points"].ravel().tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert np.array_equal(inputs["portrait"], waves(Tensor("portrait", (1, 3, 8, 8))))


def test_record_keeps_a_few_samples_and_the_scale() -> None:
    values = np.linspace(-4.0, 2.0, 1000, dtype=np.float32)
    kept = record(Tensor("t", (1, 1000)), values)
    assert len(kept.at) == SAMPLES
    assert kept.at[0] == 0
    assert kept.at[-1] == 999
    assert kept.scale == 4.0
    assert kept.mean == pytest.approx(-1.0)
    assert kept.values[-1] == 2.0


def test_right_result_is_trusted_and_small_errors_are_by_precision(
    manifest: Manifest, right: Floats
) -> None:
    assert verdict(manifest, right) is Verdict.RIGHT
    assert verdict(manifest, right * np.float32(1.02), Precision.FP16) is Verdict.RIGHT
    assert verdict(manifest, right * np.float32(1.02), Precision.FP32) is Verdict.WRONG


def test_single_odd_value_is_forgiven(manifest: Manifest, right: Floats) -> None:
    odd = right.copy()
    odd.flat[manifest.check.expected[0].at[3]] += 0.3
    assert verdict(manifest, odd, Precision.FP16) is Verdict.RIGHT


def test_wrong_results_are_told_apart(manifest: Manifest, right: Floats) -> None:
    broken = right.copy()
    broken[0, 1, 2, 3] = np.nan
    assert verdict(manifest, broken, Precision.FP16) is Verdict.NOT_FINITE
    assert verdict(manifest, np.zeros_like(right), Precision.FP16) is Verdict.ALL_EQUAL
    assert verdict(manifest, right[:, ::-1], Precision.FP16) is Verdict.WRONG
    assert verdict(manifest, 1.0 - right, Precision.FP16) is Verdict.WRONG
    assert verdict(manifest, right[..., :4], Precision.FP16) is Verdict.WRONG
    elsewhere = right.copy().ravel()
    untouched = list(manifest.check.expected[0].at)
    elsewhere[[i for i in range(elsewhere.size) if i not in untouched]] = 0.0
    assert verdict(manifest, elsewhere, Precision.FP16) is Verdict.WRONG


def test_deviation_is_one_when_there_are_zeros(manifest: Manifest, right: Floats) -> None:
    assert deviation(manifest.check.expected[0], np.zeros_like(right)) == pytest.approx(
        1.0, abs=0.1
    )
