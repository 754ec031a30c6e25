"""``IctFace``: the ICT-FaceKit morphable head, read from one file.

ICT-FaceKit (USC Institute for Creative Technologies, MIT License) is a head mesh in centimetres
with 100 identity modes and 57 expressions whose names follow ARKit's. The file is an ``.npz`` of
its arrays; it is used by tools and is not part of this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats

# Vertex numbers of the published model.
SKIN_END = 9409
HEAD_END = 11248
SOCKETS = slice(HEAD_END, 14062)
"""Mouth bag and eye sockets."""
GUMS = slice(14062, 17039)
TEETH = slice(17039, 21451)
EYEBALLS = slice(21451, 24591)
LASHES = slice(25351, 26719)
BROW_RIGHT = (268, 493, 1914, 2044, 1401)
BROW_LEFT = (3615, 4240, 4114, 2734, 2509)
LIPS = (5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841)
"""Points 18 to 27 and 49 to 60 of the 68 iBUG landmarks on it; the last are the lips' rim."""
_UNSEEN = ("M_EyeBlend", "M_EyeOcclusion", "M_LacrimalFluid")


@dataclass(frozen=True, slots=True, eq=False)
class IctFace:
    """The model.

    Attributes:
        vertices: (26719, 3) the neutral average head, cm: x to its left, y up, z forward.
        triangles: (M, 3) int32; what only softens the eyes' edges is left out.
        identity: (100, 26719, 3) displacements, one standard deviation each.
        expression: (57, 26719, 3) displacements at full strength.
        names: of the expressions: ``jawOpen``, ``mouthSmile_L`` ...
    """

    vertices: Floats
    triangles: npt.NDArray[np.int32]
    identity: Floats
    expression: Floats
    names: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> IctFace:
        """Reads the ``.npz`` file."""
        with np.load(path) as data:
            unseen = [list(data["material_names"]).index(name) for name in _UNSEEN]
            seen = ~np.isin(data["material"], unseen)
            return cls(
                vertices=data["vertices"].astype(np.float32),
                triangles=data["triangles"][seen].astype(np.int32),
                identity=data["identity"].astype(np.float32),
                expression=data["expression"].astype(np.float32),
                names=tuple(str(name) for name in data["expression_names"]),
            )
