"""Makes ``canonical_face.npz`` of MediaPipe's published face model with irises."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from persona_core.face import landmarks

TARGET = Path(landmarks.__file__).with_name(landmarks.MESH_FILE)


def convert(source: Path, target: Path = TARGET) -> None:
    """Reads ``face_model_with_iris.obj`` and writes its points and the face's triangles.

    Args:
        source: the Wavefront file of MediaPipe's repository
            (``mediapipe/modules/face_geometry/data``).
        target: the file to write.

    Raises:
        ValueError: not that model.
    """
    points = []
    triangles = []
    for line in source.read_text().splitlines():
        kind, *words = line.split() or [""]
        if kind == "v":
            points.append([float(word) for word in words[:3]])
        elif kind == "f":
            triangles.append([int(word.partition("/")[0]) - 1 for word in words])
    face = [corners for corners in triangles if max(corners) < landmarks.FACE_COUNT]
    if len(points) != landmarks.COUNT or len(face) != 898:
        raise ValueError(f"{source}: {len(points)} points, {len(face)} triangles of the face")
    np.savez_compressed(
        target,
        points=np.array(points, dtype=np.float32),
        triangles=np.array(face, dtype=np.uint16),
    )
