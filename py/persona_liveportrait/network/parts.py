"""The parts of LivePortrait, and what is known of their official files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

OFFICIAL_HUB = "https://huggingface.co/KwaiVGI/LivePortrait/resolve/main/liveportrait"
"""Where the project publishes its weights."""


class NetworkPart(Enum):
    """A network with tensors of its own; the value names its graph and weights file."""

    APPEARANCE = "appearance"
    MOTION = "motion"
    WARPING = "warping"
    GENERATOR = "generator"
    STITCHING = "stitching"
    EYE = "eye"
    LIP = "lip"


@dataclass(frozen=True, slots=True)
class OfficialFile:
    """A file of the official release.

    Attributes:
        path: below the release's root, without its ending.
        sections: where the file holds several parts, the key of each.
    """

    path: str
    bytes: int
    sha256: str
    sections: MappingProxyType[NetworkPart, str]

    @property
    def stem(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def _one(part: NetworkPart) -> MappingProxyType[NetworkPart, str]:
    return MappingProxyType({part: ""})


OFFICIAL_FILES = (
    OfficialFile(
        "base_models/appearance_feature_extractor",
        3387959,
        "5279bb8654293dbdf327030b397f107237dd9212fb11dd75b83dfb635211ceb5",
        _one(NetworkPart.APPEARANCE),
    ),
    OfficialFile(
        "base_models/motion_extractor",
        112545506,
        "251e6a94ad667a1d0c69526d292677165110ef7f0cf0f6d199f0e414e8aa0ca5",
        _one(NetworkPart.MOTION),
    ),
    OfficialFile(
        "base_models/warping_module",
        182180086,
        "2f61a6f265fe344f14132364859a78bdbbc2068577170693da57fb96d636e282",
        _one(NetworkPart.WARPING),
    ),
    OfficialFile(
        "base_models/spade_generator",
        221813590,
        "4780afc7909a9f84e24c01d73b31a555ef651521a1fe3b2429bd04534d992aee",
        _one(NetworkPart.GENERATOR),
    ),
    OfficialFile(
        "retargeting_models/stitching_retargeting_module",
        2393098,
        "3652d5a3f95099141a56986aaddec92fadf0a73c87a20fac9a2c07c32b28b611",
        MappingProxyType(
            {
                NetworkPart.STITCHING: "retarget_shoulder",
                NetworkPart.EYE: "retarget_eye",
                NetworkPart.LIP: "retarget_mouth",
            }
        ),
    ),
)
"""Size and SHA-256 of each ``.pth``, as released with LivePortrait in July 2024."""

MOTION_HEADS = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")
"""What the motion extractor tells of a portrait, each by a linear layer of its own."""

OPTIONAL_PARTS = frozenset({NetworkPart.EYE, NetworkPart.LIP})
"""Parts that no frame needs; a checkpoint may lack them."""
