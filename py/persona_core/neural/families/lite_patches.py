"""LivePortrait-Lite's patches: where on a face they lie, and what the scripts that fill them know.

The nets see a patch about the mouth and one about each eye; the left eye is mirrored, so that one
net serves both. The page's scripts (``view/js/lite/lite_inputs.js``) compute what the nets see;
which landmark is where they are told from here. The numbers are those of the training
(``persona_models.lite.patch_frame``, ``persona_models.faces.mesh_warp``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from persona_core.base.arrays import Indices
from persona_core.face import landmarks
from persona_core.neural.manifest.manifest import Manifest

CROP_SIDE: Final = 256
"""Pixels of the crop that the nets see, a side, however fine the photo is."""
MOUTH_CM: Final = 8.2
EYE_CM: Final = 5.6
"""Sides of the patches on the face."""
EYE_HEIGHT: Final = 0.54
"""Where an eye's corners lie in its patch, from the top: brows need no room, lids do."""
FEATHER_PX: Final = 7
"""Pixels of a patch over which it fades into the picture."""
RINGS: Final = (
    (1.2, 1.0, 1.2),
    (1.5, 0.85, 2.5),
    (1.9, 0.45, 4.0),
    (2.5, 0.1, 6.0),
    (6.0, 0.0, 8.0),
)
"""Rings about the mesh: size in ovals, share of the oval's motion, over how many of its points
that motion is smoothed."""
NECK_HOLD: Final = 0.55
BEHIND_PX: Final = 50.0

STEP: Final = "patches"
"""What computes the nets' inputs, as a step before the first graph."""
PICTURE_STEP: Final = "picture"
"""What draws a whole picture without a GPU, as a step after the last graph."""
PHOTO: Final = "lite_photo"
SOURCE: Final = "lite_source"
TARGET: Final = "lite_target"
"""The step's inputs: (1, 3, 256, 256) the crop in [0, 1]; (478, 3) landmarks in its pixels, of the
photo and of a frame."""
STRENGTH: Final = "lite_strength"
"""(3,) how much of each patch is drawn; for a picture without a GPU."""
PICTURE: Final = "lite_picture"
"""(1, 3, 256, 256) that picture."""
PLACES: Final = "lite_places"
"""(3, 468, 2): where the skin's landmarks lie in the patches that were computed, in sides."""
CHANGES: Final = ("mouth_change", "eye_change")
"""What is to be added to the warped photo within the patches: of the mouth, of both eyes."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a patch shows.

    Attributes:
        corners: landmarks along which the patch is level, from its left to its right.
        middle: landmarks whose mean is its middle.
        inner: the loop inside which the net matters most.
        outer: the loop of the lips; empty for an eye, where the iris is its fine part.
        described: landmarks that the net is told of; an eye's end with its iris.
        side_cm: of the patch, on the face.
        height: where the middle lies in the patch, from the top.
        mirrored: whether left and right are swapped.
    """

    corners: tuple[int, int]
    middle: Indices
    inner: Indices
    outer: Indices
    described: Indices
    side_cm: float
    height: float
    mirrored: bool


def _eye(corners: tuple[int, int], loop: Indices, iris: Indices, *, mirrored: bool) -> Part:
    return Part(
        corners=corners,
        middle=np.array(corners),
        inner=loop,
        outer=np.empty(0, dtype=np.intp),
        described=np.concatenate([loop, iris]),
        side_cm=EYE_CM,
        height=EYE_HEIGHT,
        mirrored=mirrored,
    )


PARTS: Final = (
    Part(
        corners=(61, 291),
        middle=landmarks.LIPS_OUTER,
        inner=landmarks.LIPS_INNER,
        outer=landmarks.LIPS_OUTER,
        described=np.concatenate([landmarks.LIPS_INNER, landmarks.LIPS_OUTER]),
        side_cm=MOUTH_CM,
        height=0.5,
        mirrored=False,
    ),
    _eye((33, 133), landmarks.EYE_RIGHT, landmarks.IRIS_RIGHT, mirrored=False),
    _eye((362, 263), landmarks.EYE_LEFT, landmarks.IRIS_LEFT[[0, 3, 2, 1, 4]], mirrored=True),
)
"""Mouth, right eye, left eye."""


def patch_sizes(manifest: Manifest) -> tuple[int, int, int]:
    """Sides of the three patches in pixels, as the model's nets want them."""
    mouth = manifest.tensor("mouth_planes").shape[-1]
    eye = manifest.tensor("eye_planes").shape[-1]
    return mouth, eye, eye


def topology(manifest: Manifest) -> dict[str, Any]:
    """What ``view/js/lite/lite_inputs.js`` is told, as plain data."""
    return {
        "triangles": landmarks.triangles().reshape(-1).tolist(),
        "faceCount": landmarks.FACE_COUNT,
        "oval": landmarks.OVAL.tolist(),
        "stable": landmarks.STABLE.tolist(),
        "canonical": landmarks.canonical_points()[landmarks.STABLE].reshape(-1).tolist(),
        "rings": [list(ring) for ring in RINGS],
        "neckHold": NECK_HOLD,
        "behind": BEHIND_PX,
        "feather": FEATHER_PX,
        "parts": [
            {
                "corners": list(part.corners),
                "middle": part.middle.tolist(),
                "inner": part.inner.tolist(),
                "outer": part.outer.tolist(),
                "described": part.described.tolist(),
                "side": part.side_cm,
                "height": part.height,
                "mirrored": part.mirrored,
                "size": size,
            }
            for part, size in zip(PARTS, patch_sizes(manifest), strict=True)
        ],
    }
