"""How far the landmarks that a basis gives lie from the tracked ones."""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.evaluate.crop import FaceCrop
from persona_models.evaluate.report import SAMPLE_CLEAN
from persona_models.faces.tracks import FaceTracks

STILLS = (0, 240)
COUNTS = (4, 8, 12, 16, 20, 24, 30)
"""Numbers of residual coefficients that are tried."""
REGIONS = {
    "all": np.arange(landmarks.FACE_COUNT),
    "lips": np.concatenate([landmarks.LIPS_OUTER, landmarks.LIPS_INNER]),
    "eyes": np.concatenate([landmarks.EYE_RIGHT, landmarks.EYE_LEFT]),
    "irises": np.concatenate([landmarks.IRIS_RIGHT, landmarks.IRIS_LEFT]),
}


def error_table(basis: LandmarkBasis, tracks: FaceTracks) -> str:
    """Errors on the sample video as a Markdown table.

    Mean distance in the image plane, in pixels of the 256-pixel crop, over the frames without
    a hand. The neutral face comes from one still alone, as with a photo, or is the mean of all
    frames, as with a sender who was watched for a while. Every head lies where it really was.
    """
    cases = [
        ("head only", False, False, 0),
        ("52 blendshapes", True, False, 0),
        ("52 blendshapes + turn", True, True, 0),
    ]
    cases += [
        (f"the same + {count} coefficients", True, True, count)
        for count in COUNTS
        if count <= basis.residual_count
    ]
    regions = " | ".join(REGIONS)
    lines = [f"| neutral from | motion | {regions} |", "|---" * (2 + len(REGIONS)) + "|"]
    frames = _Frames(tracks)
    for source in (*STILLS, None):
        name = "all frames" if source is None else f"frame {source}"
        for label, with_shapes, with_turns, count in cases:
            errors = frames.errors(basis, source, with_shapes, with_turns, count)
            cells = " | ".join(f"{error:.2f}" for error in errors.values())
            lines.append(f"| {name} | {label} | {cells} |")
    return "\n".join(lines)


class _Frames:
    """The sample video's faces in the crop and in the face frame."""

    def __init__(self, tracks: FaceTracks) -> None:
        self.points = FaceCrop.of(tracks.landmarks[0]).points(tracks.landmarks)
        self.shapes = tracks.blendshapes
        self.placements = [FacePlacement.fit(face) for face in self.points]
        self.faces = [
            placement.to_face(face)
            for placement, face in zip(self.placements, self.points, strict=True)
        ]
        self.clean = [number for stretch in SAMPLE_CLEAN for number in stretch]

    def errors(
        self,
        basis: LandmarkBasis,
        source: int | None,
        with_shapes: bool,
        with_turns: bool,
        count: int,
    ) -> dict[str, float]:
        def motion(number: int) -> Floats:
            if not with_shapes:
                return np.zeros((landmarks.COUNT, 3), dtype=np.float32)
            turn = self.placements[number].rotation if with_turns else None
            return basis.displacement(self.shapes[number], turn)

        rests = [
            self.faces[n] - motion(n) for n in ([source] if source is not None else self.clean)
        ]
        neutral = np.asarray(np.mean(rests, axis=0, dtype=np.float32))
        distances = []
        for number in self.clean:
            placement = self.placements[number]
            shape = neutral + motion(number)
            if count:
                code = basis.residual_code(
                    self.faces[number], self.shapes[number], neutral, placement.rotation
                )
                shape = shape + basis.residual_shape(code[:count])
            away = placement.to_image(shape) - self.points[number]
            distances.append(np.linalg.norm(away[:, :2], axis=1))
        mean = np.mean(distances, axis=0)
        return {name: float(mean[region].mean()) for name, region in REGIONS.items()}
