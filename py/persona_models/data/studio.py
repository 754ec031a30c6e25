"""``Sitter``: a rendered person as a photographer's studio shows them, for portraits to choose.

What training pictures need is speed and breadth; what a portrait needs is one good picture. Here
each hair is drawn, the light is a soft box and a dome of many lamps, each with its shadows, and
light in skin is spread (the diffuse light alone is blurred, each colour by its own width, as in
J. Jimenez et al., "Screen-Space Perceptual Rendering of Human Skin", 2009).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from persona_core.base.arrays import Floats
from persona_models.data import fur, shading, wardrobe
from persona_models.data.camera import Webcam
from persona_models.data.hair import Hair
from persona_models.data.lighting import Lighting
from persona_models.data.looks import SitterLook
from persona_models.data.people import HELD_BACK, INSIDE, MODEL_END, People, Person
from persona_models.data.skin_paint import relief
from persona_models.data.visibility import FAR, draw, normals
from persona_models.faces import ict_face
from persona_models.faces.ict_face import IctFace
from persona_models.faces.tracks import Picture

Ints = npt.NDArray[np.int32]

FINER = 3  # times as many texels of skin
_SCATTER = (0.11, 0.05, 0.03)
"""Centimetres that red, green and blue travel in skin: deviations of their blur."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Who is drawn.

    Attributes:
        seed: of the face.
        look: what is told of it: fields of :class:`SitterLook`.
        expression: strengths by the model's names; a name without a side is both sides.
        turn: degrees: yaw to the person's left, pitch up, roll.
        backdrop: display colour behind them.
    """

    seed: int
    look: dict[str, Any]
    expression: dict[str, float]
    turn: tuple[float, float, float]
    backdrop: tuple[float, float, float]


class PhotoStudio:
    """Draws subjects.

    Args:
        model: ICT-FaceKit.
        side: of the pictures, in pixels.
        supersampling: how much larger they are drawn.
        lamps: of the dome.
    """

    def __init__(
        self, model: IctFace, side: int = 768, supersampling: int = 2, lamps: int = 16
    ) -> None:
        self._people = People(model, seed=1)
        self._people.table.setflags(write=False)
        enlarged = self._people.skin_map.enlarged(FINER)
        # The dome's shadows make the nostrils dark; no paint is needed.
        self._people.skin_map = replace(enlarged, nostrils=enlarged.nostrils * np.float32(0.0))
        self._side, self._supersampling, self._lamps = side, supersampling, lamps

    def picture(self, subject: Subject) -> Picture:
        """(side, side, 3) uint8 RGB."""
        random = np.random.default_rng([subject.seed, 7])
        look = replace(SitterLook.random(random), **subject.look)
        sitter = Sitter(self._people, random, look, subject, self._side * self._supersampling)
        return sitter.sit(self._supersampling, self._lamps)


class Sitter(Person):
    """One subject in the studio; made by :class:`PhotoStudio`."""

    def __init__(
        self,
        people: People,
        random: np.random.Generator,
        look: SitterLook,
        subject: Subject,
        side: int,
    ) -> None:
        self._subject = subject
        self._expression = _strengths(people.model.names, subject.expression)
        super().__init__(people, random, look, spread=0.5, side=side)

    def sit(self, supersampling: int, lamps: int) -> Picture:
        """The photograph."""
        side = self._side
        rotation = _rotation(self._subject.turn)
        posed, shape_normals = self._pose(self._expression, rotation, np.zeros(3, np.float32))
        pixels = self._project(posed)
        pixels[INSIDE, 2] += HELD_BACK
        normal = normals(posed, self._triangles)
        normal[:MODEL_END] = shape_normals
        depth = np.full((side, side), FAR, dtype=np.float32)
        seen = np.full((side, side), -1, dtype=np.int32)
        draw(pixels, self._triangles, depth, seen)
        light = self._light(seen, pixels, posed, normal, rotation, lamps)
        picture = self._backdrop()
        picture[seen >= 0] = light[seen >= 0]
        self._lighting = _veil_light()
        self._glare = 0.05
        self._veil(picture, depth, pixels)
        out = side // supersampling
        small = picture.reshape(out, supersampling, out, supersampling, 3).mean(axis=(1, 3))
        camera = Webcam(np.full(3, 0.97, np.float32), 1.06, 1.02, 0.0, 0.0, 0)
        return camera.shoot(small, self._random)

    def _light(
        self,
        seen: Ints,
        pixels: Floats,
        posed: Floats,
        normal: Floats,
        rotation: Floats,
        lamps: int,
    ) -> Floats:
        people, look = self._people, self.look
        names = people.model.names
        shown = dict(zip(names, self._expression.tolist(), strict=True))
        height = relief(people.skin_map, self._skin, look.age, shown) * np.float32(0.8 * FINER)
        free = np.ones((self._side // 2, self._side // 2), dtype=np.float32)

        def shade(key: Floats, strength: float, sky: float, gloss: float) -> Floats:
            lighting = _lamp(key, strength, sky)
            shadow = lighting.shadow(posed, self._triangles)
            out = np.zeros((*seen.shape, 3), dtype=np.float32)
            amounts = [look.iris_radius, look.pupil_radius, look.sclera, 0.0, 1.6]
            amounts += [self._mouth_dark, gloss * 3.0, gloss]
            shading.shade(
                out,
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
                height,
                rotation,
                shadow,
                lighting.frame,
                lighting.light,
                free,
                self._colours,
                np.array(amounts, dtype=np.float32),
                people.table,
            )
            return out

        albedo = shade(np.array([0.0, 0.0, 1.0]), 0.0, 1.0, 0.0)
        diffuse, shine = np.zeros_like(albedo), np.zeros_like(albedo)
        box = _soft_box()
        for key in box:
            flat = shade(key, 1.0, 0.0, 0.0)
            diffuse += flat * (0.62 / len(box)) * np.array([1.02, 1.0, 0.96], dtype=np.float32)
            shine += (shade(key, 1.0, 0.0, 1.0) - flat) * np.float32(0.75 / len(box))
        for key in _dome(lamps):
            bright = np.float32(1.9 / lamps * (0.75 + 0.35 * key[1]))
            diffuse += shade(key, 1.0, 0.0, 0.0) * bright * np.array([0.97, 1.0, 1.04], np.float32)
        return self._scattered(diffuse, albedo, seen) + shine

    def _scattered(self, diffuse: Floats, albedo: Floats, seen: Ints) -> Floats:
        """The diffuse light with that on skin spread."""
        skin = (seen >= 0) & (self._material[np.maximum(seen, 0)] == shading.SKIN)
        mask = skin.astype(np.float32)
        result = diffuse.copy()
        for channel, reach in enumerate(_SCATTER):
            width = reach * self._frame[2]
            arriving = diffuse[..., channel] / np.maximum(albedo[..., channel], 1e-3) * mask
            near = gaussian_filter(mask, width) + 1e-6
            spread = gaussian_filter(arriving, width) / near * albedo[..., channel]
            result[..., channel] = np.where(skin, spread, diffuse[..., channel])
        return result

    def _garment(self, random: np.random.Generator) -> tuple[Floats, Ints]:
        return wardrobe.sweater(1.2)

    def _assemble(self, random: np.random.Generator) -> None:
        model, look = self._people.model, self.look
        # The garment has shoulders of its own.
        aside = np.maximum(np.abs(self.neutral[: ict_face.HEAD_END, 0]) - 5.5, 0.0)
        below = np.clip(-9.5 - self.neutral[: ict_face.HEAD_END, 1], 0.0, 1.0)
        self.neutral[: ict_face.HEAD_END, 1] -= 1.2 * aside * below
        # Lower lashes are finer than the model's cards can be.
        lashes = self.neutral[ict_face.LASHES]
        roots = self.neutral[self._people.lash_roots]
        lashes[:] = np.where(self._people.lash_share < 1.0, roots, lashes)
        # Short and tied hair is only what grows from the scalp; locks would hang as a bowl.
        hanging = (
            look if look.hair_style in ("bob", "long") else replace(look, hair_style="cropped")
        )
        own = Hair.grow(model.vertices, self.neutral, hanging, random, fine=34)
        if look.hair_style == "bald":
            own = replace(own, cap=own.cap * 0.0, cover=own.cover * 0.0)
        elif hanging is not look:
            lift = np.clip(own.cover - 0.25, 0.0, 0.75) / 0.75 * look.hair_volume * 0.6
            own = replace(own, cap=lift.astype(np.float32))
        else:
            own = replace(own, cap=own.cap * np.float32(0.6))  # below the locks
        posed = self.neutral.copy()
        for number in np.flatnonzero(self._expression):
            posed += self._expression[number] * model.expression[number]
        grown = fur.grow(model, self._people.skin_map, posed, own.cover, own.cap, look, random)
        self._hair = Hair(
            cap=own.cap,
            cover=own.cover,
            points=np.concatenate([own.points, grown[0]]),
            triangles=np.concatenate([own.triangles, grown[1] + len(own.points)]),
            strands=np.concatenate([own.strands, grown[2]]),
        )
        super()._assemble(random)
        # Single hairs draw the hairline; below them the skin darkens softly.
        cover = self._strands[: ict_face.HEAD_END, 2]
        self._strands[: ict_face.HEAD_END, 2] = np.clip(1.3 * cover - 0.1, 0.0, 1.0)
        self._hold[MODEL_END + len(own.points) : MODEL_END + len(self._hair.points)] /= 0.9

    def _aim(self, random: np.random.Generator) -> tuple[float, float, float]:
        """Face and shoulders, a little wider than portraits are cropped."""
        self._distance = 110.0
        scale = self._side / 36.0
        return self._side / 2.0, self._side * 0.53, scale

    def _backdrop(self) -> Floats:
        side = self._side
        row, column = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
        glow = np.exp(-((column + 0.12) ** 2 + (row + 0.05) ** 2) * 3.0)
        colour = np.asarray(self._subject.backdrop, dtype=np.float32) ** 2.2
        return np.asarray(colour * (0.45 + 0.75 * glow)[..., None], dtype=np.float32)


def _strengths(names: tuple[str, ...], shown: dict[str, float]) -> Floats:
    expression = np.zeros(len(names), dtype=np.float32)
    for name, strength in shown.items():
        for side in ("", "_L", "_R"):
            if name + side in names:
                expression[names.index(name + side)] = strength
    return expression


def _rotation(turn: tuple[float, float, float]) -> Floats:
    yaw, pitch, roll = np.radians(turn)
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    about_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    return (np.array(about_y) @ np.array(about_x) @ np.array(about_z)).astype(np.float32)


def _lamp(key: npt.NDArray[np.floating], strength: float, sky: float) -> Lighting:
    key = key / np.linalg.norm(key)
    right = np.cross((0.0, 1.0, 0.0), key)
    right /= np.linalg.norm(right) + 1e-6
    grey = np.ones(3)
    light = np.stack([strength * grey, 0.0 * grey, sky * grey, sky * grey, (0.0, 0.0, 1.0)])
    frame = np.stack([right, np.cross(key, right), key])
    return Lighting(frame.astype(np.float32), light.astype(np.float32), 0.0, 1.6, 1.0)


def _veil_light() -> Lighting:
    return _lamp(np.array([-0.4, 0.5, 0.8]), 0.6, 0.7)


def _soft_box() -> list[npt.NDArray[np.floating]]:
    """Directions to the parts of a soft box up on the left of the camera."""
    return [np.array([-0.5 + 0.2 * x, 0.55 + 0.2 * y, 1.0]) for x in (-1, 1) for y in (-1, 1)]


def _dome(count: int) -> list[npt.NDArray[np.floating]]:
    """Directions all over the sphere, but for below and behind (a Fibonacci lattice)."""
    number = np.arange(3 * count) + 0.5
    height = 1.0 - 2.0 * number / (3 * count)
    around = np.pi * (1.0 + 5.0**0.5) * number
    level = np.sqrt(1.0 - height**2)
    sphere = np.stack([level * np.cos(around), height, level * np.sin(around)], axis=1)
    inside = sphere[(sphere[:, 2] > -0.25) & (sphere[:, 1] > -0.45)]
    return list(inside[:: max(1, round(len(inside) / count))])
