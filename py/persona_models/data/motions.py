"""What faces do in training pictures: talk, blink, look about, smile and bare their teeth."""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats
from persona_models.faces.synthetic import random_expression, random_rotation

_SIDES = ("_L", "_R")
_CLOSED = 0.85  # a lid that has come so far closes
_OVERLAP = 1.12
"""Of a closed lid: some people's eyes would leave a gap at the model's full strength."""


def portrait_expression(random: np.random.Generator, names: tuple[str, ...]) -> Floats:
    """(57,) what people do in a photo: mostly little, often a smile that shows teeth."""
    kind = random.random()
    if kind < 0.35:
        return smile(random, names)
    expression = random_expression(random, names)
    if kind < 0.80:
        expression *= np.float32(0.25)
    return close_lids(expression, names)


def any_expression(random: np.random.Generator, names: tuple[str, ...]) -> Floats:
    """(57,) anything, a third of it smiles that bare the teeth."""
    if random.random() < 0.33:
        return smile(random, names)
    return close_lids(random_expression(random, names), names)


def smile(random: np.random.Generator, names: tuple[str, ...]) -> Floats:
    """(57,) a smile with teeth; the eyes do what they like."""
    expression = random_expression(random, names)
    for number, name in enumerate(names):
        if name.startswith(("mouth", "jaw")):
            expression[number] = 0.0
    strengths = {
        "mouthSmile": random.uniform(0.35, 1.0),
        "mouthUpperUp": random.uniform(0.15, 0.9),
        "mouthLowerDown": random.uniform(0.0, 1.0) * (random.random() < 0.6),
        "cheekSquint": random.uniform(0.0, 0.8),
        "mouthStretch": random.uniform(0.0, 0.6) * (random.random() < 0.4),
    }
    for name, strength in strengths.items():
        for side in _SIDES:
            uneven = float(np.clip(strength * random.normal(1.0, 0.1), 0.0, 1.0))
            expression[names.index(name + side)] = uneven
    # Who smiles or shows both rows of teeth keeps the jaw up; who laughs does not.
    if random.random() < 0.25:
        expression[names.index("jawOpen")] = random.uniform(0.0, 0.35)
    return close_lids(expression, names)


def close_lids(expression: Floats, names: tuple[str, ...]) -> Floats:
    """The same with lids that close entirely, once they nearly do."""
    closed = expression.copy()
    for side in _SIDES:
        lid = names.index("eyeBlink" + side)
        if closed[lid] > _CLOSED:
            closed[lid] *= _OVERLAP
    return closed


def portrait_rotation(random: np.random.Generator) -> Floats:
    """(3, 3) of a head in a photo: half as far from frontal as elsewhere."""
    turn = random_rotation(random)
    # The mean of a rotation and none, made orthogonal again, turns half as far.
    left, _, right = np.linalg.svd(turn + np.eye(3))
    return np.asarray(left @ right, dtype=np.float32)


def random_shift(random: np.random.Generator) -> Floats:
    """(3,) cm."""
    return (random.normal(0.0, 1.0, 3) * (0.8, 0.6, 1.5)).astype(np.float32)
