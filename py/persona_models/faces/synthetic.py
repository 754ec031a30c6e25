"""Renders of people who do not exist, for the tracker to look at.

Not made to be beautiful: skin, lips, brows, lashes, eyes, teeth and hair have the places and the
contrasts by which MediaPipe finds its landmarks. Everything follows from the random generator.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from skimage.measure import points_in_poly

from persona_core.base.arrays import Floats
from persona_models.faces import ict_face
from persona_models.faces.ict_face import IctFace
from persona_models.faces.rasteriser import Coverage, rasterise, vertex_normals
from persona_models.faces.tracks import Picture

SIZE = 320  # pixels; the face fills about half of the height
SUPERSAMPLING = 2
FACES_PER_PERSON = 12

_SKINS = np.array(
    [
        [0.93, 0.77, 0.68],
        [0.85, 0.65, 0.53],
        [0.72, 0.51, 0.39],
        [0.52, 0.35, 0.26],
        [0.34, 0.22, 0.16],
    ]
)
_HAIRS = np.array([[0.07, 0.06, 0.05], [0.24, 0.15, 0.09], [0.55, 0.42, 0.24], [0.5, 0.5, 0.5]])
_IRISES = np.array([[0.28, 0.16, 0.08], [0.34, 0.46, 0.56], [0.3, 0.4, 0.24], [0.14, 0.09, 0.06]])
_EYE_CENTRES = np.array([[3.12, 3.62], [-3.12, 3.62]])  # of the irises in the neutral model
_NECK = np.array([0.0, -7.0, -1.0], dtype=np.float32)  # the head turns about it


_CHANCES = {
    "mouthUpperUp": (0.4, 0.9),
    "mouthLowerDown": (0.4, 0.9),
    "mouthRollLower": (0.15, 0.8),
    "mouthRollUpper": (0.15, 0.8),
    "mouthShrugLower": (0.15, 0.8),
    "mouthShrugUpper": (0.15, 0.8),
    "mouthLeft": (0.07, 0.7),
    "mouthRight": (0.07, 0.7),
    "jawLeft": (0.07, 0.7),
    "jawRight": (0.07, 0.7),
    "jawForward": (0.07, 0.7),
    "jawOpen": (0.65, 0.8),
    "mouthPress": (0.15, 0.8),
    "mouthDimple": (0.15, 0.8),
    "noseSneer": (0.15, 0.8),
    "cheekPuff": (0.06, 0.8),
    "cheekSquint": (0.2, 1.0),
    "browDown": (0.28, 1.0),
    "browInnerUp": (0.28, 1.0),
    "browOuterUp": (0.28, 1.0),
    "eyeSquint": (0.25, 0.9),
    "eyeWide": (0.15, 0.9),
    "eyeBlink": (0.25, 1.0),
}
"""How often a face does something, and how much of it at most."""
_MOUTHS = {
    "mouthSmile": 0.4,
    "mouthFunnel": 0.12,
    "mouthPucker": 0.12,
    "mouthStretch": 0.12,
    "mouthFrown": 0.12,
    "none": 0.12,
}
"""Shapes of which a mouth has one at a time."""


def random_expression(random: np.random.Generator, names: tuple[str, ...]) -> Floats:
    """(57,) strengths of ICT-FaceKit's expressions: what faces do, and what they seldom do.

    Left and right go nearly together, but for a wink now and then.
    """
    values = dict.fromkeys(names, 0.0)

    def show(name: str, strength: float) -> None:
        if name in values:
            values[name] = strength
        else:
            for side in ("_L", "_R"):
                values[name + side] = float(np.clip(strength * random.normal(1.0, 0.15), 0.0, 1.0))

    for name, (chance, most) in _CHANCES.items():
        if random.random() < chance:
            show(name, most * random.beta(1.2, 1.5))
    mouth = str(random.choice(list(_MOUTHS), p=list(_MOUTHS.values())))
    if mouth != "none":
        show(mouth, random.uniform(0.1, 1.0))
    if random.random() < 0.2:
        # It closes the lips over an open jaw, so it is never stronger than that is open.
        show("mouthClose", values["jawOpen"] * random.uniform(0.3, 1.0))
    if random.random() < 0.2:
        show("eyeBlink", 1.0)
    elif random.random() < 0.1:
        show("eyeBlink" + str(random.choice(["_L", "_R"])), random.uniform(0.6, 1.0))
    right, up = random.normal(0.0, 0.35, 2).clip(-1.0, 1.0)
    values["eyeLookOut_L"] = values["eyeLookIn_R"] = max(right, 0.0)
    values["eyeLookIn_L"] = values["eyeLookOut_R"] = max(-right, 0.0)
    for side in ("_L", "_R"):
        values["eyeLookUp" + side] = max(up, 0.0)
        values["eyeLookDown" + side] = max(-up, 0.0)
    return np.array([values[name] for name in names], dtype=np.float32)


def random_rotation(random: np.random.Generator) -> Floats:
    """(3, 3) a head's turn: mostly towards the camera."""
    yaw, pitch, roll = random.normal(0.0, 1.0, 3) * (0.24, 0.14, 0.10)
    cos, sin = np.cos, np.sin
    about_y = [[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]]
    about_x = [[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]]
    about_z = [[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]]
    turn = np.array(about_z) @ np.array(about_x) @ np.array(about_y)
    return turn.astype(np.float32)


