"""How the whole figure moves: head pose, hair that swings after it, breath.

Per frame the rig needs one (3, 18) matrix. It maps, for every point, nine features weighted
by how much the point follows the head, and the same nine weighted by how much it follows the
torso: x, y, z, 1, roundness x, roundness y, sway, breath, breath x. Linear blend skinning
with two bones thus costs one matrix product.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.params import FaceParams

FEATURES: Final = 9
PIVOT: Final = (0.0, -62.0, -18.0)
"""Where the head turns: the top of the spine."""

MAX_TURN: Final = 0.70
"""Yaw (rad) that the drawing approaches and never passes: layers hold to about 40 degrees."""
MAX_NOD: Final = 0.52
MAX_ROLL: Final = 0.80
FACE_WIDTH: Final = 190.0
"""Units in one face-width of ``FaceParams.translation``."""
MAX_SHIFT: Final = (48.0, 16.0)
"""Units that the head may leave its place, x and y, so that it stays in the picture."""
BREATH_PERIOD_MS: Final = 4200.0
"""About 14 breaths a minute: an adult at rest (12 to 20)."""


def soft_limit(value: float, limit: float) -> float:
    """``value`` while it is small, never beyond ``limit``, with no corner between."""
    return value / math.sqrt(math.sqrt(1.0 + (value / limit) ** 4))


def head_angles(rotation: Floats) -> tuple[float, float, float]:
    """Nod (down positive), turn (to the person's left positive) and roll in rad.

    The rotation is split as roll after swing (swing-twist decomposition about z), so that
    roll stays a rotation of the picture. A quaternion near zero gives no rotation.
    """
    w, x, y, z = (float(v) for v in rotation)
    if w < 0.0:
        w, x, y, z = -w, -x, -y, -z
    norm = math.hypot(w, z)
    if not 1e-6 < norm < 1e6:
        return 0.0, 0.0, 0.0
    cw, sz = w / norm, z / norm
    sx, sy = cw * x + sz * y, cw * y - sz * x
    sine = math.hypot(sx, sy)
    if sine < 1e-9:
        return 0.0, 0.0, 2.0 * math.atan2(z, w)
    angle = 2.0 * math.atan2(sine, norm)
    return angle * sx / sine, angle * sy / sine, 2.0 * math.atan2(z, w)


class Spring:
    """A damped spring that follows a target; its lag is what swings the hair.

    Integrated by semi-implicit Euler in steps of at most ``STEP_MS``.
    """

    STEP_MS: Final = 12.0
    JUMP_MS: Final = 300.0
    """After a gap longer than this it stands still at its target."""

    __slots__ = ("_damping", "_stiffness", "_time_ms", "position", "velocity")

    def __init__(self, frequency_hz: float, damping_ratio: float) -> None:
        omega = 2.0 * math.pi * frequency_hz / 1000.0
        self._stiffness = omega * omega
        self._damping = 2.0 * damping_ratio * omega
        self._time_ms: float | None = None
        self.position: tuple[float, float] = (0.0, 0.0)
        self.velocity: tuple[float, float] = (0.0, 0.0)

    def follow(self, x: float, y: float, now_ms: float) -> tuple[float, float]:
        """Moves on to ``now_ms``; returns how far it lags behind (x, y)."""
        elapsed = None if self._time_ms is None else now_ms - self._time_ms
        self._time_ms = now_ms
        if elapsed is None or not 0.0 <= elapsed <= self.JUMP_MS:
            self.position, self.velocity = (x, y), (0.0, 0.0)
            return 0.0, 0.0
        (px, py), (vx, vy) = self.position, self.velocity
        steps = max(1, math.ceil(elapsed / self.STEP_MS))
        dt = elapsed / steps
        for _ in range(steps):
            vx += (self._stiffness * (x - px) - self._damping * vx) * dt
            vy += (self._stiffness * (y - py) - self._damping * vy) * dt
            px += vx * dt
            py += vy * dt
        self.position, self.velocity = (px, py), (vx, vy)
        return px - x, py - y


class FigureMotion:
    """Turns a frame's pose and the clock into the skinning matrix.

    Holds the hair's spring, so one instance belongs to one avatar on one clock.
    """

    MAX_SWAY: Final = 34.0
    STILL: Final = 0.1
    """Units by which hair lags, and would move in a fifth of a second, that cannot be seen."""

    __slots__ = ("_lag", "_matrix", "_spring", "zoom")

    def __init__(self) -> None:
        self._spring = Spring(frequency_hz=1.5, damping_ratio=0.3)
        self._lag = (0.0, 0.0)
        self._matrix = np.zeros((3, 2 * FEATURES), dtype=np.float32)
        self.zoom = 1.0

    @property
    def is_still(self) -> bool:
        """Whether the hair hangs still, for the pose of the last :meth:`matrix`."""
        (lag_x, lag_y), (speed_x, speed_y) = self._lag, self._spring.velocity
        moves = max(abs(lag_x), abs(lag_y), 200.0 * abs(speed_x), 200.0 * abs(speed_y))
        return moves < self.STILL

    def matrix(self, params: FaceParams, now_ms: float) -> Floats:
        """The (3, 18) matrix, in a buffer that the next call overwrites; sets ``zoom``."""
        nod, turn, roll = head_angles(params.rotation)
        nod = soft_limit(nod, MAX_NOD)
        turn = soft_limit(turn, MAX_TURN)
        roll = soft_limit(roll, MAX_ROLL)
        shift_x = soft_limit(0.5 * FACE_WIDTH * float(params.translation[0]), MAX_SHIFT[0])
        shift_y = soft_limit(0.5 * FACE_WIDTH * float(params.translation[1]), MAX_SHIFT[1])
        # A doubled apparent size is shown as a tenth nearer: felt, yet always in the picture.
        self.zoom = 1.0 + 0.10 * soft_limit(math.log2(max(float(params.scale), 0.05)), 1.0)
        breath = math.sin(2.0 * math.pi * now_ms / BREATH_PERIOD_MS)

        self._lag = lag_x, lag_y = self._spring.follow(
            62.0 * turn - 120.0 * roll + 0.7 * shift_x, 40.0 * nod + 0.8 * shift_y, now_ms
        )
        sway_x = soft_limit(lag_x, self.MAX_SWAY)
        sway_y = soft_limit(lag_y, 0.5 * self.MAX_SWAY)

        matrix = self._matrix
        matrix[:] = 0.0
        self._set_head(matrix[:, :FEATURES], nod, turn, roll)
        head, torso = matrix[:, :FEATURES], matrix[:, FEATURES:]
        head[0, 3] += shift_x
        head[1, 3] += shift_y + 0.9 * breath
        head[0, 6], head[1, 6] = sway_x, sway_y
        # The torso leans a little the way the head goes.
        lean = 0.10 * roll - 0.0006 * shift_x
        torso[0, 0] = torso[1, 1] = torso[2, 2] = 1.0
        torso[0, 1], torso[1, 0] = -lean, lean
        torso[0, 2] = 0.22 * turn
        torso[0, 3] = 0.45 * shift_x - 300.0 * lean
        torso[1, 3] = 0.35 * shift_y
        torso[1, 7] = 2.6 * breath
        torso[0, 8] = 0.010 * breath
        return matrix

    @staticmethod
    def _set_head(head: Floats, nod: float, turn: float, roll: float) -> None:
        angle = math.hypot(nod, turn)
        ax, ay = (nod / angle, turn / angle) if angle > 1e-9 else (1.0, 0.0)
        c, s = math.cos(angle), math.sin(angle)
        k = 1.0 - c
        # Rodrigues' rotation about the axis (ax, ay, 0).
        m00, m01, m02 = c + k * ax * ax, k * ax * ay, s * ay
        m10, m11, m12 = k * ax * ay, c + k * ay * ay, -s * ax
        m20, m21, m22 = -s * ay, s * ax, c
        cr, sr = math.cos(roll), math.sin(roll)
        px, py, pz = PIVOT
        head[0, 0:3] = cr * m00 - sr * m10, cr * m01 - sr * m11, cr * m02 - sr * m12
        head[1, 0:3] = sr * m00 + cr * m10, sr * m01 + cr * m11, sr * m02 + cr * m12
        head[2, 0:3] = m20, m21, m22
        for row, pivot in enumerate(PIVOT):
            head[row, 3] = pivot - float(head[row, 0] * px + head[row, 1] * py + head[row, 2] * pz)
        # Roundness gives back what the turn took from the outline, before the roll.
        lost_x, lost_y = 1.0 - m00, 1.0 - m11
        head[0, 4], head[1, 4] = cr * lost_x, sr * lost_x
        head[0, 5], head[1, 5] = -sr * lost_y, cr * lost_y
