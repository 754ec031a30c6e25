"""``SitterLook``: what one person looks like, drawn from a random generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats

_SKINS = np.array(
    [
        [0.93, 0.78, 0.70],
        [0.90, 0.73, 0.62],
        [0.83, 0.64, 0.51],
        [0.74, 0.54, 0.41],
        [0.60, 0.42, 0.31],
        [0.45, 0.30, 0.22],
        [0.33, 0.22, 0.16],
    ]
)
_HAIRS = np.array(
    [
        [0.06, 0.05, 0.05],
        [0.12, 0.08, 0.06],
        [0.24, 0.15, 0.10],
        [0.36, 0.23, 0.14],
        [0.58, 0.44, 0.27],
        [0.74, 0.61, 0.42],
        [0.48, 0.22, 0.11],
        [0.55, 0.54, 0.53],
        [0.82, 0.81, 0.79],
    ]
)
_IRISES = np.array(
    [
        [0.20, 0.11, 0.06],
        [0.33, 0.20, 0.10],
        [0.42, 0.32, 0.16],
        [0.33, 0.42, 0.27],
        [0.36, 0.50, 0.62],
        [0.44, 0.50, 0.53],
    ]
)


def linear(colour: npt.NDArray[np.floating]) -> Floats:
    """Display values as light: IEC 61966-2-1's curve, nearly (a power of 2.2)."""
    return np.asarray(np.maximum(colour, 0.0) ** 2.2, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class SitterLook:
    """Colours are linear light, (3,) float32; the rest are shares in [0, 1] unless told otherwise.

    Attributes:
        skin: albedo.
        hair: colour of the hair; brows, beard and lashes are near it.
        iris: likewise.
        lips: how far the lips' own colour goes.
        lip_colour: likewise.
        age: how deep wrinkles and spots are.
        red: flushed cheeks.
        shine: how oily the skin is.
        freckles: how many.
        eye_shadow: dark lids, painted or tired.
        liner: a dark line about the eyes.
        brow_width: cm, half of a brow's height.
        brow_density: likewise.
        beard: density; 0 for none.
        stubble: True if the beard is shorn to nothing.
        moustache: density.
        lash_length: scale of the model's lashes.
        lash_density: likewise.
        iris_radius: cm.
        pupil_radius: cm.
        sclera: brightness of the white.
        teeth: colour.
        teeth_scale: how much wider they are than the model's.
        teeth_raise: cm.
        gum: colour.
        glasses: 0 none, 1 rims, 2 thin metal.
        hair_style: ``"bald"``, ``"cropped"``, ``"short"``, ``"bob"``, ``"long"`` or ``"tied"``.
        hair_volume: cm above the skin.
        hairline: cm above the model's middle.
        parting: cm to the person's left.
        fringe: hair falls over the forehead.
        curl: how wavy hair is.
        cloth: colour.
    """

    skin: Floats
    hair: Floats
    iris: Floats
    lips: float
    lip_colour: Floats
    age: float
    red: float
    shine: float
    freckles: float
    eye_shadow: float
    liner: float
    brow_width: float
    brow_density: float
    beard: float
    stubble: bool
    moustache: float
    lash_length: float
    lash_density: float
    iris_radius: float
    pupil_radius: float
    sclera: float
    teeth: Floats
    teeth_scale: float
    teeth_raise: float
    gum: Floats
    glasses: int
    hair_style: str
    hair_volume: float
    hairline: float
    parting: float
    fringe: bool
    curl: float
    cloth: Floats

    @classmethod
    def random(cls, random: np.random.Generator) -> SitterLook:
        """Anyone."""

        def between(low: float, high: float) -> float:
            return float(random.uniform(low, high))

        def chance(share: float) -> bool:
            return bool(random.random() < share)

        place = float(random.beta(1.0, 1.3)) * (len(_SKINS) - 1.001)
        first = int(place)
        skin = _SKINS[first] + (_SKINS[first + 1] - _SKINS[first]) * (place - first)
        skin = np.clip(skin * random.normal(1.0, 0.03, 3), 0.08, 0.97)
        age = float(random.beta(1.2, 2.0))
        darkness = min(1.0, place / 3.0)
        grey = chance(age * 0.45)
        if grey:
            hair = _HAIRS[random.integers(7, 9)]
        elif chance(darkness):
            hair = _HAIRS[random.integers(0, 3)]
        else:
            hair = _HAIRS[random.integers(0, 7)]
        dark_eyes = chance(0.35 + 0.6 * darkness)
        iris = _IRISES[random.integers(0, 3) if dark_eyes else random.integers(2, len(_IRISES))]
        made_up = chance(0.3)
        bearded = not made_up and chance(0.35)
        lip = skin * (between(0.78, 0.98), between(0.50, 0.74), between(0.52, 0.76))
        if made_up:
            paint = np.array([between(0.5, 0.8), between(0.1, 0.35), between(0.2, 0.4)])
            lip = lip + (paint - lip) * between(0.3, 0.9)
        bald = chance(0.25 if bearded else 0.03)
        styles = ["cropped", "short", "bob", "long", "tied"]
        shares = [0.25, 0.5, 0.05, 0.12, 0.08] if bearded else [0.08, 0.27, 0.2, 0.3, 0.15]
        tooth = between(0.62, 0.92)
        return cls(
            skin=linear(skin),
            hair=linear(hair * between(0.75, 1.2)),
            iris=linear(iris * between(0.8, 1.25)),
            lips=between(0.75, 1.0) if made_up else between(0.45, 0.95),
            lip_colour=linear(lip),
            age=age,
            red=between(0.1, 0.9),
            shine=between(0.1, 1.0),
            freckles=between(0.3, 1.0) if chance(0.2) else 0.0,
            eye_shadow=between(0.1, 0.8) if made_up else between(0.0, 0.35),
            liner=between(0.5, 1.0) if made_up else between(0.15, 0.5),
            brow_width=between(0.16, 0.42),
            brow_density=between(0.45, 1.0),
            beard=between(0.25, 1.0) if bearded else 0.0,
            stubble=chance(0.5),
            moustache=between(0.3, 1.0) if bearded or (not made_up and chance(0.05)) else 0.0,
            lash_length=between(0.55, 0.9) * (1.15 if made_up else 0.85),
            lash_density=between(0.7, 1.0) if made_up else between(0.25, 0.8),
            iris_radius=between(0.55, 0.65),
            pupil_radius=between(0.17, 0.32),
            sclera=between(0.72, 0.92),
            teeth=linear(tooth * np.array([1.0, between(0.93, 0.99), between(0.76, 0.94)])),
            teeth_scale=between(1.0, 1.3),
            teeth_raise=between(-0.1, 0.35),
            gum=linear(np.array([between(0.6, 0.8), between(0.3, 0.45), between(0.32, 0.45)])),
            glasses=int(random.integers(1, 3)) if chance(0.22) else 0,
            hair_style="bald" if bald else str(random.choice(styles, p=shares)),
            hair_volume=between(0.35, 1.6),
            hairline=between(8.3, 9.8) + 0.8 * age * float(bearded),
            parting=between(-3.5, 3.5),
            fringe=chance(0.3),
            curl=float(random.beta(1.0, 2.5)),
            cloth=linear(random.uniform(0.05, 0.9) * (0.45 + 0.55 * random.random(3))),
        )