class SyntheticPerson:
    """One identity with its colours, light and camera."""

    def __init__(self, model: IctFace, random: np.random.Generator) -> None:
        self._model = model
        self._random = random
        modes = random.normal(0.0, 0.8, len(model.identity)).astype(np.float32)
        self._neutral = model.vertices + np.tensordot(modes, model.identity, axes=1)
        self._colours = _paint(model.vertices, random)
        light = random.normal(0.0, 1.0, 3) * (1.0, 0.6, 0.3) + (0.0, 0.6, 1.2)
        self._light = (light / np.linalg.norm(light)).astype(np.float32)
        self._ambient = random.uniform(0.35, 0.7)
        self._distance = random.uniform(45.0, 120.0)  # cm
        self._iris = _IRISES[random.integers(len(_IRISES))] * random.uniform(0.8, 1.3)
        self._iris_radius = random.uniform(0.55, 0.64)
        self._background = random.uniform(0.05, 0.9, 3)

    def render(self, expression: Floats, rotation: Floats) -> Picture:
        """(SIZE, SIZE, 3) uint8 RGB."""
        model = self._model
        shaped = self._neutral + np.tensordot(expression, model.expression, axes=1)
        turned = (shaped - _NECK) @ rotation.T + _NECK
        side = SIZE * SUPERSAMPLING
        points = self._project(turned, side)
        coverage = rasterise(points, model.triangles, side, side)
        normals = vertex_normals(turned.astype(np.float32), model.triangles)
        shade = self._ambient + (1.0 - self._ambient) * np.maximum(normals @ self._light, 0.0)
        # Eyes are wet and lit nearly evenly.
        shade[ict_face.EYEBALLS] = 0.85
        picture = coverage.interpolate(model.triangles, self._colours * shade[:, None])
        self._paint_eyes(picture, coverage)
        picture[coverage.triangle < 0] = self._background
        small = picture.reshape(SIZE, SUPERSAMPLING, SIZE, SUPERSAMPLING, 3).mean(axis=(1, 3))
        small += self._random.normal(0.0, 0.008, small.shape).astype(np.float32)
        return np.asarray(np.clip(small, 0.0, 1.0) * 255.0).astype(np.uint8)

    def _project(self, points: Floats, side: int) -> Floats:
        depth = self._distance - points[:, 2]
        scale = side / 31.0 * self._distance / depth
        centre = (side - 1) / 2.0
        x = centre + points[:, 0] * scale
        y = centre - (points[:, 1] + 1.0) * scale
        return np.stack([x, y, depth], axis=1).astype(np.float32)

    def _paint_eyes(self, picture: Floats, coverage: Coverage) -> None:
        """Irises, pupils and the upper lid's shadow, by where a pixel lies on the eyeball."""
        triangles = self._model.triangles
        first_corner = triangles[np.maximum(coverage.triangle, 0), 0]
        eyes = ict_face.EYEBALLS
        on_eye = np.nonzero((first_corner >= eyes.start) & (first_corner < eyes.stop))
        corners = self._model.vertices[triangles[coverage.triangle[on_eye]]]
        place = (corners * coverage.weights[on_eye][..., None]).sum(axis=1)[:, :2]
        radius = np.linalg.norm(place[:, None] - _EYE_CENTRES, axis=2).min(axis=1)
        colours = picture[on_eye] * (1.0 - 0.35 * np.clip((place[:, 1:] - 3.4) / 0.8, 0.0, 1.0))
        iris = radius < self._iris_radius
        rim = np.where(radius > 0.85 * self._iris_radius, 0.5, 1.0)[:, None]
        colours = np.where(iris[:, None], self._iris * rim, colours)
        picture[on_eye] = np.where(radius[:, None] < 0.24, 0.02, colours)


