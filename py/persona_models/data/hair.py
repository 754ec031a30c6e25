"""Hair: a cap over the scalp and locks that fall from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_models.data.looks import SitterLook
from persona_models.faces import ict_face

Ints = npt.NDArray[np.int32]
Array = npt.NDArray[np.floating[Any]]

CENTRE = np.array([0.0, 4.0, 0.5], dtype=np.float32)
"""Of the skull in the model, cm."""
_AZIMUTHS, _POLARS = 48, 24
_STEPS = 10  # pieces of a lock
_ENDS = {"short": 2.0, "bob": -4.5, "long": -13.0, "tied": 2.0}
"""How far down, cm, locks fall at the sides."""


@dataclass(frozen=True, slots=True, eq=False)
class Hair:
    """Geometry in the head's frame, cm.

    Attributes:
        cap: (HEAD_END,) how far the skin's copy is lifted; 0 where it stays skin.
        cover: (HEAD_END,) 0 on bare skin to 1 under full hair.
        points: (N, 3) of the locks.
        triangles: (M, 3) of the locks.
        strands: (N, 2) number of the strand across a lock, and how far down it.
    """

    cap: Floats
    cover: Floats
    points: Floats
    triangles: Ints
    strands: Floats

    @classmethod
    def grow(
        cls,
        vertices: Floats,
        neutral: Floats,
        look: SitterLook,
        random: np.random.Generator,
        fine: int = 0,
    ) -> Hair:
        """Hair on a head.

        Args:
            vertices: (26719, 3) the average head: it says what is scalp.
            neutral: (26719, 3) this person's.
            look: style, volume, hairline.
            random: of this person.
            fine: single hairs that stand for each lock; 0 draws it as one band.
        """
        head = vertices[: ict_face.HEAD_END]
        cover = _cover(head, look, random)
        bumps = np.sin(head @ random.normal(0.0, 0.5, 3) + random.uniform(0, 6))
        bumps *= np.sin(head @ random.normal(0.0, 0.9, 3) + random.uniform(0, 6))
        volume = 0.12 if look.hair_style == "cropped" else look.hair_volume
        lift = np.clip(cover - 0.25, 0.0, 0.75) / 0.75 * volume * (1.0 + 0.25 * bumps)
        if look.hair_style == "bald":
            cover, lift = cover * 0.0, lift * 0.0
        points, triangles, strands = _locks(neutral, look, random, fine)
        return cls(lift.astype(np.float32), cover.astype(np.float32), points, triangles, strands)


def spherical(points: Floats) -> Floats:
    """(..., 3) azimuth from the front to the left, angle from the crown, distance: rad, cm."""
    level = points - CENTRE
    # The crown lies a little behind the top.
    tilt = 0.30
    up = np.cos(tilt) * level[..., 1] - np.sin(tilt) * level[..., 2]
    front = np.sin(tilt) * level[..., 1] + np.cos(tilt) * level[..., 2]
    distance = np.linalg.norm(level, axis=-1) + 1e-6
    return np.stack(
        [np.arctan2(level[..., 0], front), np.arccos(np.clip(up / distance, -1, 1)), distance], -1
    ).astype(np.float32)


def _cover(head: Floats, look: SitterLook, random: np.random.Generator) -> Floats:
    x, y, z = head.T
    # A rim that falls from the forehead over the temples to the nape.
    front = look.hairline - 0.035 * x**2
    recede = 0.9 * look.age * np.exp(-((np.abs(x) - 3.5) ** 2) / 2.0)
    rim = np.where(z > 2.0, front + recede, 0.0)
    side = np.clip((5.2 - z) / 2.2, 0.0, 1.0)
    back = np.clip((-1.6 - z) / 1.6, 0.0, 1.0)
    rim = rim * (1.0 - side) + (3.6 - 8.1 * back) * side
    wave = 0.25 * np.sin(x * random.uniform(1.0, 2.0) + random.uniform(0, 6))
    cover = np.clip((y - rim + wave) / 1.3, 0.0, 1.0)
    ears = (np.abs(x) > 6.9) & (y < 4.6) & (y > -3.5) & (z > -2.6) & (z < 4.2)
    return np.where(ears, 0.0, cover)


def _skull(neutral: Floats) -> Floats:
    """(_AZIMUTHS, _POLARS) how far out the skin lies in each direction."""
    head = spherical(neutral[: ict_face.HEAD_END])
    azimuth = ((head[:, 0] / (2 * np.pi) + 0.5) * _AZIMUTHS).astype(int) % _AZIMUTHS
    polar = np.clip((head[:, 1] / np.pi * _POLARS).astype(int), 0, _POLARS - 1)
    reach = np.full((_AZIMUTHS, _POLARS), 8.0, dtype=np.float32)
    reach[:, _POLARS * 2 // 3 :] = 7.0
    ears = (np.abs(neutral[: ict_face.HEAD_END, 0]) > 7.4) & (neutral[: ict_face.HEAD_END, 1] < 4.0)
    keep = ~ears & (head[:, 2] < 13.0)
    np.maximum.at(reach, (azimuth[keep], polar[keep]), head[keep, 2])
    smooth = (reach + np.roll(reach, 1, 0) + np.roll(reach, -1, 0)) / 3.0
    smooth[:, 1:-1] = (smooth[:, 2:] + smooth[:, 1:-1] + smooth[:, :-2]) / 3.0
    return smooth


def _locks(
    neutral: Floats, look: SitterLook, random: np.random.Generator, fine: int
) -> tuple[Floats, Ints, Floats]:
    if look.hair_style in ("bald", "cropped"):
        empty = np.zeros((0, 3), dtype=np.float32)
        return empty, empty.astype(np.int32), empty[:, :2]
    skull = _skull(neutral)
    count = 520 if fine else 190
    azimuth = random.uniform(-np.pi, np.pi, count)
    polar = random.uniform(0.05, 0.95, count) ** 0.7 * 0.9
    side = np.where(np.abs(azimuth) < 2.2, np.sign(np.sin(azimuth) * 8.0 - look.parting), 0.0)
    front = np.exp(-((azimuth / 0.75) ** 2))
    end = np.full(count, _ENDS[look.hair_style]) + random.normal(0.0, 0.8, count)
    behind = np.abs(azimuth) > 2.1
    if look.hair_style in ("short", "tied"):
        end = np.where(behind, -3.0, 4.0) + random.normal(0.0, 0.6, count)
    brow_line = random.uniform(5.6, 7.6)
    share = np.linspace(0.0, 1.0, _STEPS + 1)[None]
    length = random.uniform(0.75, 1.0, count)[:, None]
    sweep = (0.9 if not look.fringe else 0.25) * front * side
    uneven = 1.0 + random.uniform(0.0, 0.8, count)[:, None]
    track = azimuth[:, None] + sweep[:, None] * share * uneven
    lowest = np.where(look.fringe, brow_line, look.hairline - 0.3)
    lowest = np.where(np.abs(track[:, -1]) < 0.62, lowest, end)
    phase = random.uniform(0.0, 6.0, count)[:, None]
    wave = look.curl * 0.9 * np.sin(share * random.uniform(8.0, 16.0) + phase)
    angle = polar[:, None] + (np.pi * 0.62 - polar[:, None]) * share * length
    out = look.hair_volume * (0.75 + 0.5 * random.random(count))[:, None] + 0.1
    lines = _path(skull, track, angle, out * np.minimum(1.0, 0.35 + 2.0 * share))
    lines = _fall(lines, lowest, share, wave)
    if fine:
        return hairs(_split(lines, fine, random), random)
    return _ribbons(lines, random)


def _path(skull: Floats, azimuth: Array, polar: Array, out: Array) -> Floats:
    """Places over the skull, by its own directions."""
    column = ((azimuth / (2 * np.pi) + 0.5) % 1.0 * _AZIMUTHS).astype(int) % _AZIMUTHS
    row = np.clip(polar / np.pi * _POLARS - 0.5, 0.0, _POLARS - 1.001)
    low = row.astype(int)
    reach = skull[column, low] * (1 - row + low) + skull[column, low + 1] * (row - low) + out
    tilt = 0.30
    up = np.cos(polar)
    x, front = np.sin(polar) * np.sin(azimuth), np.sin(polar) * np.cos(azimuth)
    y = np.cos(tilt) * up + np.sin(tilt) * front
    z = -np.sin(tilt) * up + np.cos(tilt) * front
    path = np.stack([x, y, z], axis=-1) * reach[..., None] + CENTRE
    return np.asarray(path, dtype=np.float32)


def _fall(lines: Floats, lowest: Array, share: Array, wave: Array) -> Floats:
    """Stretches or shortens each line to end at its height; what hangs below hangs straight."""
    start, finish = lines[:, :1, 1], lines[:, -1:, 1]
    wanted = start + (lowest[:, None] - start) * share
    along = np.clip((start - wanted) / np.maximum(start - finish, 0.3), 0.0, 1.0) * _STEPS
    low = np.minimum(along.astype(int), _STEPS - 1)
    rows = np.arange(len(lines))[:, None]
    mixed = lines[rows, low] + (lines[rows, low + 1] - lines[rows, low]) * (along - low)[..., None]
    mixed[..., 1] = np.minimum(mixed[..., 1], np.maximum(wanted, finish) + 50.0)
    below = np.maximum(finish - wanted, 0.0)
    mixed[..., 1] -= below
    aside = mixed[..., [0, 2]] - CENTRE[[0, 2]]
    aside /= np.linalg.norm(aside, axis=-1, keepdims=True) + 1e-6
    mixed[..., [0, 2]] += aside * (wave * share)[..., None] + aside * (0.05 * below)[..., None]
    return np.asarray(mixed, dtype=np.float32)


def hairs(
    lines: Floats, random: np.random.Generator, width: float = 0.045
) -> tuple[Floats, Ints, Floats]:
    """Thin bands along lines (count, steps, 3), that taper and face the front.

    Returns:
        Points, triangles and strands, as :class:`Hair` has them.
    """
    count, steps = lines.shape[:2]
    ahead = np.gradient(lines, axis=1)
    across = np.cross(ahead, lines - CENTRE + (0.0, 0.0, 8.0))
    across /= np.linalg.norm(across, axis=-1, keepdims=True) + 1e-6
    taper = np.linspace(1.0, 0.35, steps)[None, :, None] * width / 2.0
    points = np.stack([lines - across * taper, lines + across * taper], axis=2)
    # One tone a hair: shading reads it from where the hair lies across its lock.
    strand = np.broadcast_to(random.uniform(0.0, 200.0, count)[:, None, None], (count, steps, 2))
    down = np.broadcast_to(np.linspace(0.0, 1.0, steps)[None, :, None], strand.shape)
    cell = np.arange(count * steps * 2).reshape(count, steps, 2)
    a, b = cell[:, :-1, 0].ravel(), cell[:, :-1, 1].ravel()
    c, d = cell[:, 1:, 0].ravel(), cell[:, 1:, 1].ravel()
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    return (
        points.reshape(-1, 3).astype(np.float32),
        triangles.astype(np.int32),
        np.stack([strand, down], axis=-1).reshape(-1, 2).astype(np.float32),
    )


def _split(lines: Floats, fine: int, random: np.random.Generator) -> Floats:
    """Each lock as hairs beside it that close up towards its tip."""
    count, steps = lines.shape[:2]
    outward = lines - CENTRE
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True) + 1e-6
    across = np.cross(np.gradient(lines, axis=1), outward)
    across /= np.linalg.norm(across, axis=-1, keepdims=True) + 1e-6
    share = np.linspace(0.0, 1.0, steps)[None, None, :, None]
    aside = random.normal(0.0, 0.42, (count, fine, 1, 1)) * (1.0 - 0.45 * share)
    lift = random.uniform(-0.35, 0.12, (count, fine, 1, 1))
    sway = 0.08 * np.sin(share * random.uniform(3.0, 7.0, (count, fine, 1, 1)) + aside * 40.0)
    moved = lines[:, None] + across[:, None] * (aside + sway) + outward[:, None] * lift
    # Hairs of a lock end at different heights.
    moved[..., 1] -= (lines[:, :1, 1] - lines[:, :, 1])[:, None] * random.uniform(
        -0.12, 0.06, (count, fine, 1)
    )
    return np.asarray(moved.reshape(-1, steps, 3), dtype=np.float32)


def _ribbons(lines: Floats, random: np.random.Generator) -> tuple[Floats, Ints, Floats]:
    """Flat, tapering bands that lie against the head."""
    count, steps = lines.shape[:2]
    ahead = np.gradient(lines, axis=1)
    outward = lines - CENTRE
    across = np.cross(ahead, outward)
    across /= np.linalg.norm(across, axis=-1, keepdims=True) + 1e-6
    taper = np.sin(np.linspace(0.6, np.pi * 0.9, steps)) ** 0.45
    width = random.uniform(0.6, 1.3, count)[:, None] * taper
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
    edges = [lines - across * width[..., None] - 0.18 * outward, lines]
    edges.append(lines + across * width[..., None] - 0.18 * outward)
    points = np.stack(edges, axis=2)  # (count, steps, 3, 3)
    base = random.uniform(0.0, 200.0, count)[:, None, None]
    strand = base + width[..., None] * np.array([-1.0, 0.0, 1.0])
    down = np.broadcast_to(np.linspace(0.0, 1.0, steps)[None, :, None], strand.shape)
    cell = np.arange(count * steps * 3).reshape(count, steps, 3)
    a, b = cell[:, :-1, :-1].ravel(), cell[:, :-1, 1:].ravel()
    c, d = cell[:, 1:, :-1].ravel(), cell[:, 1:, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    return (
        points.reshape(-1, 3).astype(np.float32),
        triangles.astype(np.int32),
        np.stack([strand, down], axis=-1).reshape(-1, 2).astype(np.float32),
    )
