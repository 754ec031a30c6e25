"""From 52 blendshapes to the controls that move points.

The first 52 controls are the blendshapes themselves, limited so that no two can fight; the
others (:class:`Extra`) are made from several, where a plain sum would look wrong: lids that
would overshoot, lips that must seal over an open jaw, a laugh that is more than smile + jaw.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape as B


class Extra(IntEnum):
    """Controls beyond the blendshapes; all in [0, 1]."""

    UPPER_LID_LEFT = blendshapes.COUNT
    """How far the upper lid has come from open to the closed line."""
    UPPER_LID_RIGHT = blendshapes.COUNT + 1
    LOWER_LID_LEFT = blendshapes.COUNT + 2
    """How far the lower lid has come from open to the closed line."""
    LOWER_LID_RIGHT = blendshapes.COUNT + 3
    SEAL = blendshapes.COUNT + 4
    """Lips held together over an open jaw: mouthClose, as far as the jaw is open."""
    OPEN_SMILE = blendshapes.COUNT + 5
    """Smile times open jaw."""
    OPEN_ROUND = blendshapes.COUNT + 6
    """Pucker or funnel, times open jaw."""
    JOY_LEFT = blendshapes.COUNT + 7
    """A closing eye's bend upwards when the mouth smiles."""
    JOY_RIGHT = blendshapes.COUNT + 8


CONTROL_COUNT: Final = blendshapes.COUNT + len(Extra)
Control = B | Extra

BLINK_FULL: Final = 0.85
"""Blink, measured from the person's rest, at which drawn lids meet: a quick one crests below 1, and
a slit between lids is noticed, lids that meet a little early are not. What the tracker itself makes
of a shut eye is mended before, in :mod:`persona_core.face.neutral`."""


class _EyeControls(NamedTuple):
    """Places of one eye's controls."""

    blink: int
    wide: int
    squint: int
    cheek: int
    down: int
    up: int
    smile: int
    upper: int
    lower: int
    joy: int

    @classmethod
    def on(cls, side: str) -> _EyeControls:
        return cls(
            blink=B[f"EYE_BLINK_{side}"],
            wide=B[f"EYE_WIDE_{side}"],
            squint=B[f"EYE_SQUINT_{side}"],
            cheek=B[f"CHEEK_SQUINT_{side}"],
            down=B[f"EYE_LOOK_DOWN_{side}"],
            up=B[f"EYE_LOOK_UP_{side}"],
            smile=B[f"MOUTH_SMILE_{side}"],
            upper=Extra[f"UPPER_LID_{side}"],
            lower=Extra[f"LOWER_LID_{side}"],
            joy=Extra[f"JOY_{side}"],
        )


_EYES: Final = (_EyeControls.on("LEFT"), _EyeControls.on("RIGHT"))
_SMILES: Final = (
    (B.MOUTH_SMILE_LEFT, B.MOUTH_FROWN_LEFT, B.MOUTH_STRETCH_LEFT, B.MOUTH_DIMPLE_LEFT),
    (B.MOUTH_SMILE_RIGHT, B.MOUTH_FROWN_RIGHT, B.MOUTH_STRETCH_RIGHT, B.MOUTH_DIMPLE_RIGHT),
)


def limited(shapes: Floats, out: Floats) -> Floats:
    """Fills ``out`` with the controls for ``shapes``.

    Args:
        shapes: (52,) blendshapes; values outside [0, 1] are clipped.
        out: (CONTROL_COUNT,) float32, overwritten and returned.
    """
    c: list[float] = np.clip(shapes, 0.0, 1.0).tolist()
    c.extend([0.0] * len(Extra))
    for eye in _EYES:
        _limit_lids(c, eye)
    _limit_mouth(c)
    out[:] = c
    return out


def _limit_lids(c: list[float], eye: _EyeControls) -> None:
    # The power keeps a smiling eye, which reads as half a blink, from looking sleepy.
    shut = min(1.0, c[eye.blink] / BLINK_FULL) ** 1.25
    still = 1.0 - shut
    # The upper lid rides on the eyeball, and every other pull acts on what is still open.
    pushed = 0.46 * c[eye.squint] + 0.3 * c[eye.cheek] + 0.2 * c[eye.smile]
    c[eye.upper] = 1.0 - still * (1.0 - 0.34 * c[eye.down]) * (1.0 - 0.2 * c[eye.squint])
    c[eye.lower] = shut + still * min(1.0, pushed) * (1.0 - 0.4 * c[eye.down])
    c[eye.joy] = c[eye.smile] * c[eye.lower] ** 2
    c[eye.wide] = min(1.0, c[eye.wide] + 0.3 * c[eye.up]) * still
    c[eye.blink] = shut


def _limit_mouth(c: list[float]) -> None:
    rounded = max(c[B.MOUTH_PUCKER], c[B.MOUTH_FUNNEL])
    for smile, frown, stretch, dimple in _SMILES:
        c[frown] *= 1.0 - 0.7 * c[smile]
        c[stretch] *= 1.0 - 0.6 * c[smile]
        c[dimple] *= 1.0 - 0.5 * c[smile]
        c[smile] *= 1.0 - 0.5 * rounded
    c[B.MOUTH_FUNNEL] *= 1.0 - 0.5 * c[B.MOUTH_PUCKER]
    jaw, close = c[B.JAW_OPEN], c[B.MOUTH_CLOSE]
    seal = min(jaw, close)
    c[Extra.SEAL] = seal
    c[B.MOUTH_CLOSE] = close - seal
    parted = jaw - seal
    c[Extra.OPEN_SMILE] = parted * 0.5 * (c[B.MOUTH_SMILE_LEFT] + c[B.MOUTH_SMILE_RIGHT])
    c[Extra.OPEN_ROUND] = parted * rounded
