"""``People``: renders persons who do not exist, with exact landmarks.

Everything follows from a seed and a person's number. A person is drawn at 512x512 and reduced to
256x256, in the crop in which portraits are animated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from persona_core.base.arrays import Floats
from persona_models.data import hair, shading, skin_map, wardrobe
from persona_models.data.backgrounds import background
from persona_models.data.camera import Webcam
from persona_models.data.hair import Hair
from persona_models.data.landmark_points import LandmarkPoints
from persona_models.data.lighting import Lighting, occlusion
from persona_models.data.looks import SitterLook, linear
from persona_models.data.skin_map import SkinMap
from persona_models.data.skin_paint import paint, relief
from persona_models.data.value_noise import noise_table
from persona_models.data.visibility import FAR, draw, normals
from persona_models.faces import ict_face
from persona_models.faces.ict_face import IctFace
from persona_models.faces.tracks import Picture

Ints = npt.NDArray[np.int32]

SIZE = 256
SUPERSAMPLING = 2
CROP_SCALE = 2.3
"""Side of the picture in sizes of the face, brows to chin, as portraits are cropped."""
_NECK = np.array([0.0, -7.0, -1.0], dtype=np.float32)  # the head turns about it
MODEL_END = 26719
INSIDE = slice(ict_face.HEAD_END, ict_face.TEETH.stop)
HELD_BACK = 0.4
"""Centimetres by which the mouth's inside lies deeper in the depth buffer: teeth of other people's
size than the model's would come through its lips."""
_EYE_HEIGHT = 3.55  # cm: of the eyes' corners in the model


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture of a person.

    Attributes:
        picture: (256, 256, 3) uint8 RGB.
        landmarks: (478, 3) float32, pixels: x right, y down, z away from the viewer, as the
            tracker gives them.
        expression: (57,) float32 strengths.
    """

    picture: Picture
    landmarks: Floats
    expression: Floats


class People:
    """A source of persons.

    Args:
        model: ICT-FaceKit.
        seed: of everything.
        points: where the landmarks lie; None for those that were fitted.
    """

    def __init__(self, model: IctFace, seed: int, points: LandmarkPoints | None = None) -> None:
        self.model = model
        self.skin_map = SkinMap.of(model)
        self.landmarks = points or LandmarkPoints.load()
        self._seed = seed
        self.table = noise_table(np.random.default_rng([seed, 0]))
        self.material = _materials(model)
        skin = model.vertices[: ict_face.SKIN_END]
        lashes = model.vertices[ict_face.LASHES]
        distance, self.lash_roots = cKDTree(skin).query(lashes)
        self.lash_tips = (distance / distance.max()).astype(np.float32)
        # Lower lashes hang below the eye; the model has them as long as the upper ones.
        lower = (lashes[:, 1] < _EYE_HEIGHT)[:, None]
        self.lash_share = np.where(lower, np.float32(0.45), np.float32(1.0))

    def person(self, number: int) -> Person:
        """The person with this number: the same one every time."""
        return Person(self, np.random.default_rng([self._seed, 1, number]))


class Person:
    """One identity in one place before one camera; made by :class:`People`.

    Args:
        people: the model and its maps.
        random: everything about the person that is not given.
        look: None for a random one.
        spread: of the identity, in standard deviations of the model's.
        side: of the picture in which a person is drawn, in pixels.
    """

    def __init__(
        self,
        people: People,
        random: np.random.Generator,
        look: SitterLook | None = None,
        *,
        spread: float = 0.75,
        side: int = SIZE * SUPERSAMPLING,
    ) -> None:
        model = people.model
        self._people, self._random, self._side = people, random, side
        self.look = look = look or SitterLook.random(random)
        modes = random.normal(0.0, spread, len(model.identity)).astype(np.float32)
        self.neutral = model.vertices + np.tensordot(modes, model.identity, axes=1)
        _set_teeth(self.neutral, look, random)
        lashes, roots = self.neutral[ict_face.LASHES], self.neutral[people.lash_roots]
        self.neutral[ict_face.LASHES] = roots + (lashes - roots) * people.lash_share * np.float32(
            look.lash_length
        )
        self._skin = paint(people.skin_map, look, people.table, random)
        self._hair = Hair.grow(model.vertices, self.neutral, look, random)
        self._assemble(random)
        self._lighting = Lighting.random(random)
        self._webcam = Webcam.random(random)
        self._distance = float(random.uniform(48.0, 130.0))  # cm
        self._frame = self._aim(random)
        self._background = background(random, side)
        dark = linear(random.uniform(0.02, 0.25) * (0.4 + 0.6 * random.random(3)))
        metal = linear(random.uniform(0.3, 0.75) * np.array([1.0, 0.95, 0.85]))
        frame = metal if look.glasses == 2 else dark
        colours = [look.hair, look.cloth, look.iris, look.teeth, look.gum, frame]
        self._colours = np.stack(colours).astype(np.float32)
        self._mouth_dark = float(random.uniform(0.05, 0.3))
        self._hair_gloss = float(random.uniform(0.4, 1.6))
        self._glare = float(random.uniform(0.0, 0.25)) * (random.random() < 0.6)

    def shoot(self, expression: Floats, rotation: Floats, shift: Floats) -> Shot:
        """A picture.

        Args:
            expression: (57,) strengths.
            rotation: (3, 3) of the head.
            shift: (3,) cm, of the head.
        """
        people, side = self._people, self._side
        posed, shape_normals = self._pose(expression, rotation, shift)
        pixels = self._project(posed)
        pixels[INSIDE, 2] += HELD_BACK
        normal = normals(posed, self._triangles)
        normal[:MODEL_END] = shape_normals
        depth = np.full((side, side), FAR, dtype=np.float32)
        seen = np.full((side, side), -1, dtype=np.int32)
        draw(pixels, self._triangles, depth, seen)
        picture = self._background.copy()
        lighting = self._lighting
        look = self.look
        shown = dict(zip(people.model.names, expression.tolist(), strict=True))
        amounts = np.array(
            [
                *(look.iris_radius, look.pupil_radius, look.sclera),
                *(lighting.flat, lighting.softness, self._mouth_dark),
                *(self._hair_gloss, lighting.highlights),
            ],
            dtype=np.float32,
        )
        shading.shade(
            picture,
            seen,
            pixels,
            self._triangles,
            self._material,
            posed,
            normal,
            self._rest,
            self._texels,
            self._strands,
            self._skin,
            relief(people.skin_map, self._skin, look.age, shown),
            rotation.astype(np.float32),
            lighting.shadow(posed, self._triangles),
            lighting.frame,
            lighting.light,
            occlusion(depth),
            self._colours,
            amounts,
            people.table,
        )
        self._veil(picture, depth, pixels)
        small = picture.reshape(SIZE, SUPERSAMPLING, SIZE, SUPERSAMPLING, 3).mean(axis=(1, 3))
        return Shot(
            picture=self._webcam.shoot(small, self._random),
            landmarks=self._landmarks(pixels),
            expression=expression,
        )

    def places(self, expression: Floats, rotation: Floats, shift: Floats) -> Floats:
        """(26719, 3) where the model's vertices lie in the picture, in its pixels."""
        posed, _ = self._pose(expression, rotation, shift)
        return self._in_picture(self._project(posed)[:MODEL_END])

    def _landmarks(self, pixels: Floats) -> Floats:
        return self._people.landmarks.of(self._in_picture(pixels[:MODEL_END]))

    def _in_picture(self, pixels: Floats) -> Floats:
        """Places as the tracker would give them: half as large, depths in pixels about the head."""
        x, y = (pixels[:, k] / SUPERSAMPLING - (SUPERSAMPLING - 1) / 4.0 for k in (0, 1))
        z = (pixels[:, 2] - self._distance) * self._frame[2] / SUPERSAMPLING
        return np.stack([x, y, z], axis=1).astype(np.float32)

    def _garment(self, random: np.random.Generator) -> tuple[Floats, Ints]:
        return wardrobe.shoulders(random)

    def _assemble(self, random: np.random.Generator) -> None:
        """One mesh of head, hair, clothes and glasses."""
        model, people, look, own = self._people.model, self._people, self.look, self._hair
        cloth, cloth_triangles = self._garment(random)
        capped = (own.cover[np.minimum(model.triangles, ict_face.HEAD_END - 1)] > 0.02).any(axis=1)
        capped &= (model.triangles < ict_face.HEAD_END).all(axis=1)
        lash = people.material == shading.LASH
        groups = [
            (model.triangles[~capped & ~lash], people.material[~capped & ~lash]),
            (model.triangles[capped], shading.CAP),
            (own.triangles + MODEL_END, shading.LOCK),
            (cloth_triangles + MODEL_END + len(own.points), shading.CLOTH),
        ]
        extra = [own.points, cloth]
        veils = [(model.triangles[lash], shading.LASH)]
        if look.glasses:
            frame, frame_triangles, lens, lens_triangles = wardrobe.glasses(
                self.neutral, look.glasses, random
            )
            start = MODEL_END + len(own.points) + len(cloth)
            groups.append((frame_triangles + start, shading.FRAME))
            veils.append((lens_triangles + start + len(frame), shading.LENS))
            extra += [frame, lens]
        self._extra = np.concatenate(extra).astype(np.float32)
        self._cloth = slice(len(own.points), len(own.points) + len(cloth))
        self._triangles, self._material = _join(groups)
        self._veils, self._veil_material = _join(veils)
        count = MODEL_END + len(self._extra)
        self._rest = np.concatenate([model.vertices, self._extra])
        self._texels = np.zeros((count, 2), dtype=np.float32)
        self._texels[:MODEL_END] = people.skin_map.places
        self._strands = np.ones((count, 3), dtype=np.float32)
        self._strands[: ict_face.HEAD_END, :2] = hair.spherical(
            model.vertices[: ict_face.HEAD_END]
        )[:, :2]
        self._strands[: ict_face.HEAD_END, 2] = own.cover
        self._strands[MODEL_END : MODEL_END + len(own.points), :2] = own.strands
        lashes = model.vertices[ict_face.LASHES]
        self._strands[ict_face.LASHES, 0] = lashes[:, 0] * 2.0
        self._strands[ict_face.LASHES, 1] = people.lash_tips
        height = self._rest[:, 1] + 0.35 * np.maximum(self._rest[:, 2] - 4.0, 0.0)
        hold = np.clip((height + 15.0) / 8.0, 0.0, 1.0)
        hold = hold * hold * (3.0 - 2.0 * hold)
        hold[MODEL_END : MODEL_END + len(own.points)] *= 0.9
        hold[MODEL_END + self._cloth.start : MODEL_END + self._cloth.stop] = 0.0
        if look.glasses:
            hold[MODEL_END + self._cloth.stop :] = 1.0
        self._hold = hold[:, None].astype(np.float32)
        if not look.stubble and look.beard > 0.4:
            column, row = people.skin_map.places[: ict_face.SKIN_END].astype(int).T
            rows, columns = people.skin_map.beard.shape
            column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
            full = people.skin_map.beard[row, column] * look.beard
            self._beard = (full * random.uniform(0.05, 0.7)).astype(np.float32)
        else:
            self._beard = np.zeros(ict_face.SKIN_END, dtype=np.float32)

    def _pose(self, expression: Floats, rotation: Floats, shift: Floats) -> tuple[Floats, Floats]:
        """Places and normals of the model's own vertices, as the head is turned."""
        shaped = self.neutral.copy()
        for number in np.flatnonzero(expression):
            shaped += expression[number] * self._people.model.expression[number]
        normal = normals(shaped, self._people.model.triangles)
        lifted = shaped
        head = slice(0, ict_face.HEAD_END)
        lifted[head] += normal[head] * self._hair.cap[:, None]
        lifted[: ict_face.SKIN_END] += normal[: ict_face.SKIN_END] * self._beard[:, None]
        places = np.concatenate([lifted, self._extra])
        turned = (places - _NECK) @ rotation.T.astype(np.float32) + _NECK + shift
        posed = places + (turned - places) * self._hold
        return posed.astype(np.float32), (normal @ rotation.T).astype(np.float32)

    def _project(self, points: Floats) -> Floats:
        left, top, scale = self._frame
        depth = self._distance - points[:, 2]
        zoom = scale * self._distance / depth
        pixels = [left + points[:, 0] * zoom, top - points[:, 1] * zoom, depth]
        return np.stack(pixels, axis=1).astype(np.float32)

    def _aim(self, random: np.random.Generator) -> tuple[float, float, float]:
        """Where the face frame's origin lies in the picture, and pixels a centimetre."""
        face = self.neutral[[*skin_map.JAW, *ict_face.BROW_RIGHT, *ict_face.BROW_LEFT]]
        zoom = self._distance / (self._distance - face[:, 2])
        spots = face[:, :2] * zoom[:, None]
        low, high = spots.min(axis=0), spots.max(axis=0)
        side = float((high - low).max()) * CROP_SCALE * random.uniform(0.86, 1.14)
        middle = (low + high) / 2.0 + (0.0, 0.125 * side) + random.normal(0.0, 0.025 * side, 2)
        scale = self._side / side
        half = self._side / 2.0
        return half - float(middle[0]) * scale, half + float(middle[1]) * scale, scale

    def _veil(self, picture: Floats, depth: Floats, pixels: Floats) -> None:
        seen = np.full(depth.shape, -1, dtype=np.int32)
        draw(pixels, self._veils, depth, seen)
        amounts = np.array([self.look.lash_density, 0.03, self._glare], dtype=np.float32)
        shading.veil(
            picture,
            seen,
            pixels,
            self._veils,
            self._veil_material,
            self._strands,
            self._lighting.light,
            self._colours,
            amounts,
            self._people.table,
        )


