from __future__ import annotations

import numpy as np
import pytest
from tests.unit.core.portrait.portrait_faces import HEIGHT, WIDTH, face_points, make_rig

from persona_core.face import landmarks
from persona_core.face.blendshapes import Blendshape
from persona_core.portrait.eyewear import bridge_line, with_eyewear
from persona_core.portrait.mesh import PortraitMesh
from persona_core.portrait.topology import topology

SKIN = (200, 160, 140)
UNDER_GLASSES = (230, 223)
"""Landmarks below the right eye and under its brow."""
FOREHEAD = 151


def photo(line: int | None = None) -> np.ndarray:
    """Bare skin; with ``line``, a bridge of that brightness between the eyes."""
    picture = np.full((HEIGHT, WIDTH, 3), SKIN, np.uint8)
    if line is not None:
        right, left = face_points()[[133, 362], :2]
        x, y = (right + left) / 2.0
        picture[int(y) - 1 : int(y) + 2, int(x) - 30 : int(x) + 30] = line
    return picture


def reach(mesh: PortraitMesh, shape: Blendshape, vertex: int) -> float:
    """How far a shape moves a vertex, cm."""
    return float(np.linalg.norm(mesh.moves[shape, vertex, :3].astype(float)))


@pytest.mark.parametrize("line", [30, 255])
def test_line_across_the_nose_is_taken_for_glasses_when_it_is_dark_or_bright(line: int) -> None:
    assert bridge_line(photo(), face_points()) == 0.0
    assert bridge_line(photo(line), face_points()) > 0.42


def test_mesh_is_the_same_when_nobody_wears_glasses() -> None:
    mesh = make_rig().mesh
    assert with_eyewear(mesh, photo(), face_points()) is mesh


def test_noise_in_the_dark_is_no_bridge() -> None:
    noise = np.random.default_rng(1).integers(0, 4, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    assert bridge_line(noise, face_points()) < 0.28


def test_skin_under_glasses_stays_and_lids_and_forehead_move_when_expressions_come() -> None:
    free = make_rig().mesh
    held = with_eyewear(free, photo(30), face_points())
    raised = Blendshape.BROW_INNER_UP
    for vertex in UNDER_GLASSES:
        assert reach(free, raised, vertex) > 0.1
        assert reach(held, raised, vertex) < 0.01
    assert reach(held, raised, FOREHEAD) == reach(free, raised, FOREHEAD) > 0.05
    for lid in landmarks.EYE_RIGHT:
        blink = Blendshape.EYE_BLINK_RIGHT
        assert reach(held, blink, lid) == reach(free, blink, lid)
    turns = slice(len(Blendshape), len(Blendshape) + 6)
    assert np.array_equal(held.moves[turns], free.moves[turns])
    assert np.array_equal(held.moves[-1], free.moves[-1])


def test_bridge_is_looked_for_inside_when_the_face_reaches_over_the_edge() -> None:
    outside = face_points() + np.array([-WIDTH, -HEIGHT, 0.0])
    mesh = make_rig().mesh
    held = with_eyewear(mesh, photo(30), outside)
    assert np.isfinite(held.moves).all()
    assert held.moves.shape == (len(mesh.moves), topology().vertex_count, 4)
