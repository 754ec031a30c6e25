"""``PatchNet``: draws a mouth or an eye over what the warp made of it.

A small U of convolutions. It draws at half size (pixels are folded into channels and out again),
is told the landmarks at its narrowest place, and answers with a residual and a gate:
``warp + residual * sigmoid(gate)``. Where the gate is shut the warp stays as it is. Every
operation is a convolution, a bilinear resize or a shuffle, which all browser backends have.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from persona_models.lite.patch_inputs import PLANES

_FOLD = 2
_OUT = 4  # red, green, blue of the residual, and the gate
_SLOPE = 0.1


@dataclass(frozen=True, slots=True)
class PatchShape:
    """Attributes:

    size: side of the patch in pixels, a multiple of 8.
    vector: how many numbers describe the landmarks.
    widths: channels at a half, a quarter and an eighth of the size.
    """

    size: int
    vector: int
    widths: tuple[int, int, int] = (48, 72, 112)


class _Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, stride, 1)
        nn.init.kaiming_normal_(self.conv.weight, _SLOPE)
        _clear_bias(self.conv)

    def forward(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(self.conv(x), _SLOPE)


class PatchNet(nn.Module):
    """The net.

    Args:
        shape: sizes.
    """

    def __init__(self, shape: PatchShape) -> None:
        super().__init__()
        self.shape = shape
        wide, wider, widest = shape.widths
        told = 64
        self.first = nn.Sequential(_Block(PLANES * _FOLD**2, wide), _Block(wide, wide))
        self.second = nn.Sequential(_Block(wide, wider, 2), _Block(wider, wider))
        self.third = _Block(wider, widest, 2)
        self.tell = nn.Sequential(
            nn.Linear(shape.vector, 96), nn.LeakyReLU(_SLOPE), nn.Linear(96, told)
        )
        self.think = nn.Sequential(_Block(widest + told, widest), _Block(widest, widest))
        self.narrow_two = nn.Conv2d(widest, wider, 1)
        self.join_two = _Block(2 * wider, wider)
        self.narrow_one = nn.Conv2d(wider, wide, 1)
        self.join_one = nn.Sequential(_Block(2 * wide, wide), _Block(wide, wide))
        self.answer = nn.Conv2d(wide, _OUT * _FOLD**2, 3, 1, 1)
        # The untrained net leaves the warp nearly as it is.
        nn.init.normal_(self.answer.weight, 0.0, 0.001)
        _clear_bias(self.answer)

    def forward(self, planes: Tensor, vector: Tensor) -> Tensor:
        """(B, 3, size, size): the picture of planes (B, 11, size, size), vector (B, V)."""
        half = self.first(functional.pixel_unshuffle(planes, _FOLD))
        quarter = self.second(half)
        eighth = self.third(quarter)
        told = functional.leaky_relu(self.tell(vector), _SLOPE)[:, :, None, None]
        told = told.expand(-1, -1, eighth.shape[2], eighth.shape[3])
        eighth = self.think(torch.cat([eighth, told], dim=1))
        quarter = self.join_two(torch.cat([_double(self.narrow_two(eighth)), quarter], dim=1))
        half = self.join_one(torch.cat([_double(self.narrow_one(quarter)), half], dim=1))
        answer = functional.pixel_shuffle(self.answer(half), _FOLD)
        # The gate starts three quarters open, so that the residual learns from the first step.
        gate = torch.sigmoid(3.0 * answer[:, 3:] + 1.0)
        return planes[:, :3] + answer[:, :3] * gate


def _clear_bias(conv: nn.Conv2d) -> None:
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
