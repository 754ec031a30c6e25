"""Between two faces: interpolation, and a crossfade that hides a change of source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import quaternion
from persona_core.face.params import FaceParams


def interpolate(start: FaceParams, end: FaceParams, t: float) -> FaceParams:
    """The face a share ``t`` of the way from ``start`` (0) to ``end`` (1); outside, the nearer end.

    Blendshapes, translation and time go straight, the rotation along the shorter arc, the
    scale geometrically (so that twice and half as near lie evenly about 1). What is not mixed,
    such as ``tracked`` and ``gestures``, is the nearer end's. A residual that one end lacks
    counts as 0 there: it fades.
    """
    if t <= 0.0:
        return start
    if t >= 1.0:
        return end
    return replace(
        start if t < 0.5 else end,
        time_ms=start.time_ms + (end.time_ms - start.time_ms) * t,
        blendshapes=_mix(start.blendshapes, end.blendshapes, t),
        rotation=quaternion.nlerp(start.rotation, end.rotation, t),
        translation=_mix(start.translation, end.translation, t),
        scale=start.scale * (end.scale / start.scale) ** t,
        residual=_mix_residuals(start.residual, end.residual, t),
    )


def _mix_residuals(start: Floats | None, end: Floats | None, t: float) -> Floats | None:
    if start is None:
        return None if end is None else end * np.float32(t)
    return start * np.float32(1.0 - t) if end is None else _mix(start, end, t)


def _mix(start: Floats, end: Floats, t: float) -> Floats:
    mixed = end - start
    mixed *= t
    mixed += start
    return mixed


def smoothstep(t: float) -> float:
    """0 before 0, 1 after 1, and between them a path that starts and ends at rest."""
    t = min(1.0, max(0.0, t))
    return t * t * (3.0 - 2.0 * t)


class Crossfade:
    """Leads from the face last shown to a moving target, so that no change of source jumps.

    A fade may be started while another runs: give it the face shown now.
    """

    def __init__(self) -> None:
        self._origin: FaceParams | None = None
        self._start_ms = 0.0
        self._duration_ms = 1.0

    def start(self, origin: FaceParams, now_ms: float, duration_ms: float) -> None:
        """Fades from ``origin`` over ``duration_ms`` (> 0)."""
        self._origin = origin
        self._start_ms = now_ms
        self._duration_ms = duration_ms

    def unfinished_ms(self, now_ms: float) -> float:
        """How long a fade over the distance still to go would take at the pace of this one."""
        if self._origin is None:
            return 0.0
        t = (now_ms - self._start_ms) / self._duration_ms
        return (1.0 - smoothstep(t)) * self._duration_ms

    def apply(self, target: FaceParams, now_ms: float) -> FaceParams:
        """The face to show at ``now_ms``."""
        if self._origin is None:
            return target
        t = (now_ms - self._start_ms) / self._duration_ms
        if t >= 1.0:
            self._origin = None
            return target
        return interpolate(self._origin, target, smoothstep(t))
