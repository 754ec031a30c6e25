"""The self-check: a known run whose result tells whether a backend computes rightly.

Drivers have given zeros, NaN and black pictures where they promised 16-bit floats, without an
error. So before a backend is trusted it computes the run that the manifest describes, and what
comes out is held against what came out when the model was made.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest import Expected, Manifest, Precision, Tensor

SAMPLES: Final = 96
"""Samples that are kept of a tensor."""
_WAVES: Final = ((3, 1, 0), (1, 2, 5), (2, -3, 11))
"""Waves along x and y, and the phase in 16ths of a period, of the three channels."""


class Verdict(Enum):
    """What a tensor of the self-check turned out to be; the value is a reason code."""

    RIGHT = "right"
    NOT_FINITE = "not-finite"
    ALL_EQUAL = "all-equal"
    """Zeros, or one value everywhere, where the model gives a picture."""
    WRONG = "wrong"


def check_inputs(manifest: Manifest) -> dict[str, Floats]:
    """The inputs of the self-check by tensor."""
    interface = manifest.interface
    names = [*interface.once, *interface.parameters]
    if interface.portrait is not None:
        names.append(interface.portrait)
    inputs = {}
    for name in names:
        tensor = manifest.tensor(name)
        values = manifest.check.inputs.get(name)
        inputs[name] = (
            waves(tensor)
            if values is None
            else np.array(values, dtype=np.float32).reshape(tensor.shape)
        )
    return inputs


def waves(tensor: Tensor) -> Floats:
    """A smooth test picture in [0, 1]: slanted triangle waves, different in each channel.

    It is made of whole numbers, so that it is the same to the last bit on every machine.

    Args:
        tensor: any shape; the last two axes are y and x, the one before them the channel.
    """
    shape = (1, 1, *tensor.shape)[-3:]
    channel, y, x = np.indices(shape, dtype=np.int64)
    along_x, along_y, phase = np.array(_WAVES, dtype=np.int64)[channel % len(_WAVES)].transpose(
        3, 0, 1, 2
    )
    height, width = shape[1:]
    period = 16 * height * width
    place = 16 * (along_x * x * height + along_y * y * width) + phase * height * width
    triangle = 1.0 - np.abs(2.0 * (place % period) / period - 1.0)
    picture: Floats = triangle.astype(np.float32)
    if len(tensor.shape) < 3:
        return picture.reshape(tensor.shape)
    return np.ascontiguousarray(np.broadcast_to(picture, tensor.shape))


def record(tensor: Tensor, values: Floats) -> Expected:
    """What the manifest keeps of a right result.

    Args:
        values: the tensor's whole content.
    """
    flat = values.reshape(-1)
    at = np.unique(np.linspace(0, flat.size - 1, min(SAMPLES, flat.size)).astype(np.int64))
    return Expected(
        tensor=tensor.name,
        scale=float(np.abs(flat).max()),
        mean=float(flat.mean(dtype=np.float64)),
        at=tuple(at.tolist()),
        values=tuple(flat[at].tolist()),
    )


def judge(manifest: Manifest, expected: Expected, values: Floats, precision: Precision) -> Verdict:
    """Whether a tensor holds what it should.

    Args:
        values: the tensor's whole content, any shape.
        precision: what the graphs computed in.
    """
    flat = values.reshape(-1)
    if flat.size != manifest.tensor(expected.tensor).size:
        return Verdict.WRONG
    if not np.isfinite(flat).all():
        return Verdict.NOT_FINITE
    wanted = np.array(expected.values, dtype=np.float32)
    if flat.min() == flat.max() and wanted.min() != wanted.max():
        return Verdict.ALL_EQUAL
    right = deviation(expected, flat) <= manifest.check.tolerance[precision]
    return Verdict.RIGHT if right else Verdict.WRONG


def deviation(expected: Expected, values: Floats) -> float:
    """How far a tensor is from what is expected: the mean absolute difference of the samples, or
    of the whole tensor's mean if that is more, over the samples' mean absolute value.

    Zeros deviate by 1. A mean is taken because single values may differ much where nothing is
    wrong: half floats flip a value here and there that a deep network has on edge.

    Args:
        values: the tensor's whole content, any shape, finite.
    """
    flat = values.reshape(-1)
    wanted = np.array(expected.values, dtype=np.float64)
    unit = max(float(np.abs(wanted).mean()), 1e-3 * expected.scale)
    off = float(np.abs(flat[list(expected.at)] - wanted).mean())
    drift = abs(float(flat.mean(dtype=np.float64)) - expected.mean)
    return max(off, drift) / unit
