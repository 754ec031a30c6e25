"""A checkpoint of random weights, laid out as the official release is."""

from __future__ import annotations

from pathlib import Path

import safetensors.numpy

from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.parts import OFFICIAL_FILES, NetworkPart
from persona_liveportrait.network.random_weights import random_weights
from persona_liveportrait.network.widths import OFFICIAL, Widths

TINY = Widths(
    keypoints=5,
    volume_channels=3,
    depth=4,
    appearance_first=4,
    appearance_downs=2,
    appearance_resblocks=1,
    bins=66,
    motion_depths=(1, 2),
    motion_dims=(8, 12),
    compressed=2,
    hourglass=(6, 8, 8, 8, 10),
    hourglass_out=5,
    warped=8,
    generator_middle=12,
    generator_ups=(10, 6),
    generator_middles=2,
    spade_hidden=7,
    stitching=(16, 8),
    eye=(9,),
    lip=(10, 9),
)
"""No two numbers alike where that is possible, so that no mix-up goes unseen."""


def write_random_checkpoint(
    folder: Path, widths: Widths = OFFICIAL, seed: int = 0
) -> dict[NetworkPart, dict[str, Array]]:
    """Random weights as safetensors in the tree of the official release; returns them too."""
    weights = random_weights(widths, seed)
    for file in OFFICIAL_FILES:
        target = folder / f"{file.path}.safetensors"
        target.parent.mkdir(parents=True, exist_ok=True)
        content = {
            f"{section}.module.{key}" if section else key: values
            for part, section in file.sections.items()
            for key, values in weights[part].items()
        }
        safetensors.numpy.save_file(content, target)
    return weights
