"""The nano model that ships is what the script makes, small enough, and moves with a face."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from persona_core.face import quaternion
from persona_core.face.blendshapes import COUNT
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import FaceParams
from persona_core.neural.catalogue import offers
from persona_core.neural.families.nano_motion import PARAMETERS, nano_parameters
from persona_core.neural.manifest.manifest import GraphStage, Manifest, Precision
from persona_core.neural.self_check import Verdict, check_inputs, judge, waves
from persona_models.nano.build import Shape, build
from persona_models.onnx.native import NativeModel, run_session

Floats = npt.NDArray[np.float32]

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "static" / "models" / "nano"


@pytest.fixture(scope="module")
def shipped() -> NativeModel:
    return NativeModel(SHIPPED)


class Machine:
    has_half_floats = True


def test_shipped_model_is_what_the_script_makes(shipped: NativeModel, tmp_path: Path) -> None:
    fresh = build(tmp_path, ROOT / "LICENSE")
    # Samples of the self-check differ in the last digits from one processor to another.
    assert replace(fresh, check=shipped.manifest.check) == shipped.manifest
    for expected, found in zip(fresh.check.expected, shipped.manifest.check.expected, strict=True):
        assert found.values == pytest.approx(expected.values, abs=1e-3)
    for file in fresh.files:
        assert (SHIPPED / file.path).read_bytes() == (tmp_path / file.path).read_bytes()
    named = {"manifest.json", "README.md", "LICENSE.txt", *(file.path for file in fresh.files)}
    lying = {p.relative_to(SHIPPED).as_posix() for p in SHIPPED.rglob("*") if p.is_file()}
    assert lying == named


def test_model_is_tiny_and_never_offered(shipped: NativeModel) -> None:
    manifest = shipped.manifest
    assert manifest.gflop(GraphStage.FRAME) <= 0.010
    assert sum(file.bytes for file in manifest.files) <= 100_000
    assert offers([manifest], Machine(), ()) == ()
    assert manifest.rig.parameters == PARAMETERS


@pytest.mark.parametrize("precision", list(Precision))
def test_self_check_is_passed_in_both_precisions(
    shipped: NativeModel, precision: Precision
) -> None:
    found = shipped.run(check_inputs(shipped.manifest), precision)
    for expected in shipped.manifest.check.expected:
        assert judge(shipped.manifest, expected, found[expected.tensor], precision) is Verdict.RIGHT


def draw(model: NativeModel, face: FaceParams) -> Floats:
    """The middle of the picture, (3, S/2, S/2), for a face."""
    manifest: Manifest = model.manifest
    tensors = {"portrait": waves(manifest.tensor("portrait")), "parameters": nano_parameters(face)}
    for name in ("features", "frame"):
        tensors |= run_session(model.session(manifest.graph(name), Precision.FP32), tensors)
    side = tensors["image"].shape[-1]
    return tensors["image"][0, :, side // 4 : -side // 4, side // 4 : -side // 4]


def face(**values: float) -> FaceParams:
    shapes = np.zeros(COUNT, dtype=np.float32)
    for name, value in values.items():
        shapes[B[name.upper()]] = value
    return FaceParams(0.0, blendshapes=shapes)


def test_picture_is_the_portrait_when_the_face_rests(shipped: NativeModel) -> None:
    portrait = waves(shipped.manifest.tensor("portrait"))[0]
    quarter = portrait.shape[-1] // 4
    middle = portrait[:, quarter:-quarter, quarter:-quarter]
    assert np.abs(draw(shipped, face()) - middle).mean() < 0.03


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
def test_picture_moves_when_the_face_does(shipped: NativeModel, moved: FaceParams) -> None:
    assert np.abs(draw(shipped, moved) - draw(shipped, face())).max() > 0.05


def test_parameters_are_within_one_whatever_the_face() -> None:
    wild = FaceParams(
        0.0,
        blendshapes=np.ones(COUNT, dtype=np.float32),
        rotation=quaternion.from_yaw_pitch_roll(170.0, -80.0, 90.0),
        translation=np.array([50.0, -50.0], dtype=np.float32),
        scale=9.0,
    )
    parameters = nano_parameters(wild)
    assert parameters.shape == (1, len(PARAMETERS))
    assert np.abs(parameters).max() <= 1.0


def test_heavier_model_is_made_when_one_is_asked_for(tmp_path: Path) -> None:
    manifest = build(tmp_path, ROOT / "LICENSE", Shape(width=480))
    assert manifest.gflop(GraphStage.FRAME) == pytest.approx(1.0, rel=0.1)
    image = NativeModel(tmp_path).run(check_inputs(manifest), Precision.FP32)["image"]
    assert np.isfinite(image).all()
