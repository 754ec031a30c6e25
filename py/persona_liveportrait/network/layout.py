"""Every tensor that a checkpoint must hold, with its shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from persona_liveportrait.network.parts import MOTION_HEADS, NetworkPart
from persona_liveportrait.network.widths import Shape, Widths

Layout = dict[str, Shape]

UNUSED_SUFFIX = "num_batches_tracked"
"""A counter that every BatchNorm carries and nobody reads; repackaged files may lack it."""


def expected_layout(widths: Widths) -> dict[NetworkPart, Layout]:
    """The tensors of a network by part."""
    return {
        NetworkPart.APPEARANCE: _appearance(widths),
        NetworkPart.MOTION: _motion(widths),
        NetworkPart.WARPING: _warping(widths),
        NetworkPart.GENERATOR: _generator(widths),
        NetworkPart.STITCHING: _perceptron(
            (6 * widths.keypoints, *widths.stitching, 3 * widths.keypoints + 2)
        ),
        NetworkPart.EYE: _perceptron((3 * widths.keypoints + 3, *widths.eye, 3 * widths.keypoints)),
        NetworkPart.LIP: _perceptron((3 * widths.keypoints + 2, *widths.lip, 3 * widths.keypoints)),
    }


def _appearance(w: Widths) -> Layout:
    channels = [w.appearance_first * 2**i for i in range(w.appearance_downs + 1)]
    volume = w.volume_channels * w.depth
    layout = _conv("first.conv", 3, channels[0], (3, 3)) | _batch_norm("first.norm", channels[0])
    for i in range(w.appearance_downs):
        layout |= _conv_norm(f"down_blocks.{i}", channels[i], channels[i + 1], (3, 3))
    layout |= _conv("second", channels[-1], volume, (1, 1))
    for i in range(w.appearance_resblocks):
        for n in (1, 2):
            name = f"resblocks_3d.3dr{i}"
            layout |= _conv(f"{name}.conv{n}", w.volume_channels, w.volume_channels, (3, 3, 3))
            layout |= _batch_norm(f"{name}.norm{n}", w.volume_channels)
    return layout


def _motion(w: Widths) -> Layout:
    dims = w.motion_dims
    layout = _conv("downsample_layers.0.0", 3, dims[0], (4, 4))
    layout |= _pair("downsample_layers.0.1", dims[0])
    for i in range(1, len(dims)):
        layout |= _pair(f"downsample_layers.{i}.0", dims[i - 1])
        layout |= _conv(f"downsample_layers.{i}.1", dims[i - 1], dims[i], (2, 2))
    for i, (dim, depth) in enumerate(zip(dims, w.motion_depths, strict=True)):
        for j in range(depth):
            layout |= _convnext_block(f"stages.{i}.{j}", dim)
    layout |= _pair("norm", dims[-1])
    sizes = {"scale": 1, "t": 3, "exp": 3 * w.keypoints, "kp": 3 * w.keypoints}
    for head in MOTION_HEADS:
        layout |= _linear(f"fc_{head}", dims[-1], sizes.get(head, w.bins))
    return {f"detector.{key}": shape for key, shape in layout.items()}


def _convnext_block(name: str, dim: int) -> Layout:
    return {
        **_conv(f"{name}.dwconv", 1, dim, (7, 7)),
        **_pair(f"{name}.norm", dim),
        **_linear(f"{name}.pwconv1", dim, 4 * dim),
        f"{name}.grn.gamma": (1, 1, 1, 4 * dim),
        f"{name}.grn.beta": (1, 1, 1, 4 * dim),
        **_linear(f"{name}.pwconv2", 4 * dim, dim),
    }


def _warping(w: Widths) -> Layout:
    points = w.keypoints + 1
    stacked = points * (w.compressed + 1)
    cube = (3, 3, 3)
    downs = [stacked, *w.hourglass]
    ups = [*reversed(w.hourglass[:-1]), w.hourglass_out]
    dense: Layout = {}
    for i, out in enumerate(w.hourglass):
        dense |= _conv_norm(f"hourglass.encoder.down_blocks.{i}", downs[i], out, cube)
    given = w.hourglass[-1]
    for i, out in enumerate(ups):
        dense |= _conv_norm(f"hourglass.decoder.up_blocks.{i}", given, out, cube)
        given = out + downs[-2 - i]
    dense |= _conv("hourglass.decoder.conv", given, given, cube)
    dense |= _batch_norm("hourglass.decoder.norm", given)
    dense |= _conv("mask", given, points, (7, 7, 7))
    dense |= _conv("compress", w.volume_channels, w.compressed, (1, 1, 1))
    dense |= _batch_norm("norm", w.compressed)
    dense |= _conv("occlusion", given * w.depth, 1, (7, 7))
    layout = {f"dense_motion_network.{key}": shape for key, shape in dense.items()}
    layout |= _conv_norm("third", w.volume_channels * w.depth, w.warped, (3, 3))
    return layout | _conv("fourth", w.warped, w.warped, (1, 1))


def _generator(w: Widths) -> Layout:
    layout = _conv("fc", w.warped, w.generator_middle, (3, 3))
    for i in range(w.generator_middles):
        layout |= _spade_block(f"G_middle_{i}", w.generator_middle, w.generator_middle, w)
    given = w.generator_middle
    for i, out in enumerate(w.generator_ups):
        layout |= _spade_block(f"up_{i}", given, out, w)
        given = out
    return layout | _conv("conv_img.0", given, 12, (3, 3))


def _spade_block(name: str, given: int, out: int, w: Widths) -> Layout:
    middle = min(given, out)
    layout = _spectral(f"{name}.conv_0", given, middle, 3, bias=True)
    layout |= _spectral(f"{name}.conv_1", middle, out, 3, bias=True)
    norms = {"norm_0": given, "norm_1": middle}
    if given != out:
        layout |= _spectral(f"{name}.conv_s", given, out, 1, bias=False)
        norms["norm_s"] = given
    for norm, channels in norms.items():
        layout |= _conv(f"{name}.{norm}.mlp_shared.0", w.warped, w.spade_hidden, (3, 3))
        for steer in ("mlp_gamma", "mlp_beta"):
            layout |= _conv(f"{name}.{norm}.{steer}", w.spade_hidden, channels, (3, 3))
    return layout


def _spectral(name: str, given: int, out: int, kernel: int, *, bias: bool) -> Layout:
    layout: Layout = {f"{name}.bias": (out,)} if bias else {}
    layout[f"{name}.weight_orig"] = (out, given, kernel, kernel)
    layout[f"{name}.weight_u"] = (out,)
    layout[f"{name}.weight_v"] = (given * kernel * kernel,)
    return layout


def _conv_norm(name: str, given: int, out: int, kernel: Sequence[int]) -> Layout:
    return _conv(f"{name}.conv", given, out, kernel) | _batch_norm(f"{name}.norm", out)


def _conv(name: str, given: int, out: int, kernel: Iterable[int]) -> Layout:
    return {f"{name}.weight": (out, given, *kernel), f"{name}.bias": (out,)}


def _linear(name: str, given: int, out: int) -> Layout:
    return {f"{name}.weight": (out, given), f"{name}.bias": (out,)}


def _pair(name: str, channels: int) -> Layout:
    return {f"{name}.weight": (channels,), f"{name}.bias": (channels,)}


def _batch_norm(name: str, channels: int) -> Layout:
    means = {f"{name}.running_mean": (channels,), f"{name}.running_var": (channels,)}
    return _pair(name, channels) | means | {f"{name}.{UNUSED_SUFFIX}": ()}


def _perceptron(sizes: Sequence[int]) -> Layout:
    layout: Layout = {}
    for i, (given, out) in enumerate(pairwise(sizes)):
        layout |= _linear(f"mlp.{2 * i}", given, out)
    return layout
