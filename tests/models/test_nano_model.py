"""The tests' nano model is what the script makes, small enough, and moves with a face."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.support.nano import NANO
from tests.support.nano_model import ROOT, Shape, build

from persona_core.face import quaternion
from persona_core.face.blendshapes import COUNT
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import FaceParams
from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.manifest.manifest import FLOATS, GraphStage, Manifest, Precision
from persona_core.neural.self_check import Verdict, check_inputs, judge, waves
from persona_models.onnx.native import NativeModel, run_session

Floats = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def nano() -> NativeModel:
    return NativeModel(NANO)


def test_kept_model_is_what_the_script_makes(nano: NativeModel, tmp_path: Path) -> None:
    fresh = build(tmp_path, ROOT / "LICENSE")
    # Samples of the self-check differ in the last digits from one processor to another.
    assert replace(fresh, check=nano.manifest.check) == nano.manifest
    for expected, found in zip(fresh.check.expected, nano.manifest.check.expected, strict=True):
        assert found.values == pytest.approx(expected.values, abs=1e-3)
    for file in fresh.files:
        assert (NANO / file.path).read_bytes() == (tmp_path / file.path).read_bytes()
    named = {"manifest.json", "README.md", "LICENSE.txt", *(file.path for file in fresh.files)}
    lying = {p.relative_to(NANO).as_posix() for p in NANO.rglob("*") if p.is_file()}
    assert lying == named


def test_model_is_tiny(nano: NativeModel) -> None:
    manifest = nano.manifest
    assert manifest.gflop(GraphStage.FRAME) <= 0.010
    assert sum(file.bytes for file in manifest.files) <= 100_000


@pytest.mark.parametrize("precision", FLOATS)
def test_self_check_is_passed_in_both_precisions(nano: NativeModel, precision: Precision) -> None:
    found = nano.run(check_inputs(nano.manifest), precision)
    for expected in nano.manifest.check.expected:
        assert judge(nano.manifest, expected, found[expected.tensor], precision) is Verdict.RIGHT


def draw(model: NativeModel, face: FaceParams) -> Floats:
    """The middle of the picture, (3, S/2, S/2), for a face."""
    manifest: Manifest = model.manifest
    driver, tensors = KeypointDriver(), {"portrait": waves(manifest.tensor("portrait"))}
    seen = run_session(model.session(manifest.graph("features"), Precision.FP32), tensors)
    tensors |= seen | driver.settle(seen) | driver.parameters(face)
    tensors |= run_session(model.session(manifest.graph("frame"), Precision.FP32), tensors)
    side = tensors["image"].shape[-1]
    return tensors["image"][0, :, side // 4 : -side // 4, side // 4 : -side // 4]


def face(**values: float) -> FaceParams:
    shapes = np.zeros(COUNT, dtype=np.float32)
    for name, value in values.items():
        shapes[B[name.upper()]] = value
    return FaceParams(0.0, blendshapes=shapes)


def test_picture_is_the_portrait_when_the_face_rests(nano: NativeModel) -> None:
    portrait = waves(nano.manifest.tensor("portrait"))[0]
    quarter = portrait.shape[-1] // 4
    middle = portrait[:, quarter:-quarter, quarter:-quarter]
    assert np.abs(draw(nano, face()) - middle).mean() < 0.03


@pytest.mark.parametrize(
    "moved",
    [
        face(jaw_open=1.0),
        face(mouth_smile_left=1.0, mouth_smile_right=1.0),
        face(mouth_pucker=1.0),
        face(eye_blink_left=1.0),
        face(eye_blink_right=1.0),
        face(brow_inner_up=1.0),
        replace(face(), rotation=quaternion.from_yaw_pitch_roll(20.0, 0.0, 0.0)),
        replace(face(), rotation=quaternion.from_yaw_pitch_roll(0.0, 20.0, 0.0)),
        replace(face(), rotation=quaternion.from_yaw_pitch_roll(0.0, 0.0, 20.0)),
        replace(face(), translation=np.array([0.3, 0.0], dtype=np.float32)),
        replace(face(), translation=np.array([0.0, 0.3], dtype=np.float32)),
        replace(face(), scale=1.2),
    ],
    ids="jaw smile pucker left-eye right-eye brows yaw pitch roll x y zoom".split(),
)
def test_picture_moves_when_the_face_does(nano: NativeModel, moved: FaceParams) -> None:
    assert np.abs(draw(nano, moved) - draw(nano, face())).max() > 0.05


def test_heavier_model_is_made_when_one_is_asked_for(tmp_path: Path) -> None:
    manifest = build(tmp_path, ROOT / "LICENSE", Shape(width=480))
    assert manifest.gflop(GraphStage.FRAME) == pytest.approx(1.0, rel=0.1)
    image = NativeModel(tmp_path).run(check_inputs(manifest), Precision.FP32)["image"]
    assert np.isfinite(image).all()
