"""How far a drawn patch is from the truth: colours, edges, structure and sharpness, the inner
parts thrice."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from persona_models.lite.patch_frame import FEATHER
from persona_models.lite.patch_inputs import FINE, INSIDE

GRADIENT_WEIGHT = 0.8
STRUCTURE_WEIGHT = 0.12
SHARPNESS_WEIGHT = 1.0
INNER_WEIGHT = 2.0
"""What being inside the mouth's opening or the lids adds to a pixel's weight of 1."""
_WINDOW = 5
_SHARPNESS_WINDOW = 7
_SHARPNESS_FLOOR = 1e-5  # of the squared gradient: a root has no slope at 0


def weights(planes: Tensor) -> Tensor:
    """(B, 1, size, size): what each pixel counts.

    Args:
        planes: (B, 11, size, size) inputs; their masks say what is inside now or was in the photo.
    """
    inner = torch.maximum(planes[:, INSIDE : INSIDE + 1], planes[:, FINE + 1 : FINE + 2])
    return feather(planes.shape[-1]).to(planes) * (1.0 + INNER_WEIGHT * inner)


def feather(size: int) -> Tensor:
    """(1, 1, size, size) float32: 1 within a patch, 0 at its border, where it hardly shows."""
    line = torch.arange(size, dtype=torch.float32) + 0.5
    ramp = (torch.minimum(line, size - line) / FEATHER).clamp(0.0, 1.0)
    ramp = ramp * ramp * (3.0 - 2.0 * ramp)
    return (ramp[:, None] * ramp[None])[None, None]


def patch_loss(drawn: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Weighted L1 + 0.8 L1 of the gradient + 0.12 (1 - SSIM) + L1 of the sharpness; a scalar.

    The first three are least for a picture that is blurred where the truth cannot be known. The
    last one asks for as much texture as there really is, wherever it may lie.

    Args:
        drawn: (B, 3, size, size).
        truth: likewise.
        weight: (B, 1, size, size).
    """
    colour = ((drawn - truth).abs() * weight).mean()
    across = (drawn - truth).diff(dim=3).abs() * weight[..., 1:]
    down = (drawn - truth).diff(dim=2).abs() * weight[..., 1:, :]
    rim = _WINDOW // 2
    alike = structure(drawn, truth)
    unlike = ((1.0 - alike) * weight[..., rim:-rim, rim:-rim]).mean()
    rim = _SHARPNESS_WINDOW // 2
    dull = ((sharpness(drawn) - sharpness(truth)).abs() * weight[..., rim:-rim, rim:-rim]).mean()
    edges = across.mean() + down.mean()
    return colour + GRADIENT_WEIGHT * edges + STRUCTURE_WEIGHT * unlike + SHARPNESS_WEIGHT * dull


def sharpness(picture: Tensor) -> Tensor:
    """Root mean square of the brightness gradient in each 7 x 7 window: (B, 1, size - 6, ...).

    Args:
        picture: (B, 3, size, size).
    """
    brightness = functional.pad(picture.mean(dim=1, keepdim=True), (0, 1, 0, 1), mode="replicate")
    across = brightness[..., :-1, 1:] - brightness[..., :-1, :-1]
    down = brightness[..., 1:, :-1] - brightness[..., :-1, :-1]
    energy = functional.avg_pool2d(across * across + down * down, _SHARPNESS_WINDOW, 1)
    return torch.sqrt(energy + _SHARPNESS_FLOOR)


def structure(one: Tensor, other: Tensor) -> Tensor:
    """SSIM (Wang et al. 2004) of every 5 x 5 window, values of [0, 1]: (B, 3, size - 4, ...)."""

    def mean(x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, _WINDOW, 1)

    a, b = mean(one), mean(other)
    spread_a, spread_b = mean(one * one) - a * a, mean(other * other) - b * b
    together = mean(one * other) - a * b
    light, contrast = 0.01**2, 0.03**2
    return ((2 * a * b + light) * (2 * together + contrast)) / (
        (a * a + b * b + light) * (spread_a + spread_b + contrast)
    )
