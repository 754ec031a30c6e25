"""The network as its definition has it, in numpy: slow, plain, and independent of the graphs.

A converted checkpoint is held against this. Nothing is folded, merged or rewritten here: batch
norms are applied as such, spectral norms are divided out as such, volumes are sampled by picking
eight corners. Arrays are float32 and have no batch axis.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.widths import Widths

Floats = npt.NDArray[np.floating]


class Tensors:
    """The tensors below a name."""

    def __init__(self, values: Mapping[str, Array], prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix

    def __getitem__(self, key: str) -> Floats:
        return self._values[self._prefix + key].astype(np.float32)

    def __contains__(self, key: str) -> bool:
        return self._prefix + key in self._values

    def at(self, name: str) -> Tensors:
        return Tensors(self._values, f"{self._prefix}{name}.")


# the parts


def appearance(t: Tensors, widths: Widths, picture: Floats) -> Floats:
    """(3, S, S) to (C, D, S/4, S/4)."""
    x = relu(batch_norm(t.at("first.norm"), conv(t.at("first.conv"), picture)))
    for i in range(widths.appearance_downs):
        block = t.at(f"down_blocks.{i}")
        x = average_pool(relu(batch_norm(block.at("norm"), conv(block.at("conv"), x))))
    x = conv(t.at("second"), x)
    x = x.reshape(widths.volume_channels, widths.depth, *x.shape[1:])
    for i in range(widths.appearance_resblocks):
        block = t.at(f"resblocks_3d.3dr{i}")
        y = conv(block.at("conv1"), relu(batch_norm(block.at("norm1"), x)))
        x = conv(block.at("conv2"), relu(batch_norm(block.at("norm2"), y))) + x
    return x


def motion(t: Tensors, widths: Widths, picture: Floats) -> dict[str, Floats]:
    """(3, S, S) to the numbers of each head."""
    t = t.at("detector")
    x = picture
    for stage, depth in enumerate(widths.motion_depths):
        down = t.at(f"downsample_layers.{stage}")
        if stage == 0:
            x = channel_norm(down.at("1"), conv(down.at("0"), x, stride=4, pad=0))
        else:
            x = conv(down.at("1"), channel_norm(down.at("0"), x), stride=2, pad=0)
        for i in range(depth):
            x = x + _convnext_branch(t.at(f"stages.{stage}.{i}"), x)
    pooled = layer_norm(t.at("norm"), x.mean(axis=(1, 2)))
    heads = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")
    return {head: linear(t.at(f"fc_{head}"), pooled) for head in heads}


def warping(
    t: Tensors, widths: Widths, feature: Floats, driving: Floats, source: Floats
) -> dict[str, Floats]:
    """(C, D, H, W) and (K, 3) twice to ``warped``, ``occlusion_map`` and ``deformation``."""
    dense = t.at("dense_motion_network")
    extent = feature.shape[1:]
    grid = identity_grid(extent)
    small = relu(batch_norm(dense.at("norm"), conv(dense.at("compress"), feature)))
    motions = [grid, *(grid - d + s for d, s in zip(driving, source, strict=True))]
    heats: list[Floats] = [np.zeros(extent, dtype=np.float32)]
    heats += [_heat(grid, d) - _heat(grid, s) for d, s in zip(driving, source, strict=True)]
    stacked = [
        np.concatenate([heat[None], sample(small, moved)])
        for heat, moved in zip(heats, motions, strict=True)
    ]
    prediction = _hourglass(dense.at("hourglass"), widths, np.concatenate(stacked))
    mask = softmax(conv(dense.at("mask"), prediction))
    deformation = np.einsum("kdhw,kdhwc->dhwc", mask, np.stack(motions))
    occlusion = sigmoid(conv(dense.at("occlusion"), prediction.reshape(-1, *extent[1:])))
    x = sample(feature, deformation).reshape(-1, *extent[1:])
    x = batch_norm(t.at("third.norm"), conv(t.at("third.conv"), x))
    x = conv(t.at("fourth"), leaky_relu(x, 0.01)) * occlusion
    return {"warped": x, "occlusion_map": occlusion, "deformation": deformation}


def generator(t: Tensors, widths: Widths, warped: Floats) -> Floats:
    """(C', H, W) to the picture (3, 8 H, 8 W)."""
    x = conv(t.at("fc"), warped)
    for i in range(widths.generator_middles):
        x = _spade_block(t.at(f"G_middle_{i}"), x, warped)
    for i in range(len(widths.generator_ups)):
        x = _spade_block(t.at(f"up_{i}"), nearest(x), warped)
    x = conv(t.at("conv_img.0"), leaky_relu(x, 0.2))
    channels, height, width = x.shape
    x = x.reshape(channels // 4, 2, 2, height, width).transpose(0, 3, 1, 4, 2)
    return sigmoid(x.reshape(channels // 4, 2 * height, 2 * width))


def perceptron(t: Tensors, values: Floats) -> Floats:
    """Linear layers with ReLU between them."""
    layer = 0
    while f"mlp.{layer}.weight" in t:
        values = linear(t.at(f"mlp.{layer}"), relu(values) if layer else values)
        layer += 2
    return values


# layers


def conv(t: Tensors, x: Floats, *, stride: int = 1, pad: int | None = None) -> Floats:
    """Convolution of any number of axes, tap by tap. Depthwise where the weight says so."""
    weight = t["weight"]
    y = _correlate(weight, x, stride, weight.shape[-1] // 2 if pad is None else pad)
    return y + t["bias"].reshape(-1, *[1] * (x.ndim - 1))


def _correlate(weight: Floats, x: Floats, stride: int, pad: int) -> Floats:
    kernel = weight.shape[2:]
    depthwise = weight.shape[1] == 1 and x.shape[0] == weight.shape[0] and x.shape[0] > 1
    padded = np.pad(x, [(0, 0), *[(pad, pad)] * len(kernel)])
    space = tuple((n - k) // stride + 1 for n, k in zip(padded.shape[1:], kernel, strict=True))
    y = np.zeros((len(weight), *space), dtype=np.float32)
    flat = y.reshape(len(weight), -1)
    # numpy hands a product to BLAS only where the rows of both sides lie close together
    by_tap = np.ascontiguousarray(np.moveaxis(weight, (0, 1), (-2, -1)))
    for tap in itertools.product(*map(range, kernel)):
        places = [
            slice(start, start + (n - 1) * stride + 1, stride)
            for start, n in zip(tap, space, strict=True)
        ]
        seen = padded[(slice(None), *places)].reshape(len(x), -1)
        taps = by_tap[tap]
        flat += taps * seen if depthwise else taps @ seen
    return y


def linear(t: Tensors, x: Floats) -> Floats:
    return np.asarray(x @ t["weight"].T + t["bias"])


def batch_norm(t: Tensors, x: Floats) -> Floats:
    mean, variance, gamma, beta = (
        t[key].reshape(-1, *[1] * (x.ndim - 1))
        for key in ("running_mean", "running_var", "weight", "bias")
    )
    return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * gamma + beta)


def layer_norm(t: Tensors, x: Floats) -> Floats:
    """Over the last axis."""
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return np.asarray((x - mean) / np.sqrt(variance + 1e-6) * t["weight"] + t["bias"])


def channel_norm(t: Tensors, x: Floats) -> Floats:
    """A layer norm over the channels of (C, H, W)."""
    return np.ascontiguousarray(layer_norm(t, x.transpose(1, 2, 0)).transpose(2, 0, 1))


def instance_norm(x: Floats) -> Floats:
    mean = x.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    variance = x.var(axis=(1, 2), keepdims=True, dtype=np.float64)
    return np.asarray((x - mean) / np.sqrt(variance + 1e-5), dtype=np.float32)


def relu(x: Floats) -> Floats:
    return np.maximum(x, 0.0)


def leaky_relu(x: Floats, slope: float) -> Floats:
    return np.where(x > 0, x, x * np.float32(slope))


def sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x.astype(np.float64))), dtype=np.float32)


def softmax(x: Floats) -> Floats:
    """Over the first axis."""
    power = np.exp(x - x.max(axis=0))
    return np.asarray(power / power.sum(axis=0))


def average_pool(x: Floats) -> Floats:
    *outer, height, width = x.shape
    return np.asarray(x.reshape(*outer, height // 2, 2, width // 2, 2).mean(axis=(-3, -1)))


def nearest(x: Floats) -> Floats:
    return x.repeat(2, axis=-2).repeat(2, axis=-1)


def identity_grid(extent: tuple[int, ...]) -> Floats:
    """(D, H, W, 3): x, y, z of every place, from -1 to 1."""
    lines = [2.0 * np.arange(n) / (n - 1) - 1.0 for n in extent]
    z, y, x = np.meshgrid(*lines, indexing="ij")
    return np.stack([x, y, z], axis=-1).astype(np.float32)


def sample(volume: Floats, places: Floats) -> Floats:
    """Trilinear sample of (C, D, H, W) at (D', H', W', 3), zeros outside.

    A coordinate g lies at pixel ((g + 1) n - 1) / 2: PyTorch's ``align_corners=False``.
    """
    extent = volume.shape[1:]
    at = [
        ((places[..., axis].astype(np.float64) + 1.0) * n - 1.0) / 2.0
        for axis, n in zip((2, 1, 0), extent, strict=True)
    ]
    total = np.zeros((volume.shape[0], *places.shape[:-1]), dtype=np.float64)
    for corner in itertools.product((0, 1), repeat=3):
        index, weight = [], np.ones(places.shape[:-1])
        for pixel, n, step in zip(at, extent, corner, strict=True):
            place = np.floor(pixel).astype(np.int64) + step
            weight *= np.maximum(0.0, 1.0 - np.abs(pixel - place)) * ((place >= 0) & (place < n))
            index.append(np.clip(place, 0, n - 1))
        total += volume[:, index[0], index[1], index[2]] * weight
    return total.astype(np.float32)


def _convnext_branch(t: Tensors, x: Floats) -> Floats:
    y = layer_norm(t.at("norm"), conv(t.at("dwconv"), x).transpose(1, 2, 0))
    y = _gelu(linear(t.at("pwconv1"), y))
    norm = np.sqrt((y * y).sum(axis=(0, 1), keepdims=True))
    relative = norm / (norm.mean(axis=-1, keepdims=True) + 1e-6)
    y = t.at("grn")["gamma"][0] * (y * relative) + t.at("grn")["beta"][0] + y
    return linear(t.at("pwconv2"), y).transpose(2, 0, 1)


def _gelu(x: Floats) -> Floats:
    """x times the normal distribution function.

    The error function by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.
    """
    z = np.abs(x.astype(np.float64)) / np.sqrt(2.0)
    s = 1.0 / (1.0 + 0.3275911 * z)
    series = 0.254829592 + s * (
        -0.284496736 + s * (1.421413741 + s * (-1.453152027 + s * 1.061405429))
    )
    erf = np.sign(x) * (1.0 - s * series * np.exp(-z * z))
    return np.asarray(0.5 * x * (1.0 + erf), dtype=np.float32)


def _heat(grid: Floats, keypoint: Floats) -> Floats:
    away = ((grid - keypoint) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-0.5 * away / 0.01), dtype=np.float32)


def _hourglass(t: Tensors, widths: Widths, x: Floats) -> Floats:
    skips = [x]
    for i in range(len(widths.hourglass)):
        block = t.at(f"encoder.down_blocks.{i}")
        x = average_pool(relu(batch_norm(block.at("norm"), conv(block.at("conv"), x))))
        skips.append(x)
    x = skips.pop()
    for i in range(len(widths.hourglass)):
        block = t.at(f"decoder.up_blocks.{i}")
        x = relu(batch_norm(block.at("norm"), conv(block.at("conv"), nearest(x))))
        x = np.concatenate([x, skips.pop()])
    last = t.at("decoder")
    return relu(batch_norm(last.at("norm"), conv(last.at("conv"), x)))


def _spade_block(t: Tensors, x: Floats, features: Floats) -> Floats:
    shortcut = x
    if "norm_s.mlp_gamma.weight" in t:
        shortcut = _spectral_conv(t.at("conv_s"), _spade(t.at("norm_s"), x, features))
    y = _spectral_conv(t.at("conv_0"), leaky_relu(_spade(t.at("norm_0"), x, features), 0.2))
    y = _spectral_conv(t.at("conv_1"), leaky_relu(_spade(t.at("norm_1"), y, features), 0.2))
    return y + shortcut


def _spade(t: Tensors, x: Floats, features: Floats) -> Floats:
    while features.shape[1] < x.shape[1]:
        features = nearest(features)
    hidden = relu(conv(t.at("mlp_shared.0"), features))
    return instance_norm(x) * (1.0 + conv(t.at("mlp_gamma"), hidden)) + conv(
        t.at("mlp_beta"), hidden
    )


def _spectral_conv(t: Tensors, x: Floats) -> Floats:
    weight = t["weight_orig"]
    matrix = weight.reshape(len(weight), -1)
    sigma = t["weight_u"] @ matrix @ t["weight_v"]
    y = _correlate(weight / sigma, x, 1, weight.shape[-1] // 2)
    return y + t["bias"].reshape(-1, 1, 1) if "bias" in t else y
