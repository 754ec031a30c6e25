"""``Critic``: tells real patches from drawn ones, and so what the drawn ones lack.

Losses that compare pixels are least for the mean of all that a picture may be: teeth that can only
be guessed become grey. A critic that looks at small places, each by itself, lets a net choose
(Isola et al. 2017, "Image-to-Image Translation with Conditional Adversarial Networks"); that its
features of a drawn patch shall be those of the real one keeps both calm (Wang et al. 2018,
"High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs").
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from persona_models.lite.patch_inputs import FINE, INSIDE
from persona_models.train.patch_loss import feather

_SLOPE = 0.2
_STRIDE = 4
"""Pixels of a patch to a place that is judged; each sees 26 pixels."""
_REACH = 3
"""Pixels about the inside that are judged with it."""
_LIKENESS = 1.0
"""Weight of the features' likeness beside the verdict."""


class CriticNet(nn.Module):
    """Judges places of a patch, knowing its masks."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Conv2d(5, 32, 4, 2, 1),
                nn.Conv2d(32, 64, 4, 2, 1),
                nn.Conv2d(64, 96, 3, 1, 1),
            ]
        )
        self.verdict = nn.Conv2d(96, 1, 3, 1, 1)
        for weight in self.parameters():
            if weight.ndim > 1:
                nn.init.kaiming_normal_(weight, _SLOPE)

    def forward(self, colours: Tensor, planes: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, 1, size / 4, size / 4) verdicts, above 0 for real; and the features of each layer.

        Args:
            colours: (B, 3, size, size).
            planes: (B, 11, size, size) the net's inputs, of which two masks are looked at.
        """
        x = torch.cat([colours * 2.0 - 1.0, planes[:, INSIDE : FINE + 1]], dim=1)
        features = []
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), _SLOPE)
            features.append(x)
        return self.verdict(x), features


class Critic:
    """A critic net that learns beside the net that it judges.

    Args:
        rate: of its Adam.
        device: where it computes.

    Attributes:
        steps: that it has learned for.
    """

    def __init__(self, rate: float, device: torch.device) -> None:
        self._net = CriticNet().to(device)
        self._optimiser = torch.optim.Adam(self._net.parameters(), rate, betas=(0.5, 0.99))
        self.steps = 0

    def complaint(self, drawn: Tensor, truths: Tensor, planes: Tensor) -> Tensor:
        """What is wrong with drawn patches; a scalar whose slope leads to real ones."""
        where = judged(planes)
        with torch.no_grad():
            _, real = self._net(truths, planes)
        verdict, features = self._net(drawn, planes)
        unlike = sum(
            (
                _mean((a - b).abs(), where) / _mean(b.abs(), where).clamp_min(1e-6)
                for a, b in zip(features, real, strict=True)
            ),
            start=torch.zeros((), device=drawn.device),
        )
        return _LIKENESS * unlike - _mean(verdict, where)

    def learn(self, drawn: Tensor, truths: Tensor, planes: Tensor) -> float:
        """One step of telling drawn patches from real ones; how well it did before, 0 for best."""
        where = judged(planes)
        self._optimiser.zero_grad()
        verdicts, _ = self._net(torch.cat([truths, drawn.detach()]), torch.cat([planes, planes]))
        real, unreal = verdicts.chunk(2)
        loss = _mean(functional.relu(1.0 - real), where) + _mean(
            functional.relu(1.0 + unreal), where
        )
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self.steps += 1
        return float(loss.detach())

    def state(self) -> dict[str, Any]:
        """What a broken-off run needs to go on."""
        return {
            "net": self._net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "steps": self.steps,
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on from a state."""
        self._net.load_state_dict(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.steps = state["steps"]


def judged(planes: Tensor) -> Tensor:
    """(B, 1, size / 4, size / 4): how much each place counts: the inside and what is next to it.

    Args:
        planes: (B, 11, size, size).
    """
    inside = functional.max_pool2d(planes[:, INSIDE : INSIDE + 1], 2 * _REACH + 1, 1, _REACH)
    return functional.avg_pool2d(inside * feather(planes.shape[-1]).to(planes), _STRIDE)


def _mean(values: Tensor, where: Tensor) -> Tensor:
    """The weighted mean over the places that are judged, of maps of any size."""
    if values.shape[-1] != where.shape[-1]:
        where = functional.interpolate(where, values.shape[-2:])
    weight = where.expand(-1, values.shape[1], -1, -1)
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)
