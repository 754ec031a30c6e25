"""The network in PyTorch, to measure our graphs against on the same machine.

Written from the layers' definitions as :mod:`persona_liveportrait.network.reference` is, with
PyTorch's own operators: 5-D ``grid_sample``, BatchNorm in evaluation mode, one convolution for each
that the network has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from persona_liveportrait.network import fold
from persona_liveportrait.network.fold import CONVNEXT_EPS, Array
from persona_liveportrait.network.parts import MOTION_HEADS, NetworkPart
from persona_liveportrait.network.widths import Widths


class TorchNetwork:
    """All parts, on one device in one type.

    Args:
        weights: float arrays by part and key; spectral norms are folded as they are loaded.
    """

    def __init__(
        self,
        weights: Mapping[NetworkPart, Mapping[str, Array]],
        widths: Widths,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._widths = widths
        self._device, self._dtype = device, dtype
        self._tensors = {part: self._load(tensors) for part, tensors in weights.items()}

    def appearance(self, portrait: Tensor) -> Tensor:
        """(1, 3, S, S) to (1, C, D, S/4, S/4)."""
        t, w = _Scope(self._tensors[NetworkPart.APPEARANCE]), self._widths
        x = F.relu(t.norm("first.norm", t.conv("first.conv", portrait)))
        for i in range(w.appearance_downs):
            name = f"down_blocks.{i}"
            x = F.avg_pool2d(F.relu(t.norm(f"{name}.norm", t.conv(f"{name}.conv", x))), 2)
        x = t.conv("second", x)
        x = x.view(1, w.volume_channels, w.depth, *x.shape[2:])
        for i in range(w.appearance_resblocks):
            name = f"resblocks_3d.3dr{i}"
            y = t.conv(f"{name}.conv1", F.relu(t.norm(f"{name}.norm1", x)))
            x = t.conv(f"{name}.conv2", F.relu(t.norm(f"{name}.norm2", y))) + x
        return x

    def motion(self, portrait: Tensor) -> dict[str, Tensor]:
        """(1, 3, S, S) to the numbers of each head."""
        t = _Scope(self._tensors[NetworkPart.MOTION], "detector.")
        x = portrait
        for stage, depth in enumerate(self._widths.motion_depths):
            down = f"downsample_layers.{stage}"
            if stage == 0:
                x = t.layer_norm(f"{down}.1", t.conv(f"{down}.0", x, stride=4, padding=0), 1)
            else:
                x = t.conv(f"{down}.1", t.layer_norm(f"{down}.0", x, 1), stride=2, padding=0)
            for i in range(depth):
                x = x + _convnext_branch(t, f"stages.{stage}.{i}", x)
        pooled = t.layer_norm("norm", x.mean((2, 3)), -1)
        return {head: t.linear(f"fc_{head}", pooled) for head in MOTION_HEADS}

    def warping(self, feature: Tensor, driving: Tensor, source: Tensor) -> dict[str, Tensor]:
        """(1, C, D, H, W) and (1, K, 3) twice to the three tensors of the warping."""
        t = _Scope(self._tensors[NetworkPart.WARPING])
        extent = feature.shape[2:]
        grid = self._grid(extent)
        d, s = (each[0].view(-1, 1, 1, 1, 3) for each in (driving, source))
        motions = torch.cat([grid[None], grid + (s - d)])
        heats = _heat(grid, d) - _heat(grid, s)
        heats = torch.cat([torch.zeros_like(heats[:1]), heats])
        name = "dense_motion_network"
        small = F.relu(t.norm(f"{name}.norm", t.conv(f"{name}.compress", feature)))
        small = small.expand(len(motions), -1, -1, -1, -1)
        moved = F.grid_sample(small, motions, align_corners=False)
        stacked = torch.cat([heats[:, None], moved], dim=1).flatten(0, 1)[None]
        prediction = self._hourglass(t, f"{name}.hourglass", stacked)
        mask = t.conv(f"{name}.mask", prediction).softmax(dim=1)
        deformation = (mask[0, ..., None] * motions).sum(dim=0)[None]
        occlusion = t.conv(f"{name}.occlusion", prediction.flatten(1, 2)).sigmoid()
        x = F.grid_sample(feature, deformation, align_corners=False).flatten(1, 2)
        x = F.leaky_relu(t.norm("third.norm", t.conv("third.conv", x)), 0.01)
        warped = t.conv("fourth", x) * occlusion
        return {"warped": warped, "occlusion_map": occlusion, "deformation": deformation}

    def generator(self, warped: Tensor) -> Tensor:
        """(1, C', H, W) to the picture (1, 3, 8 H, 8 W)."""
        t, w = _Scope(self._tensors[NetworkPart.GENERATOR]), self._widths
        x = t.conv("fc", warped)
        for i in range(w.generator_middles):
            x = _spade_block(t, f"G_middle_{i}", x, warped)
        for i in range(len(w.generator_ups)):
            x = _spade_block(t, f"up_{i}", F.interpolate(x, scale_factor=2), warped)
        x = t.conv("conv_img.0", F.leaky_relu(x, 0.2))
        return F.pixel_shuffle(x, 2).sigmoid()

    def _hourglass(self, t: _Scope, name: str, x: Tensor) -> Tensor:
        skips = [x]
        levels = range(len(self._widths.hourglass))
        for i in levels:
            block = f"{name}.encoder.down_blocks.{i}"
            x = F.relu(t.norm(f"{block}.norm", t.conv(f"{block}.conv", x)))
            x = F.avg_pool3d(x, (1, 2, 2))
            skips.append(x)
        x = skips.pop()
        for i in levels:
            block = f"{name}.decoder.up_blocks.{i}"
            x = t.conv(f"{block}.conv", F.interpolate(x, scale_factor=(1, 2, 2)))
            x = torch.cat([F.relu(t.norm(f"{block}.norm", x)), skips.pop()], dim=1)
        return F.relu(t.norm(f"{name}.decoder.norm", t.conv(f"{name}.decoder.conv", x)))

    def _grid(self, extent: Sequence[int]) -> Tensor:
        """(D, H, W, 3): x, y, z of every place, from -1 to 1."""
        lines = [
            torch.linspace(-1.0, 1.0, n, device=self._device, dtype=self._dtype) for n in extent
        ]
        z, y, x = torch.meshgrid(*lines, indexing="ij")
        return torch.stack([x, y, z], dim=-1)

    def _load(self, tensors: Mapping[str, Array]) -> dict[str, Tensor]:
        loaded = {}
        for key, values in tensors.items():
            if key.endswith("weight_orig"):
                name = key.removesuffix("_orig")
                values = fold.fold_spectral_norm(values, tensors[f"{name}_u"], tensors[f"{name}_v"])
                key = name
            if values.dtype.kind == "f":
                loaded[key] = torch.tensor(values, dtype=self._dtype, device=self._device)
        return loaded


class _Scope:
    """The tensors below a name, and the layers that use them."""

    def __init__(self, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
        self._tensors = tensors
        self._prefix = prefix

    def __getitem__(self, key: str) -> Tensor:
        return self._tensors[self._prefix + key]

    def get(self, key: str) -> Tensor | None:
        return self._tensors.get(self._prefix + key)

    def conv(self, name: str, x: Tensor, *, stride: int = 1, padding: int | None = None) -> Tensor:
        weight = self[f"{name}.weight"]
        operation = F.conv2d if weight.ndim == 4 else F.conv3d
        pad = weight.shape[-1] // 2 if padding is None else padding
        groups = x.shape[1] // weight.shape[1]
        return operation(x, weight, self.get(f"{name}.bias"), stride, pad, groups=groups)

    def norm(self, name: str, x: Tensor) -> Tensor:
        mean, variance = self[f"{name}.running_mean"], self[f"{name}.running_var"]
        return F.batch_norm(x, mean, variance, self[f"{name}.weight"], self[f"{name}.bias"])

    def layer_norm(self, name: str, x: Tensor, axis: int) -> Tensor:
        weight, bias = self[f"{name}.weight"], self[f"{name}.bias"]
        last = x.movedim(axis, -1)
        return F.layer_norm(last, weight.shape, weight, bias, CONVNEXT_EPS).movedim(-1, axis)

    def linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self[f"{name}.weight"], self[f"{name}.bias"])


def _convnext_branch(t: _Scope, name: str, x: Tensor) -> Tensor:
    y = t.conv(f"{name}.dwconv", x).permute(0, 2, 3, 1)
    y = F.gelu(t.linear(f"{name}.pwconv1", t.layer_norm(f"{name}.norm", y, -1)))
    norm = torch.linalg.vector_norm(y, dim=(1, 2), keepdim=True)
    relative = norm / (norm.mean(dim=-1, keepdim=True) + CONVNEXT_EPS)
    y = t[f"{name}.grn.gamma"] * (y * relative) + t[f"{name}.grn.beta"] + y
    return t.linear(f"{name}.pwconv2", y).permute(0, 3, 1, 2)


def _heat(grid: Tensor, keypoints: Tensor) -> Tensor:
    return torch.exp(-0.5 * ((grid - keypoints) ** 2).sum(dim=-1) / 0.01)


def _spade_block(t: _Scope, name: str, x: Tensor, features: Tensor) -> Tensor:
    shortcut = x
    if t.get(f"{name}.conv_s.weight") is not None:
        shortcut = t.conv(f"{name}.conv_s", _spade(t, f"{name}.norm_s", x, features))
    y = F.leaky_relu(_spade(t, f"{name}.norm_0", x, features), 0.2)
    y = t.conv(f"{name}.conv_0", y)
    y = F.leaky_relu(_spade(t, f"{name}.norm_1", y, features), 0.2)
    return t.conv(f"{name}.conv_1", y) + shortcut


def _spade(t: _Scope, name: str, x: Tensor, features: Tensor) -> Tensor:
    features = F.interpolate(features, size=x.shape[2:])
    hidden = F.relu(t.conv(f"{name}.mlp_shared.0", features))
    scale = 1 + t.conv(f"{name}.mlp_gamma", hidden)
    return F.instance_norm(x) * scale + t.conv(f"{name}.mlp_beta", hidden)
