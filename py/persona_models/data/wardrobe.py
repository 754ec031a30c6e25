"""Glasses and what covers the shoulders."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from persona_core.base.arrays import Floats
from persona_models.data import skin_map

Ints = npt.NDArray[np.int32]

_AROUND, _TUBE = 28, 5
_EAR = (7.6, 3.2, 0.2)  # where temples end, cm


def glasses(
    neutral: Floats, kind: int, random: np.random.Generator
) -> tuple[Floats, Ints, Floats, Ints]:
    """Frame and lenses on a face: points and triangles of each.

    Args:
        neutral: (26719, 3) the person at rest, cm.
        kind: 1 for rims, 2 for thin metal.
        random: chooses the shape.
    """
    eyes = [neutral[list(loop)].mean(axis=0) for loop in (skin_map.EYE_RIGHT, skin_map.EYE_LEFT)]
    half = abs(float(eyes[1][0] - eyes[0][0])) / 2.0
    front = float(max(neutral[skin_map.NOSE[0], 2], eyes[0][2] + 1.2)) + 0.25
    width = half * random.uniform(0.70, 0.80)
    height = width * random.uniform(0.65, 0.98)
    square = random.uniform(2.0, 4.5)
    thick = random.uniform(0.16, 0.30) if kind == 1 else random.uniform(0.08, 0.12)
    height_of_eyes = float((eyes[0][1] + eyes[1][1]) / 2.0) - 0.25
    turns = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    cos, sin = np.cos(turns), np.sin(turns)
    round_x = np.sign(cos) * np.abs(cos) ** (2.0 / square) * width
    round_y = np.sign(sin) * np.abs(sin) ** (2.0 / square) * height
    frame, lenses = [], []
    for side in (-1.0, 1.0):
        x = side * half * 1.02 + round_x
        z = front - 0.035 * x**2
        loop = np.stack([x, height_of_eyes + round_y, z], axis=1)
        frame.append(_tube(loop, thick, closed=True))
        lenses.append(_fan(loop))
        hinge = loop[0] if side > 0 else loop[_AROUND // 2]
        ear = np.array(_EAR) * (side, 1.0, 1.0)
        frame.append(_tube(np.linspace(hinge, ear, 8), thick * 0.9, closed=False))
    bridge = np.linspace(-1.0, 1.0, 7)
    gap = half * 1.02 - width
    arch = np.stack(
        [bridge * gap, height_of_eyes + 0.25 + 0.15 * (1 - bridge**2), np.full(7, front)], axis=1
    )
    frame.append(_tube(arch, thick * 0.9, closed=False))
    return *_join(frame), *_join(lenses)


def shoulders(random: np.random.Generator) -> tuple[Floats, Ints]:
    """A garment with a collar: points and triangles, cm."""
    across, down = 40, 12
    angle = np.linspace(-1.9, 1.9, across)
    share = np.linspace(0.0, 1.0, down)[:, None]
    spread = 7.2 + random.uniform(12.0, 16.0) * share ** random.uniform(0.45, 0.7)
    depth = 6.2 + random.uniform(2.0, 5.0) * share
    top = random.uniform(-14.6, -12.2) - random.uniform(0.0, 3.0) * np.cos(angle) ** 2
    x = np.sin(angle) * spread
    y = top + (-26.0 * share**1.7)
    z = np.cos(angle) * depth - 1.5
    points = np.stack([x, np.broadcast_to(y, x.shape), z], axis=-1).reshape(-1, 3)
    cell = np.arange(across * down).reshape(down, across)
    return points.astype(np.float32), _cells(cell)


def sweater(neckline: float) -> tuple[Floats, Ints]:
    """A plain garment with a rolled collar: points and triangles, cm.

    Args:
        neckline: how much lower than at the nape it begins at the throat, cm.
    """
    # Half the width, half the depth, height: from the collar's inside over it to the arms.
    profile = np.array(
        [
            *((6.1, 5.7, -12.0), (6.3, 6.0, -10.9), (6.7, 6.4, -10.6), (7.2, 6.8, -10.9)),
            *((7.5, 7.0, -11.6), (8.3, 7.3, -12.0), (10.6, 8.0, -12.6), (13.6, 8.7, -13.6)),
            *((17.0, 9.3, -15.0), (19.6, 9.7, -17.0), (21.2, 9.9, -20.5), (22.0, 10.0, -30.0)),
        ]
    )
    share = np.linspace(0.0, len(profile) - 1.0, 90)
    wide, deep, height = (
        gaussian_filter1d(np.interp(share, np.arange(len(profile)), column), 2.5)[:, None]
        for column in profile.T
    )
    angle = np.linspace(-2.4, 2.4, 120)[None]
    front = np.clip(np.cos(angle), 0.0, 1.0) ** 2
    x, z = np.sin(angle) * wide, np.cos(angle) * deep - 1.3
    y = height - front * neckline - 0.3 * front * np.maximum(wide - 7.5, 0.0)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    return points.astype(np.float32), _cells(np.arange(90 * 120).reshape(90, 120))


def _tube(line: Floats, thick: float, closed: bool) -> tuple[Floats, Ints]:
    ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0) if closed else np.gradient(line, axis=0)
    ahead = ahead / (np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-6)
    helper = np.array([0.0, 0.0, 1.0]) if abs(float(ahead[0][2])) < 0.8 else np.array([0, 1.0, 0])
    one = np.cross(ahead, helper)
    one /= np.linalg.norm(one, axis=1, keepdims=True) + 1e-6
    two = np.cross(ahead, one)
    turns = np.linspace(0.0, 2.0 * np.pi, _TUBE + 1)
    ring = one[:, None] * np.cos(turns)[None, :, None] + two[:, None] * np.sin(turns)[None, :, None]
    points = line[:, None] + ring * (thick / 2.0)
    cell = np.arange(len(line) * (_TUBE + 1)).reshape(len(line), _TUBE + 1)
    if closed:
        cell = np.concatenate([cell, cell[:1]])
    return points.reshape(-1, 3), _cells(cell)


def _fan(loop: Floats) -> tuple[Floats, Ints]:
    points = np.concatenate([loop, loop.mean(axis=0, keepdims=True)])
    ring = np.arange(len(loop))
    middle = np.full(len(loop), len(loop))
    return points, np.stack([ring, np.roll(ring, -1), middle], axis=1).astype(np.int32)


def _cells(cell: npt.NDArray[np.intp]) -> Ints:
    a, b, c, d = (x.ravel() for x in (cell[:-1, :-1], cell[:-1, 1:], cell[1:, :-1], cell[1:, 1:]))
    both = [np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)]
    return np.concatenate(both).astype(np.int32)


def _join(parts: list[tuple[Floats, Ints]]) -> tuple[Floats, Ints]:
    points, triangles, start = [], [], 0
    for vertices, corners in parts:
        points.append(vertices)
        triangles.append(corners + start)
        start += len(vertices)
    return np.concatenate(points).astype(np.float32), np.concatenate(triangles).astype(np.int32)