def _paint(vertices: Floats, random: np.random.Generator) -> Floats:
    """(26719, 3) a colour for each vertex."""
    skin = _SKINS[random.integers(len(_SKINS))] * random.normal(1.0, 0.05, 3)
    hair = _HAIRS[random.integers(len(_HAIRS))] * random.uniform(0.6, 1.3)
    colours = np.tile(skin, (len(vertices), 1))
    colours *= random.normal(1.0, 0.02, (len(vertices), 1))
    x, y, z = vertices.T
    front = (np.arange(len(vertices)) < ict_face.SKIN_END) & (z > 2.0)
    lip_rim = vertices[list(ict_face.LIPS), :2]
    lips = front & points_in_poly(vertices[:, :2], lip_rim)
    colours[lips] = skin * (
        random.uniform(0.75, 1.0),
        random.uniform(0.5, 0.8),
        random.uniform(0.55, 0.85),
    )
    thickness = random.uniform(0.15, 0.4)
    for brow in (ict_face.BROW_RIGHT, ict_face.BROW_LEFT):
        line = vertices[list(brow), :2]
        steps = np.linspace(0.0, len(brow) - 1.0, 60)
        path = np.stack(
            [np.interp(steps, np.arange(len(brow)), line[:, k]) for k in (0, 1)], axis=1
        )
        near = np.linalg.norm(vertices[:, None, :2] - path, axis=2).min(axis=1)
        colours[front & (near < thickness)] = hair * 1.2
    hairline = random.uniform(8.2, 9.8) - 0.9 * np.maximum(0.0, 5.0 - z)
    scalp = (np.arange(len(vertices)) < ict_face.HEAD_END) & (y > hairline) & (np.abs(x) < 8.4)
    if random.random() < 0.9:
        colours[scalp] = hair * random.uniform(0.8, 1.2, (int(scalp.sum()), 1))
    colours[ict_face.SOCKETS] = (0.30, 0.10, 0.10)
    colours[ict_face.GUMS] = (0.55, 0.24, 0.24)
    colours[ict_face.TEETH] = random.uniform(0.7, 0.92)
    colours[ict_face.EYEBALLS] = random.uniform(0.75, 0.92)
    colours[ict_face.LASHES] = skin * random.uniform(0.15, 0.6)
    return colours.clip(0.0, 1.0).astype(np.float32)


def render_people(model: IctFace, people: int, seed: int) -> Iterator[Picture]:
    """``FACES_PER_PERSON`` pictures of each person in turn; the first of each is neutral."""
    for number in range(people):
        random = np.random.default_rng([seed, number])
        person = SyntheticPerson(model, random)
        for face in range(FACES_PER_PERSON):
            expression = random_expression(random, model.names)
            if face == 0:
                expression = np.zeros_like(expression)
            yield person.render(expression, random_rotation(random))
