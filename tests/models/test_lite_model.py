"""The LivePortrait-Lite that ships: whole, small, cheap, and it draws what its nets should."""

from __future__ import annotations

import numpy as np
import pytest

from persona_core.neural.manifest.manifest import Family, GraphStage, Precision, Purpose
from persona_core.neural.self_check import Verdict, check_inputs, judge
from persona_models import ROOT
from persona_models.lite.build import patch_graphs
from persona_models.lite.patch_frame import DESCRIBED, PatchPart
from persona_models.onnx.native import NativeModel, read_file, run_session

SHIPPED = ROOT / "static" / "models" / "liveportrait-lite"
MAX_BYTES = 6_000_000
MAX_GFLOP = 1.2


@pytest.fixture(scope="module")
def shipped():
    return NativeModel(SHIPPED)


def test_model_is_whole_and_holds_nothing_else(shipped):
    manifest = shipped.manifest
    for file in manifest.files:
        read_file(SHIPPED, file)
    named = {"manifest.json", "README.md", "LICENSE.txt", *(file.path for file in manifest.files)}
    lying = {p.relative_to(SHIPPED).as_posix() for p in SHIPPED.rglob("*") if p.is_file()}
    assert lying == named
    assert (SHIPPED / "LICENSE.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_model_keeps_within_its_size_and_cost(shipped):
    manifest = shipped.manifest
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) <= MAX_BYTES
    assert manifest.gflop(GraphStage.FRAME) <= MAX_GFLOP
    assert manifest.stage(GraphStage.PORTRAIT) == ()
    assert (manifest.family, manifest.purpose) == (Family.LITE, Purpose.PRODUCT)


def test_tensors_are_those_that_the_page_fills(shipped):
    manifest = shipped.manifest
    part_of = {"mouth": PatchPart.MOUTH, "eye": PatchPart.EYE_RIGHT}
    for (kind, wanted), graph in zip(patch_graphs("fast").items(), manifest.graphs, strict=True):
        told = 4 * len(DESCRIBED[part_of[kind]])
        shapes = {tensor.name: tensor.shape for tensor in (*graph.inputs, *graph.outputs)}
        assert shapes == {
            f"{kind}_planes": (wanted.batch, 11, wanted.size, wanted.size),
            f"{kind}_vector": (wanted.batch, told),
            f"{kind}_change": (wanted.batch, 3, wanted.size, wanted.size),
        }


@pytest.mark.parametrize("precision", list(Precision))
def test_self_check_of_lite_is_passed_in_every_precision(shipped, precision):
    found = shipped.run(check_inputs(shipped.manifest), precision)
    for expected in shipped.manifest.check.expected:
        assert judge(shipped.manifest, expected, found[expected.tensor], precision) is Verdict.RIGHT


def test_self_check_of_lite_sees_a_net_that_draws_nothing(shipped):
    for expected in shipped.manifest.check.expected:
        nothing = np.zeros(shipped.manifest.tensor(expected.tensor).shape, dtype=np.float32)
        assert judge(shipped.manifest, expected, nothing, Precision.FP16) is not Verdict.RIGHT


def test_changes_stay_within_what_a_colour_can_be(shipped):
    random = np.random.default_rng(2)
    for graph in shipped.manifest.graphs:
        tensors = {t.name: random.random(t.shape, dtype=np.float32) for t in graph.inputs}
        [change] = run_session(shipped.session(graph, Precision.FP32), tensors).values()
        assert np.isfinite(change).all()
        assert np.abs(change).max() < 2.0
