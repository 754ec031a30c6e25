"""``SkinMap``: a flat map of the head's skin, and how far each spot is from lips, eyes, brows.

The map is a cylinder about the head's vertical axis, unrolled: 16 texels a centimetre at the
radius of the face. It is made once of the average head; painting a person only reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom
from scipy.spatial import cKDTree
from skimage.draw import polygon2mask

from persona_core.base.arrays import Floats
from persona_models.faces import ict_face
from persona_models.faces.ict_face import IctFace

TEXELS_PER_CM = 16.0
WIDTH = 480
HEIGHT = 400
RADIUS = 9.5  # cm, of the cylinder
TOP = 12.5  # cm, of the map's upper edge
_ROOT = 0.12  # cm: where a lash is nearer to the skin it grows from it

_NO_FIELDS = ("places", "texels_per_cm")

# Points of the 68 iBUG landmarks on the published model.
EYE_RIGHT = (1507, 1542, 1537, 1528, 1518, 1511)
EYE_LEFT = (3742, 3751, 3756, 3721, 3725, 3732)
JAW = (
    *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966),
    *(3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443),
)
NOSTRILS = (1140, 2075, 1147, 4269, 3360)
NOSE = (978, 4527, 4942, 4857)
LIPS_INNER = (5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966)


def texels(points: Floats) -> Floats:
    """(..., 2) float32 column and row of points (..., 3) of the average head, in cm."""
    across = RADIUS * np.arctan2(points[..., 0], np.maximum(points[..., 2], 0.05))
    column = WIDTH / 2.0 + across * TEXELS_PER_CM
    row = (TOP - points[..., 1]) * TEXELS_PER_CM
    return np.stack([column, row], axis=-1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class SkinMap:
    """Everything (HEIGHT, WIDTH) float32; distances in cm on the map.

    Attributes:
        places: (N, 2) texel of each vertex of the model.
        lips: distance to the lips' rim, negative outside.
        eyes: distance to the nearer eye's rim, negative outside.
        lash_line: distance to the edge that lashes grow from.
        lower_lid: 1 below the eyes, fading: where bags and shadows are.
        upper_lid: 1 on the lids, fading.
        brow_along: 0 at a brow's inner end, 1 at its outer one.
        brow_across: distance above a brow's middle line, negative below.
        beard: 0 to 1, where a beard grows.
        moustache: 0 to 1.
        red: 0 to 1, cheeks, tip of the nose, ears.
        nostrils: 0 to 1.
        shine: 0 to 1, forehead, nose, chin.
        folds: (HEIGHT, WIDTH, 4) heights of wrinkles, each about 1 deep: always there; of raised
            brows; of a smile; of a frown.
        texels_per_cm: of the map.
    """

    places: Floats
    lips: Floats
    eyes: Floats
    lash_line: Floats
    lower_lid: Floats
    upper_lid: Floats
    brow_along: Floats
    brow_across: Floats
    beard: Floats
    moustache: Floats
    red: Floats
    nostrils: Floats
    shine: Floats
    folds: Floats
    texels_per_cm: float = TEXELS_PER_CM

    @classmethod
    def of(cls, model: IctFace) -> SkinMap:
        """Measures the average head; takes about a second."""
        points = model.vertices
        spots = texels(points)
        right, left = spots[list(EYE_RIGHT)], spots[list(EYE_LEFT)]
        lips = spots[list(ict_face.LIPS)]
        eyes = np.maximum(_signed(right), _signed(left))
        inner_first = (ict_face.BROW_RIGHT[::-1], ict_face.BROW_LEFT)
        brows = [_brow(spots[list(line)]) for line in inner_first]
        nearer = np.abs(brows[0][1]) < np.abs(brows[1][1])
        rims = [right.mean(axis=0), left.mean(axis=0)]
        beard, moustache = _beard(points, spots)
        cheeks = [_spot((side * 4.6, -0.4), (1.7, 1.3)) for side in (-1.0, 1.0)]
        nose = _spot_at(spots[NOSE[-1]], (0.9, 0.7))
        holes = [_spot_at(spots[NOSTRILS[k]] + (0.0, 1.0), (0.28, 0.16)) for k in (1, 3)]
        return cls(
            places=spots,
            lips=_signed(lips),
            eyes=eyes.astype(np.float32),
            lash_line=_lash_line(model),
            lower_lid=_sum([_spot_at(rim + np.array([0.0, 15.0]), (1.3, 0.5)) for rim in rims]),
            upper_lid=_sum([_spot_at(rim - np.array([0.0, 11.0]), (1.5, 0.65)) for rim in rims]),
            brow_along=np.where(nearer, brows[0][0], brows[1][0]).astype(np.float32),
            brow_across=np.where(nearer, brows[0][1], brows[1][1]).astype(np.float32),
            beard=beard,
            moustache=moustache,
            red=_sum([*cheeks, 0.9 * nose]),
            nostrils=_sum(holes),
            shine=_sum([_spot((0.0, 7.5), (3.0, 1.5)), nose, _spot((0.0, -5.6), (1.0, 0.7))]),
            folds=_folds(spots),
        )

    def enlarged(self, factor: int) -> SkinMap:
        """The same map with that many times as many texels a centimetre: finer paint."""

        def larger(field: Floats) -> Floats:
            return np.stack(
                [
                    zoom(plane, factor, order=1, mode="nearest", grid_mode=True)
                    for plane in (np.moveaxis(field, -1, 0) if field.ndim == 3 else [field])
                ],
                axis=-1,
            ).astype(np.float32)

        fields = {
            name: larger(getattr(self, name)) for name in self.__slots__ if name not in _NO_FIELDS
        }
        flat = {
            name: np.ascontiguousarray(x[..., 0]) for name, x in fields.items() if x.shape[-1] == 1
        }
        places = self.places * np.float32(factor) + np.float32((factor - 1) / 2.0)
        placed = np.asarray(places, dtype=np.float32)
        return SkinMap(places=placed, texels_per_cm=self.texels_per_cm * factor, **(fields | flat))


def _grid() -> tuple[Floats, Floats]:
    """Across (to the person's left) and up, cm, of each texel."""
    column, row = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    across = (column - WIDTH / 2.0) / TEXELS_PER_CM
    return across.astype(np.float32), (TOP - row / TEXELS_PER_CM).astype(np.float32)


def _signed(rim: Floats) -> Floats:
    inside = polygon2mask((HEIGHT, WIDTH), rim[:, ::-1])
    distance = distance_transform_edt(inside) - distance_transform_edt(~inside)
    return np.asarray(gaussian_filter(distance / TEXELS_PER_CM, 1.0), dtype=np.float32)


def _lash_line(model: IctFace) -> Floats:
    skin = model.vertices[: ict_face.SKIN_END]
    distance, root = cKDTree(skin).query(model.vertices[ict_face.LASHES])
    column, row = texels(skin[root[distance < _ROOT]]).astype(int).T
    line = np.ones((HEIGHT, WIDTH), dtype=bool)
    line[row, column] = False
    away = gaussian_filter(distance_transform_edt(line), 1.0) / TEXELS_PER_CM
    return np.asarray(away, dtype=np.float32)


def _spot(centre: tuple[float, float], size: tuple[float, float]) -> Floats:
    across, up = _grid()
    shape = np.exp(-(((across - centre[0]) / size[0]) ** 2) - ((up - centre[1]) / size[1]) ** 2)
    return np.asarray(shape, dtype=np.float32)


def _spot_at(texel: Floats, size: tuple[float, float]) -> Floats:
    across = (float(texel[0]) - WIDTH / 2.0) / TEXELS_PER_CM
    return _spot((across, TOP - float(texel[1]) / TEXELS_PER_CM), size)


def _sum(parts: list[Floats]) -> Floats:
    return np.asarray(np.minimum(np.sum(parts, axis=0), 1.0), dtype=np.float32)


def _brow(line: Floats) -> tuple[Floats, Floats]:
    """Along (0 at the first point) and across, of the curve through some texels."""
    across, up = _grid()
    x = (line[:, 0] - WIDTH / 2.0) / TEXELS_PER_CM
    y = TOP - line[:, 1] / TEXELS_PER_CM
    along = (across - x[0]) / (x[-1] - x[0])
    order = np.argsort(x)
    height = np.interp(across, x[order], y[order])
    outside = np.maximum(np.maximum(-along, along - 1.0), 0.0) * abs(float(x[-1] - x[0]))
    distance = (up - height) + np.where(outside > 0.0, np.sign(up - height) * outside, 0.0)
    return along.astype(np.float32), distance.astype(np.float32)


def _beard(points: Floats, spots: Floats) -> tuple[Floats, Floats]:
    across, up = _grid()
    jaw = spots[list(JAW)]
    corner = spots[list(ict_face.LIPS)][[0, 6]]
    upper = [jaw[1], jaw[3] + (30.0, -6.0), corner[0] + (-22.0, -10.0)]
    upper += [corner[1] + (22.0, -10.0), jaw[13] + (-30.0, -6.0), jaw[15]]
    below = [jaw[15] + (0.0, 60.0), np.array([jaw[12][0], HEIGHT - 10.0])]
    below += [np.array([jaw[4][0], HEIGHT - 10.0]), jaw[1] + (0.0, 60.0)]
    area = polygon2mask((HEIGHT, WIDTH), np.array(upper + below)[:, ::-1]).astype(np.float32)
    area = gaussian_filter(area, 7.0) * np.clip((up + 11.0) / 3.0, 0.0, 1.0)
    nose, lip = float(points[NOSTRILS[2], 1]), float(points[2081, 1])
    width = 2.9 - 0.35 * np.abs(up - lip)
    moustache = np.clip((width - np.abs(across)) / 0.5, 0.0, 1.0)
    moustache *= np.clip((nose - 0.25 - up) / 0.3, 0.0, 1.0)
    moustache *= np.clip((up - lip + 1.2) / 0.3, 0.0, 1.0)
    rim = np.clip(-_signed(spots[list(ict_face.LIPS)]) / 0.18, 0.0, 1.0)
    return (
        (np.clip(area, 0.0, 1.0) * rim).astype(np.float32),
        (gaussian_filter(moustache, 3.0) * rim).astype(np.float32),
    )


def _folds(spots: Floats) -> Floats:
    """Wrinkles as dents: 0 on smooth skin, -1 at the bottom of a fold."""
    across, up = _grid()
    aside = np.abs(across)

    def dent(distance: npt.NDArray[np.floating[Any]], width: float) -> Floats:
        return np.asarray(-np.exp(-((distance / width) ** 2)), dtype=np.float32)

    forehead = np.zeros_like(up)
    for number, height in enumerate((6.9, 7.7, 8.5, 9.3)):
        wave = 0.18 * np.cos(across * 0.9 + number) - 0.012 * across**2
        forehead += dent(up - height - wave, 0.10) * np.exp(-((across / (4.3 - 0.3 * number)) ** 4))
    nose, corner = spots[NOSTRILS[4]], spots[ict_face.LIPS[6]]
    start = ((nose[0] - WIDTH / 2) / TEXELS_PER_CM + 0.5, TOP - nose[1] / TEXELS_PER_CM + 0.5)
    end = ((corner[0] - WIDTH / 2) / TEXELS_PER_CM + 0.75, TOP - corner[1] / TEXELS_PER_CM - 0.4)
    share = np.clip((start[1] - up) / (start[1] - end[1]), 0.0, 1.0)
    line = start[0] + (end[0] - start[0]) * share**0.8 + 0.35 * np.sin(np.pi * share)
    ends = np.clip((start[1] + 0.5 - up) / 0.8, 0.0, 1.0) * np.clip((up - end[1] + 0.6) / 1.0, 0, 1)
    smile = 1.4 * dent(aside - line, 0.16) * ends
    eye = spots[EYE_LEFT[3]]
    eye_x, eye_y = (eye[0] - WIDTH / 2) / TEXELS_PER_CM + 0.35, TOP - eye[1] / TEXELS_PER_CM
    reach = np.hypot(aside - eye_x, up - eye_y)
    angle = np.arctan2(up - eye_y, aside - eye_x)
    rays = -(np.clip(np.cos(angle * 11.0), 0.0, 1.0) ** 4)
    crow = rays * np.exp(-(((reach - 0.9) / 0.55) ** 2)) * (np.abs(angle) < 0.95)
    frown = dent(aside - 0.75 - 0.08 * (up - 5.2), 0.10) * np.exp(-(((up - 5.4) / 0.9) ** 2))
    frown += 0.7 * dent(up - 4.3, 0.12) * np.exp(-((across / 0.9) ** 2))
    rest = 0.35 * smile + 0.25 * forehead + 0.35 * frown + 0.3 * crow
    layers = [rest, forehead, smile + 0.8 * crow, frown]
    return np.stack([gaussian_filter(x, 0.7) for x in layers], axis=-1).astype(np.float32)
