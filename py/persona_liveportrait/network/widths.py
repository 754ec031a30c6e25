"""The sizes of a LivePortrait network, read off its weights."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.parts import NetworkPart

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Widths:
    """Every number that the layout of the tensors depends on. The defaults are the official
    network's."""

    keypoints: int = 21
    volume_channels: int = 32
    depth: int = 16
    appearance_first: int = 64
    appearance_downs: int = 2
    appearance_resblocks: int = 6
    bins: int = 66
    motion_depths: tuple[int, ...] = (3, 3, 9, 3)
    motion_dims: tuple[int, ...] = (96, 192, 384, 768)
    compressed: int = 4
    hourglass: tuple[int, ...] = (64, 128, 256, 512, 1024)
    """Channels after each down block of the hourglass."""
    hourglass_out: int = 32
    warped: int = 256
    generator_middle: int = 512
    generator_ups: tuple[int, int] = (256, 64)
    generator_middles: int = 6
    spade_hidden: int = 128
    stitching: tuple[int, ...] = (128, 128, 64)
    eye: tuple[int, ...] = (256, 256, 128, 128, 64)
    lip: tuple[int, ...] = (128, 128, 64)


OFFICIAL = Widths()


def read_widths(weights: Mapping[NetworkPart, Mapping[str, Array]]) -> Widths:
    """The widths of a network of any size.

    Raises:
        KeyError, IndexError: a tensor is missing that a width is read from.
    """
    appearance = weights[NetworkPart.APPEARANCE]
    motion = weights[NetworkPart.MOTION]
    warping = weights[NetworkPart.WARPING]
    generator = weights[NetworkPart.GENERATOR]
    volume_channels = appearance["resblocks_3d.3dr0.conv1.weight"].shape[0]
    stages = _count(motion, "detector.stages.{}.0.dwconv.weight")
    hourglass = "dense_motion_network.hourglass."
    downs = _count(warping, hourglass + "encoder.down_blocks.{}.conv.weight")
    return Widths(
        keypoints=motion["detector.fc_kp.weight"].shape[0] // 3,
        volume_channels=volume_channels,
        depth=appearance["second.weight"].shape[0] // volume_channels,
        appearance_first=appearance["first.conv.weight"].shape[0],
        appearance_downs=_count(appearance, "down_blocks.{}.conv.weight"),
        appearance_resblocks=_count(appearance, "resblocks_3d.3dr{}.conv1.weight"),
        bins=motion["detector.fc_yaw.weight"].shape[0],
        motion_depths=tuple(
            _count(motion, f"detector.stages.{i}.{{}}.dwconv.weight") for i in range(stages)
        ),
        motion_dims=tuple(
            motion[f"detector.stages.{i}.0.dwconv.weight"].shape[0] for i in range(stages)
        ),
        compressed=warping["dense_motion_network.compress.weight"].shape[0],
        hourglass=tuple(
            warping[f"{hourglass}encoder.down_blocks.{i}.conv.weight"].shape[0]
            for i in range(downs)
        ),
        hourglass_out=warping[f"{hourglass}decoder.up_blocks.{downs - 1}.conv.weight"].shape[0],
        warped=warping["fourth.weight"].shape[0],
        generator_middle=generator["fc.weight"].shape[0],
        generator_ups=(
            generator["up_0.conv_0.bias"].shape[0],
            generator["up_1.conv_0.bias"].shape[0],
        ),
        generator_middles=_count(generator, "G_middle_{}.conv_0.bias"),
        spade_hidden=generator["up_0.norm_0.mlp_shared.0.bias"].shape[0],
        stitching=_hidden(weights[NetworkPart.STITCHING]),
        eye=_hidden(weights.get(NetworkPart.EYE, {})),
        lip=_hidden(weights.get(NetworkPart.LIP, {})),
    )


def _count(tensors: Container[str], pattern: str, step: int = 1) -> int:
    """How many of the numbers 0, step, 2 step ... give a name that is there."""
    count = 0
    while pattern.format(count * step) in tensors:
        count += 1
    return count


def _hidden(perceptron: Mapping[str, Array]) -> tuple[int, ...]:
    """Widths between the layers; the odd places of the list are activations."""
    layers = _count(perceptron, "mlp.{}.weight", step=2)
    return tuple(perceptron[f"mlp.{2 * i}.weight"].shape[0] for i in range(layers - 1))
