"""A fresh onlooker: learns to tell drawn patches from real ones, and is shown others.

It has judged no training, so nets cannot have learned to please it. Where it takes half of what is
drawn for real it is guessing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from persona_core.base.arrays import Floats

STEPS = 300
BATCH = 32
RATE = 2e-3
ONLOOKERS = 3
"""That are asked, each begun at random; their mean counts."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Attributes:

    real: share of the real patches that were taken for real.
    drawn: share of the drawn ones that were.
    """

    real: float
    drawn: float


def opinion(
    shown: tuple[Floats, Floats], asked: tuple[Floats, Floats], steps: int = STEPS
) -> Opinion:
    """Shows onlookers patches, and asks them about others.

    Args:
        shown: real and drawn patches (N, 3, size, size) in [0, 1] to learn the difference from.
        asked: likewise, of other people.
        steps: of learning.
    """
    found = []
    for seed in range(ONLOOKERS):
        net = _taught(shown, steps, seed)
        with torch.no_grad():
            verdicts = [net(torch.from_numpy(each)) for each in asked]
        found.append([float((each > 0.0).float().mean()) for each in verdicts])
    real, drawn = torch.tensor(found).mean(dim=0).tolist()
    return Opinion(real, drawn)


def _taught(shown: tuple[Floats, Floats], steps: int, seed: int) -> nn.Module:
    random = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net = _net()
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    patches = [torch.from_numpy(each) for each in shown]
    signs = torch.cat([torch.ones(BATCH // 2), -torch.ones(BATCH // 2)])
    for _ in range(steps):
        batch = torch.cat([_some(each, random) for each in patches])
        loss = functional.softplus(-signs * net(batch)).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        falling.step()
    net.eval()
    return net


def _some(patches: Tensor, random: torch.Generator) -> Tensor:
    chosen = patches[torch.randint(len(patches), (BATCH // 2,), generator=random)]
    if torch.rand(1, generator=random) < 0.5:
        chosen = chosen.flip(3)
    light = 1.0 + 0.1 * torch.randn(len(chosen), 1, 1, 1, generator=random)
    return chosen * light


def _net() -> nn.Module:
    layers: list[nn.Module] = []
    before = 3
    for after in (24, 48, 96):
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.LeakyReLU(0.1)]
        before = after
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1), nn.Flatten(0)]
    return nn.Sequential(*layers)
