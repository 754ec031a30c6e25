"""Faces and portraits for the tests of this folder: the basis' mean face, placed in a photo."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image
from tests.support.faces import face, shapes

from persona_core.face import quaternion
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig

Floats = npt.NDArray[np.float32]

WIDTH, HEIGHT = 400, 440
SKIN = (214, 168, 140)


def rotation(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> npt.NDArray[np.float64]:
    """(3, 3) of angles in degrees."""
    w, x, y, z = (float(v) for v in quaternion.from_yaw_pitch_roll(yaw, pitch, roll))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def face_points(
    scale: float = 12.0,
    at: tuple[float, float] = (WIDTH / 2, 210.0),
    turn: npt.NDArray[np.float64] | None = None,
) -> Floats:
    """(478, 3) pixels of the mean face, mouth closed, eyes open."""
    placement = FacePlacement(
        scale, np.eye(3) if turn is None else turn, np.array([at[0], at[1], 0.0])
    )
    return placement.to_image(LandmarkBasis.load().mean)


def picture(width: int = WIDTH, height: int = HEIGHT, kind: str = "WEBP") -> bytes:
    """An encoded image of skin colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), SKIN).save(file, kind)
    return file.getvalue()


def matte() -> npt.NDArray[np.uint8]:
    """(55, 50): a head and shoulders."""
    rows, columns = np.mgrid[:55, :50]
    head = ((columns - 24.5) / 14) ** 2 + ((rows - 24) / 19) ** 2 < 1
    shoulders = (rows > 44) & (np.abs(columns - 24.5) < 22)
    return np.where(head | shoulders, 255, 0).astype(np.uint8)


@cache
def portrait() -> Portrait:
    """The mean face, facing the camera, without any expression."""
    return Portrait(picture(), WIDTH, HEIGHT, face_points(), shapes(), matte())


def make_rig() -> PortraitRig:
    return PortraitRig(portrait())


def params(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, **named: float) -> FaceParams:
    """A face with these angles in degrees and blendshapes by name."""
    return face(**named, rotation=quaternion.from_yaw_pitch_roll(yaw, pitch, roll))


def shown(rig: PortraitRig, values: Floats) -> Floats:
    """(n, 2) where the vertex shader puts the mesh's vertices: pixels of the photo."""
    from persona_core.portrait import layout

    frame = values.reshape(-1, 4)
    mesh = rig.mesh
    weights = frame[layout.WEIGHTS : layout.FIXES].ravel()[: len(mesh.moves)]
    moved = np.tensordot(weights, mesh.moves[..., :3].astype(np.float32), axes=1)
    fixes = frame[layout.FIXES : layout.RIMS, :3]
    moved += (mesh.pin_weights[..., None] * fixes[mesh.pins]).sum(axis=1)
    points = np.concatenate([mesh.points[:, :3], np.ones((len(moved), 1))], axis=1)
    head, rest = frame[layout.HEAD : layout.HEAD + 2], frame[layout.REST : layout.REST + 2]
    follow = mesh.points[:, 3:]
    placed = (1.0 - follow) * (points @ rest.T) + follow * (points @ head.T)
    return np.asarray(placed + moved @ head[:, :3].T, dtype=np.float32)


def rims(values: Floats) -> list[Floats]:
    """The refined rims of the right eye, the left eye and the mouth: (32 or 40, 2) pixels."""
    from persona_core.portrait import layout

    points = values.reshape(-1, 4)[layout.RIMS :].reshape(-1, 2)
    return [points[:32], points[32:64], points[64:]]


def opening(rim: Floats) -> float:
    """Pixels between the two sides of a rim at its middle."""
    half, count = len(rim) // 4, len(rim)
    return float(rim[half, 1] - rim[count - half, 1])
