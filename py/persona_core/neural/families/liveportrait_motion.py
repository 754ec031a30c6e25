"""How LivePortrait moves: keypoints from a pose and an expression.

Keypoints are ``x = s (x_c R + delta) + (t_x, t_y, 0)``: canonical keypoints x_c, which are the
person's own, turned by R, bent by the expression delta, scaled and moved (Guo et al. 2024,
https://arxiv.org/abs/2407.03168, section 3). Rows are points, so R stands on the right and is
the transpose of the usual matrix, ``R = (R_z R_y R_x)^T``.

The axes are those of the picture: x to the right, y down, z away from the viewer, the picture
reaching from -1 to 1. Angles are in degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats
from persona_core.errors import ModelError

BINS: Final = 66
BIN_DEGREES: Final = 3.0
FIRST_DEGREES: Final = -97.5
"""The motion extractor gives an angle as logits of bins that are 3 degrees wide."""
HEADS: Final = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")


@dataclass(frozen=True, slots=True, eq=False)
class KeypointMotion:
    """A pose and an expression.

    Attributes:
        rotation: (3, 3) R, which points as rows are multiplied by.
        expression: (K, 3) delta.
        scale: s, > 0.
        translation: (3,) t; its z has no effect.
    """

    rotation: Doubles
    expression: Doubles
    scale: float
    translation: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class PortraitPose:
    """What the motion extractor sees in a portrait.

    Attributes:
        canonical: (K, 3) x_c, the person's own keypoints.
        motion: the portrait's own pose and expression.
    """

    canonical: Doubles
    motion: KeypointMotion

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, npt.NDArray[np.floating]]) -> PortraitPose:
        """From the tensors that the motion extractor's graph gives.

        Raises:
            ModelError: one is missing, has another size, or is not finite.
        """
        lacking = [head for head in HEADS if head not in outputs]
        if lacking:
            raise ModelError(f"the motion extractor gave no {', '.join(lacking)}")
        values = {head: np.asarray(outputs[head], dtype=np.float64).ravel() for head in HEADS}
        if not all(np.isfinite(each).all() for each in values.values()):
            raise ModelError("the motion extractor gave numbers that are not finite")
        kp, expression = values["kp"], values["exp"]
        if kp.size == 0 or kp.size % 3 or expression.size != kp.size or values["t"].size != 3:
            raise ModelError("the motion extractor gave tensors of other sizes")
        angles = [degrees(values[head]) for head in ("pitch", "yaw", "roll")]
        return cls(
            kp.reshape(-1, 3),
            KeypointMotion(
                rotation_matrix(*angles),
                expression.reshape(-1, 3),
                float(values["scale"][0]),
                values["t"],
            ),
        )

    @property
    def keypoints(self) -> Floats:
        """The portrait's own keypoints, (1, K, 3): the tensor ``kp_source``."""
        return transform(self.canonical, self.motion)


def degrees(logits: npt.NDArray[np.floating]) -> float:
    """The angle that a head's bins mean: the expected bin, in degrees.

    Args:
        logits: (66,).
    """
    values = np.asarray(logits, dtype=np.float64).ravel()
    if values.size != BINS:
        raise ModelError(f"an angle has {BINS} bins, not {values.size}")
    power = np.exp(values - values.max())
    return float((power @ np.arange(BINS)) / power.sum() * BIN_DEGREES + FIRST_DEGREES)


def rotation_matrix(pitch: float, yaw: float, roll: float) -> Doubles:
    """(3, 3) R = (R_z(roll) R_y(yaw) R_x(pitch))^T, angles in degrees."""
    (cx, cy, cz), (sx, sy, sz) = (f(np.radians([pitch, yaw, roll])) for f in (np.cos, np.sin))
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    about_z = np.array([[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]])
    matrix: Doubles = about_z @ about_y @ about_x
    return matrix.T


def transform(canonical: Doubles, motion: KeypointMotion) -> Floats:
    """Keypoints (1, K, 3) of a person with these canonical keypoints (K, 3) in this motion."""
    points = motion.scale * (canonical @ motion.rotation + motion.expression)
    points[:, :2] += motion.translation[:2]
    return points.astype(np.float32)[np.newaxis]
