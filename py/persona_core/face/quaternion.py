"""The few quaternion operations a head needs.

A rotation is a (4,) float32 unit quaternion (w, x, y, z) in the axes of
:mod:`persona_core.face.params`: x right in the camera image, y up, z towards the viewer.
The work is done on plain floats: for four numbers that is several times faster than numpy.

Angles follow the right-hand rule about those axes and compose as yaw * pitch * roll (the head
rolls first, then nods, then turns):

* yaw about y: positive turns the face towards the person's own left;
* pitch about x: positive looks down;
* roll about z: positive tilts the top of the head towards the person's own right.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats


def from_components(w: float, x: float, y: float, z: float) -> Floats:
    """The unit quaternion along (w, x, y, z).

    Raises:
        ValueError: the length is zero or not finite, so there is no direction to keep.
    """
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if not 0.0 < length < math.inf:
        raise ValueError(f"no rotation lies along ({w}, {x}, {y}, {z})")
    return np.array([w / length, x / length, y / length, z / length], dtype=np.float32)


def from_matrix(matrix: npt.NDArray[np.floating]) -> Floats:
    """The rotation of a (3, 3) orthonormal matrix that acts on column vectors.

    Of the four ways to solve for a quaternion the one with the largest divisor is taken
    (S. W. Shepperd, "Quaternion from rotation matrix", J. Guidance and Control 1(3), 1978).
    """
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    trace = a + e + i
    largest = max(trace, a, e, i)
    if largest == trace:
        return from_components(1.0 + trace, h - f, c - g, d - b)
    if largest == a:
        return from_components(h - f, 1.0 + a - e - i, b + d, c + g)
    if largest == e:
        return from_components(c - g, b + d, 1.0 - a + e - i, f + h)
    return from_components(d - b, c + g, f + h, 1.0 - a - e + i)


def multiply(first: Floats, second: Floats) -> Floats:
    """The rotation that applies ``second``, then ``first`` (the Hamilton product)."""
    aw, ax, ay, az = first.tolist()
    bw, bx, by, bz = second.tolist()
    return from_components(
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def conjugate(rotation: Floats) -> Floats:
    """The inverse of a unit quaternion."""
    w, x, y, z = rotation.tolist()
    return np.array([w, -x, -y, -z], dtype=np.float32)


def nlerp(start: Floats, end: Floats, t: float) -> Floats:
    """Between ``start`` (t = 0) and ``end`` (t = 1) along the shorter arc.

    The normalised straight line: the path is slerp's, the speed along it is off by less than
    a tenth for arcs up to 90 degrees, which no eye sees in a fade.
    """
    aw, ax, ay, az = start.tolist()
    bw, bx, by, bz = end.tolist()
    near = 1.0 - t
    far = t if aw * bw + ax * bx + ay * by + az * bz >= 0.0 else -t
    try:
        return from_components(
            near * aw + far * bw,
            near * ax + far * bx,
            near * ay + far * by,
            near * az + far * bz,
        )
    except ValueError:  # half a turn apart, half-way: every arc is as short as the next
        return start


def angle_between(first: Floats, second: Floats) -> float:
    """The angle in degrees, in [0, 180], of the turn from one rotation to the other."""
    gap = np.asarray(first, dtype=np.float64)
    other = np.asarray(second, dtype=np.float64)
    if gap @ other < 0.0:
        other = -other
    # The chord's length, unlike the dot product, stays exact for small angles.
    chord = float(np.linalg.norm(gap - other))
    return math.degrees(4.0 * math.asin(min(1.0, chord / 2.0)))


def to_yaw_pitch_roll(rotation: Floats) -> tuple[float, float, float]:
    """Yaw in [-180, 180], pitch in [-90, 90] and roll in [-180, 180], in degrees."""
    w, x, y, z = rotation.tolist()
    pitch = math.asin(max(-1.0, min(1.0, 2.0 * (w * x - y * z))))
    yaw = math.atan2(2.0 * (x * z + w * y), 1.0 - 2.0 * (x * x + y * y))
    roll = math.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z))
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def from_yaw_pitch_roll(yaw: float, pitch: float, roll: float) -> Floats:
    """The rotation of these angles, in degrees."""
    half_yaw, half_pitch, half_roll = (math.radians(angle) / 2.0 for angle in (yaw, pitch, roll))
    cy, sy = math.cos(half_yaw), math.sin(half_yaw)
    cp, sp = math.cos(half_pitch), math.sin(half_pitch)
    cr, sr = math.cos(half_roll), math.sin(half_roll)
    return from_components(
        cy * cp * cr + sy * sp * sr,
        cy * sp * cr + sy * cp * sr,
        sy * cp * cr - cy * sp * sr,
        cy * cp * sr - sy * sp * cr,
    )