def _materials(model: IctFace) -> Ints:
    """What each triangle of the model is, by its first corner."""
    corner = model.triangles[:, 0]
    material = np.full(len(corner), shading.SKIN, dtype=np.int32)
    sockets_start = 13294  # the mouth bag lies before them
    for start, kind in (
        (ict_face.HEAD_END, shading.BAG),
        (sockets_start, shading.SOCKET),
        (ict_face.GUMS.start, shading.GUM),
        (ict_face.TEETH.start, shading.TOOTH),
        (ict_face.EYEBALLS.start, shading.EYE),
        (ict_face.LASHES.start, shading.LASH),
    ):
        material[corner >= start] = kind
    return material


def _set_teeth(neutral: Floats, look: SitterLook, random: np.random.Generator) -> None:
    inside = slice(ict_face.GUMS.start, ict_face.TEETH.stop)
    neutral[inside, 0] *= look.teeth_scale
    # Both rows alike, or those who bite would show a dark gap. Roots end below the nostrils.
    room = np.clip((-0.9 - neutral[inside, 1:2]) / 1.5, 0.0, 1.0)
    neutral[inside, 1:2] += look.teeth_raise * room
    neutral[inside, 2] += random.uniform(0.0, 0.2)


def _join(groups: Sequence[tuple[Ints, int | Ints]]) -> tuple[Ints, Ints]:
    triangles = np.concatenate([corners for corners, _ in groups]).astype(np.int32)
    kinds = [np.broadcast_to(kind, len(corners)) for corners, kind in groups]
    return np.ascontiguousarray(triangles), np.concatenate(kinds).astype(np.int32)
