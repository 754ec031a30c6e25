"""``Truth``: what a recorded face really did, at any instant."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
from tests.support.traces import Trace

from persona_core.face import blendshapes, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams
from persona_core.wire.codec import decode_frame, encode_frame
from persona_core.wire.motion_track import MotionTrack

Values = npt.NDArray[np.float64]

GRID_MS: Final = 1000.0 / 30.0
SHAPES: Final = slice(0, blendshapes.COUNT)
ROTATION: Final = slice(SHAPES.stop, SHAPES.stop + 4)
PLACE: Final = slice(ROTATION.stop, ROTATION.stop + 2)
SCALE: Final = PLACE.stop
WIDTH: Final = SCALE + 1


def _shapes(*prefixes: str) -> list[int]:
    return [int(shape) for shape in Blendshape if shape.name.startswith(prefixes)]


GROUPS: Final = {
    "mouth": _shapes("MOUTH_", "JAW_"),
    "lids": _shapes("EYE_BLINK"),
    "brows": _shapes("BROW_"),
    "gaze": _shapes("EYE_LOOK"),
    "head": [*range(ROTATION.start + 1, ROTATION.stop)],
}
"""Columns of each part of the face. The head is its rotation, as x, y and z of the quaternion:
half the angle in radians, for a head that looks about at the camera."""

STILL: Final = 0.02
STILL_ROTATION: Final = 0.0035
LONGEST_MS: Final = 200.0


class Truth:
    """A recording, running on in a loop, as a smooth curve through its frames.

    Args:
        track: the recording.
        seconds: how far it can be asked for.
    """

    def __init__(self, track: MotionTrack, seconds: float) -> None:
        count = max(4, round(track.period_ms / GRID_MS))
        self._step_ms = track.period_ms / count
        loop = np.array([pack(track.sample(at * self._step_ms)) for at in range(count)])
        turns = int(seconds * 1000.0 / track.period_ms) + 2
        self._values = np.concatenate([loop] * turns)
        rotations = self._values[:, ROTATION]
        signs = np.sign((rotations[1:] * rotations[:-1]).sum(axis=1))
        rotations[1:] *= np.cumprod(np.where(signs == 0.0, 1.0, signs))[:, None]

    def at(self, times_ms: Values) -> Values:
        """(n, 59) at these times: Catmull and Rom's cubic, kept within its range."""
        position = np.clip(times_ms / self._step_ms, 1.0, len(self._values) - 2.001)
        at = position.astype(int)
        share = (position - at)[:, None]
        before, start, end, after = (self._values[at + k] for k in (-1, 0, 1, 2))
        curve = start + 0.5 * share * (
            end
            - before
            + share * (2.0 * before - 5.0 * start + 4.0 * end - after)
            + share**2 * (3.0 * (start - end) + after - before)
        )
        curve[:, SHAPES] = np.clip(curve[:, SHAPES], 0.0, 1.0)
        curve[:, ROTATION] /= np.linalg.norm(curve[:, ROTATION], axis=1, keepdims=True)
        return curve

    def faces(self, trace: Trace) -> list[FaceParams]:
        """The faces of a trace's rows as they come out of the wire, under the sender's stamps."""
        return [
            replace(decode_frame(encode_frame(unpack(values), 0)).params, time_ms=stamp_ms)
            for values, stamp_ms in zip(self.at(trace[:, 2]), trace[:, 1].tolist(), strict=True)
        ]

    def worth_sending(self, seconds: float) -> Values:
        """Capture times of a sender that leaves out what says nothing new: 5 to 30 a second."""
        times = np.arange(0.0, seconds * 1000.0, GRID_MS)
        values = self.at(times)
        sent = [0]
        for at in range(1, len(times)):
            change = np.abs(values[at] - values[sent[-1]])
            moved = change[SHAPES].max() > STILL or change[ROTATION].max() > STILL_ROTATION
            if moved or times[at] - times[sent[-1]] >= LONGEST_MS - 1.0:
                sent.append(at)
        return times[sent]


def pack(face: FaceParams) -> Values:
    """(59,) of a face: blendshapes, rotation, place, logarithm of the scale."""
    return np.concatenate(
        [face.blendshapes, face.rotation, face.translation, [np.log(face.scale)]], dtype=np.float64
    )


def unpack(values: Values) -> FaceParams:
    """The face of :func:`pack`'s values."""
    return FaceParams(
        0.0,
        values[SHAPES].astype(np.float32),
        quaternion.from_components(*values[ROTATION].tolist()),
        values[PLACE].astype(np.float32),
        float(np.exp(values[SCALE])),
    )
