"""Single hairs that grow from skin: brows and beards, for pictures that are looked at closely."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from persona_core.base.arrays import Floats
from persona_models.data.hair import hairs
from persona_models.data.looks import SitterLook
from persona_models.data.skin_map import SkinMap
from persona_models.data.visibility import normals
from persona_models.faces import ict_face
from persona_models.faces.ict_face import IctFace

Ints = npt.NDArray[np.int32]
Grown = tuple[Floats, Ints, Floats]

_STEPS = 5
_BROW_HAIRS = 9000
_BEARD_HAIRS = 26000
_SCALP_HAIRS = 60000
_SKULL = 9.5  # cm, its radius
_LENGTHS = {"cropped": 0.9, "short": 2.6, "tied": 5.0, "bob": 3.0, "long": 3.0}


def grow(
    model: IctFace,
    skin_map: SkinMap,
    posed: Floats,
    cover: Floats,
    cap: Floats,
    look: SitterLook,
    random: np.random.Generator,
) -> Grown:
    """Points, triangles and strands of all hairs of a face, as :class:`Hair` has them.

    Args:
        model: of the head.
        skin_map: says where brows and beards are.
        posed: (26719, 3) the person with their expression, cm.
        cover: (HEAD_END,) where hair grows, of :class:`Hair`.
        cap: (HEAD_END,) how far the scalp is lifted there, likewise.
        look: widths and densities.
        random: which hairs.
    """
    roots = _Roots(model, skin_map, posed, random)
    lines = [_brows(roots, look, random)]
    if look.beard > 0.4 or look.moustache > 0.4:
        lines.append(_beard(roots, look, random))
    if look.hair_style != "bald":
        lines.append(_scalp(model, posed, cover, cap, look, random))
    return hairs(np.concatenate(lines), random, 0.036)


class _Roots:
    """Places all over the skin, drawn anew for each growth."""

    def __init__(
        self, model: IctFace, skin_map: SkinMap, posed: Floats, random: np.random.Generator
    ) -> None:
        triangles = model.triangles
        self._skin = triangles[(triangles < ict_face.SKIN_END).all(axis=1)]
        self._map, self._posed, self._random = skin_map, posed, random
        self._normals = normals(posed, triangles)
        a, b, c = (posed[self._skin[:, k]] for k in range(3))
        self._area = np.linalg.norm(np.cross(b - a, c - a), axis=1)

    def draw(self, fields: list[Floats], count: int) -> tuple[Floats, Floats, list[Floats]]:
        """Places, normals, and fields of the map there, of spots where the last field is not 0."""
        texels = self._map.places
        corners = [texels[self._skin[:, k]] for k in range(3)]
        there = np.max([_read(fields[-1], corner) for corner in corners], axis=0) > 0.0
        share = self._area * there
        chosen = self._random.choice(len(share), count, p=share / share.sum())
        weights = self._random.dirichlet((1.0, 1.0, 1.0), count)

        def mix(values: Floats) -> Floats:
            mixed = np.einsum("nk,nkc->nc", weights, values[self._skin[chosen]])
            return np.asarray(mixed, dtype=np.float32)

        texel, normal = mix(texels), mix(self._normals)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        return mix(self._posed), normal, [_read(field, texel) for field in fields]


def _brows(roots: _Roots, look: SitterLook, random: np.random.Generator) -> Floats:
    along, across = roots._map.brow_along, roots._map.brow_across
    near = ((np.abs(across) < 0.6) & (along > -0.12) & (along < 1.1)).astype(np.float32)
    places, normal, (t, height, _) = roots.draw([along, across, near], _BROW_HAIRS)
    width = look.brow_width * _ramp(-0.10, 0.15, t) * (1.0 - 0.75 * _ramp(0.35, 1.05, t))
    keep = np.exp(-((height / np.maximum(width, 0.03)) ** 2) * 0.9) * _ramp(1.12, 0.98, t)
    chosen = random.random(len(t)) < keep * look.brow_density * 0.75
    places, normal, t = places[chosen], normal[chosen], t[chosen]
    side = np.sign(places[:, 0])
    level = np.clip(height[chosen] / 0.3, -1.0, 1.0)
    rise = 1.5 * (1.0 - _ramp(0.0, 0.35, t)) + 0.35 - 0.55 * _ramp(0.4, 0.9, t) - 0.35 * level
    ahead = np.stack([side * (0.25 + t.clip(0.0, 0.8)), rise, np.zeros_like(t)], axis=1)
    length = random.uniform(0.35, 0.75, len(t)) * (1.0 - 0.35 * _ramp(0.6, 1.0, t))
    return _bend(places, normal, ahead, length, 0.25, random)


def _beard(roots: _Roots, look: SitterLook, random: np.random.Generator) -> Floats:
    skin = roots._map
    cover = np.maximum(skin.beard * look.beard, skin.moustache * look.moustache)
    places, normal, (moustache, here) = roots.draw([skin.moustache, cover], _BEARD_HAIRS)
    chosen = random.random(len(here)) < _ramp(0.05, 0.6, here)
    places, normal, moustache = places[chosen], normal[chosen], moustache[chosen]
    middle = np.tanh(places[:, 0] / 1.5)
    aside = middle * (0.25 + 0.8 * moustache)
    ahead = np.stack([aside, np.full_like(aside, -1.0), np.full_like(aside, 0.1)], axis=1)
    length = random.uniform(0.25, 0.75, len(aside)) * (0.45 + here[chosen]) * (1 - 0.4 * moustache)
    return _bend(places, normal, ahead, length, 0.35, random)


def _scalp(
    model: IctFace,
    posed: Floats,
    cover: Floats,
    cap: Floats,
    look: SitterLook,
    random: np.random.Generator,
) -> Floats:
    """Hair combed to the back, down at the sides, a little from its parting."""
    triangles = model.triangles[(model.triangles < ict_face.HEAD_END).all(axis=1)]
    here = cover[triangles].mean(axis=1)
    a, b, c = (posed[triangles[:, k]] for k in range(3))
    share = np.linalg.norm(np.cross(b - a, c - a), axis=1) * (here > 0.12)
    chosen = random.choice(len(share), _SCALP_HAIRS, p=share / share.sum())
    weights = random.dirichlet((1.0, 1.0, 1.0), _SCALP_HAIRS)
    corners = triangles[chosen]
    places = np.einsum("nk,nkc->nc", weights, posed[corners])
    normal = np.einsum("nk,nkc->nc", weights, normals(posed, model.triangles)[corners])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    grown = np.einsum("nk,nk->n", weights, cover[corners])
    x, y, z = places.T
    low = _ramp(8.5, 4.5, y)  # at the sides and the nape
    part = np.tanh((x - look.parting) / 1.2)
    loose = look.hair_style in ("cropped", "short")
    aside = part * (0.9 if loose else 0.35) * (1.0 - low)
    down = -0.9 * low + 0.15 * (1.0 - low)
    if look.hair_style == "tied":
        down = np.where(z > -2.0, 0.25 * (1.0 - low) + 0.12, 0.0)
    back = -0.7 - 0.5 * (1.0 - low)
    wave = random.normal(0.0, 0.10 if loose else 0.05, (len(x), 3))
    wave += 0.25 * look.curl * np.sin(places * 2.1 + np.array([0.0, 1.3, 2.9]))
    ahead = np.stack([aside, down, back], axis=1) + wave
    length = _LENGTHS[look.hair_style] * random.uniform(0.6, 1.1, len(x))
    length *= (0.45 + 0.55 * np.clip(grown, 0.0, 1.0)) * (1.0 - 0.5 * low * loose)
    lift = 0.6 * look.hair_volume if loose else 0.2
    places = places + normal * np.einsum("nk,nk->n", weights, cap[corners])[:, None]
    places, normal = places.astype(np.float32), normal.astype(np.float32)
    return _bend(places, normal, ahead, length, lift, random, _SKULL)


def _bend(
    places: Floats,
    normal: Floats,
    ahead: npt.NDArray[np.floating],
    length: npt.NDArray[np.floating],
    lift: float,
    random: np.random.Generator,
    radius: float = 30.0,
) -> Floats:
    """Hairs that leave the skin and lie down along it: (count, steps, 3).

    ``radius``, cm, is that of the skin below, which a hair's tip follows.
    """
    ahead = ahead + random.normal(0.0, 0.16, ahead.shape)
    ahead -= (ahead * normal).sum(axis=1, keepdims=True) * normal
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-6
    share = np.linspace(0.0, 1.0, _STEPS)[None, :, None]
    up = lift * (share - 0.6 * share**2)
    reach = length[:, None, None]
    # Long hairs are combed: their tips stray no further than those of short ones.
    curl = random.normal(0.0, 0.10, (len(places), 1, 3)) * share**2 * np.minimum(1.0, 0.8 / reach)
    lines = places[:, None] + reach * (ahead[:, None] * share + normal[:, None] * up + curl)
    sunk = (reach * share) ** 2 / (2.0 * radius)
    return np.asarray(lines + normal[:, None] * (0.01 - sunk), dtype=np.float32)


def _read(field: Floats, texels: Floats) -> Floats:
    spots = np.moveaxis(texels[..., ::-1], -1, 0)
    return np.asarray(map_coordinates(field, spots, order=1, mode="nearest"), dtype=np.float32)


def _ramp(low: float, high: float, x: Floats) -> Floats:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
