"""Holds each converted part against the definition of the network.

The graphs are built once more for a small portrait, and run in onnxruntime beside
:mod:`reference` on the same fixed inputs and the checkpoint's own weights: first with all weights
in float32, where nothing but a mistake can make a difference, then as the part is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest import Precision, Tensor
from persona_core.neural.self_check import waves
from persona_liveportrait.errors import VerificationError
from persona_liveportrait.graphs.recipe import Recipe, write_graphs
from persona_liveportrait.network import reference
from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.parts import NetworkPart
from persona_liveportrait.network.reference import Tensors
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.native import open_session, run_session

SIZE = 128
"""Side of the portrait; the smallest that the hourglass can halve five times."""
TOLERANCE: Mapping[Precision, float] = {Precision.FP32: 1e-3, Precision.FP16: 2e-2}
"""Greatest difference over greatest value, by what the weights are stored in."""


def fixed_keypoints(count: int) -> tuple[Floats, Floats]:
    """Keypoints of a portrait and of a frame, (1, K, 3) each: a spiral, and it moved."""
    turn = np.arange(count) * 2.4
    radius = 0.6 * np.sqrt((np.arange(count) + 0.5) / count)
    source = np.stack([radius * np.cos(turn), radius * np.sin(turn), 0.2 * np.cos(3 * turn)], -1)
    moved = source * 1.03 + 0.04 * np.sin(np.arange(3 * count)).reshape(count, 3)
    rounded = [np.round(each, 4).astype(np.float32)[None] for each in (source, moved)]
    return rounded[0], rounded[1]


def fixed_inputs(recipe: Recipe, tensors: Mapping[str, Array], widths: Widths) -> dict[str, Floats]:
    """The inputs that a part is verified on, by tensor."""
    source, moved = fixed_keypoints(widths.keypoints)
    side = SIZE // 4
    shapes: Mapping[NetworkPart, Mapping[str, tuple[int, ...]]] = {
        NetworkPart.APPEARANCE: {"portrait": (1, 3, SIZE, SIZE)},
        NetworkPart.MOTION: {"portrait": (1, 3, SIZE, SIZE)},
        NetworkPart.WARPING: {"feature_3d": (1, widths.volume_channels, widths.depth, side, side)},
        NetworkPart.GENERATOR: {"warped": (1, widths.warped, side, side)},
    }
    inputs = {
        name: waves(Tensor(name, shape)) for name, shape in shapes.get(recipe.part, {}).items()
    }
    if recipe.part is NetworkPart.WARPING:
        return inputs | {"kp_source": source, "kp_driving": moved}
    if recipe.part is NetworkPart.STITCHING:
        return {"kp_source": source, "kp_target": moved}
    if recipe.part in (NetworkPart.EYE, NetworkPart.LIP):
        size = tensors["mlp.0.weight"].shape[1]
        return {f"{recipe.part.value}_condition": np.resize(source, (1, size))}
    return inputs


def expected_outputs(
    part: NetworkPart, tensors: Mapping[str, Array], widths: Widths, inputs: Mapping[str, Floats]
) -> dict[str, Floats]:
    """What the definition of the network gives, without batch axes."""
    t = Tensors(tensors)
    given = {name: values[0] for name, values in inputs.items()}
    if part is NetworkPart.APPEARANCE:
        return {"feature_3d": reference.appearance(t, widths, given["portrait"])}
    if part is NetworkPart.MOTION:
        return reference.motion(t, widths, given["portrait"])
    if part is NetworkPart.WARPING:
        return reference.warping(
            t, widths, given["feature_3d"], given["kp_driving"], given["kp_source"]
        )
    if part is NetworkPart.GENERATOR:
        return {"image": reference.generator(t, widths, given["warped"])}
    if part is NetworkPart.STITCHING:
        source, target = given["kp_source"], given["kp_target"]
        offsets = reference.perceptron(t, np.concatenate([source.ravel(), target.ravel()]))
        driving = target + offsets[:-2].reshape(-1, 3)
        driving[:, :2] += offsets[-2:]
        return {"stitching": offsets, "kp_driving": driving}
    condition = given[f"{part.value}_condition"]
    return {f"{part.value}_offsets": reference.perceptron(t, condition)}


def verify_part(
    recipe: Recipe,
    tensors: Mapping[str, Array],
    widths: Widths,
    stored: Precision,
    scratch: Path,
    note: Callable[[str], None],
) -> None:
    """Verifies one part, with weights in float32 and as they are stored.

    Raises:
        VerificationError: an output differs by more than :data:`TOLERANCE`.
    """
    inputs = fixed_inputs(recipe, tensors, widths)
    expected = expected_outputs(recipe.part, tensors, widths, inputs)
    for kept in dict.fromkeys((Precision.FP32, stored)):
        path = scratch / f"verify-{recipe.part.value}-{kept.value}.bin"
        graphs = write_graphs(recipe, tensors, widths, SIZE, path, kept)
        weights = {path.name: path.read_bytes()}
        path.unlink()
        for precision, graph in graphs.items():
            session = open_session(graph.SerializeToString(), weights)
            error, worst = greatest_error(expected, run_session(session, inputs))
            what = f"{recipe.part.value}, weights {kept.value}, computed in {precision.value}"
            note(f"{what}: greatest relative error {error:.1e} ({worst})")
            if not error <= TOLERANCE[kept]:
                raise VerificationError(
                    f"{what}: {worst} differs by {error:.1e} of its greatest value, allowed are "
                    f"{TOLERANCE[kept]:.0e}.",
                    remedy="report it with the versions of onnx and onnxruntime; where only half "
                    "floats differ, convert with --precision fp32",
                )


def greatest_error(
    expected: Mapping[str, Floats], found: Mapping[str, Floats]
) -> tuple[float, str]:
    """The greatest difference over the tensor's greatest value, and in which tensor."""
    errors = {}
    for name, values in expected.items():
        difference = np.abs(found[name].reshape(values.shape) - values).max()
        errors[name] = float(difference / max(np.abs(values).max(), 1e-12))
    # NaN must not hide behind a number
    worst = max(errors, key=lambda name: np.nan_to_num(errors[name], nan=np.inf))
    return errors[worst], worst
