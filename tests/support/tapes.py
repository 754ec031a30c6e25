"""Reading what a page recorded: its tapes of sent and received faces."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tests.support.tab import PIXELS, Tab

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams
from persona_core.wire.codec import decode_frame

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tape:
    """Faces in time; ``times`` are capture times in ms of the sender's clock."""

    times: Array
    shapes: Array
    angles: Array
    """Yaw, pitch and roll in degrees, (n, 3)."""

    @classmethod
    def of(cls, faces: list[FaceParams]) -> Tape:
        faces = sorted(faces, key=lambda face: face.time_ms)
        return cls(
            np.array([face.time_ms for face in faces]),
            np.array([face.blendshapes for face in faces], dtype=np.float64),
            np.array([quaternion.to_yaw_pitch_roll(face.rotation) for face in faces]),
        )

    def channel(self, name: str) -> Array:
        """One curve: ``YAW``, or a blendshape's name, both eyes or corners averaged."""
        if name == "YAW":
            return self.angles[:, 0]
        names = {name, f"{name}_LEFT", f"{name}_RIGHT"}
        sides = [int(shape) for shape in Blendshape if shape.name in names]
        return self.shapes[:, sides].mean(axis=1)

    def at(self, name: str, times: Array) -> Array:
        """A curve at other times, interpolated."""
        return np.interp(times, self.times, self.channel(name))


def read(tab: Tab, name: str) -> Tape:
    """The tape ``sent`` or ``received`` of a page."""
    entries = json.loads(tab.page.evaluate("virtualpersona.recorded()"))[name]
    return Tape.of([decode_frame(bytes.fromhex(data)).params for _, data in entries])


SEEN_NOW = f"""async () => [
  await ({PIXELS})("peer"),
  JSON.parse(virtualpersona.recorded()).received.slice(-60).map(([, data]) => data),
]"""


def seen_now(tab: Tab) -> tuple[str, FaceParams]:
    """The peer's canvas as a data URL, and the face that is on it."""
    picture, faces = seen_lately(tab)
    return picture, faces[-1]


def seen_lately(tab: Tab) -> tuple[str, list[FaceParams]]:
    """The peer's canvas as a data URL, and the faces of the last seconds, the newest last."""
    picture, told = tab.page.evaluate(SEEN_NOW)
    return picture, [decode_frame(bytes.fromhex(data)).params for data in told]
