"""What of a portrait's frames can be told from the one before."""

from __future__ import annotations

import numpy as np
from tests.support.expressions import params
from tests.support.portraits import built_in

from persona_core.base.arrays import Floats
from persona_core.face.params import FaceParams
from persona_core.portrait import layout
from persona_core.portrait.frame_change import UNSEEN_PX, FrameChange
from persona_core.portrait.rig import BREATH_PERIOD_MS, PortraitRig


def moved_px(rig: PortraitRig, before: Floats, after: Floats) -> float:
    """How far the vertex that moves most is from where it was, pixels of the photo."""

    def seen(values: Floats) -> Floats:
        block = values.reshape(-1, 4)
        weights = block[layout.WEIGHTS : layout.FIXES].reshape(-1)
        moves = rig.mesh.moves[..., :3].astype(np.float32)
        points = rig.mesh.points[:, :3] + np.tensordot(weights[: len(moves)], moves, axes=1)
        head = block[layout.HEAD : layout.HEAD + 2]
        return points @ head[:, :3].T + head[:, 3]

    return float(np.linalg.norm(seen(after) - seen(before), axis=1).max())


def test_frame_is_seen_when_it_is_the_first_or_was_forgotten() -> None:
    rig = PortraitRig(built_in())
    change, values = FrameChange(rig.mesh, rig.placement), rig.pose(FaceParams(0.0), 0.0)
    assert change.is_seen(values)
    assert not change.is_seen(values)
    change.forget()
    assert change.is_seen(values)


def test_what_is_left_out_moves_nothing_that_can_be_seen_when_somebody_breathes() -> None:
    rig = PortraitRig(built_in())
    change = FrameChange(rig.mesh, rig.placement)
    shown, seen = None, 0
    for at in range(120):
        values = rig.pose(FaceParams(0.0), BREATH_PERIOD_MS * at / 120).copy()
        if change.is_seen(values):
            shown, seen = values, seen + 1
        else:
            assert shown is not None
            assert moved_px(rig, shown, values) < 2.0 * UNSEEN_PX
    assert 10 < seen < 60


def test_every_blendshape_is_seen_when_it_moves_the_face_by_a_pixel() -> None:
    rig = PortraitRig(built_in())
    rest = rig.pose(FaceParams(0.0), 0.0).copy()
    told = 0
    for name in ("jawOpen", "eyeBlinkLeft", "browInnerUp", "mouthSmileRight", "mouthPucker"):
        values = rig.pose(params({name: 0.3}), 0.0).copy()
        if moved_px(rig, rest, values) < 1.0:
            continue
        change = FrameChange(rig.mesh, rig.placement)
        change.is_seen(rest)
        assert change.is_seen(values), name
        told += 1
    assert told >= 4
