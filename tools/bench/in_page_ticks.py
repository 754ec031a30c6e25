"""Ticks of a room of two, in the page itself, while both faces rest. Run inside the page.

Time is made: the page's own step is called, twenty times a second of it, as on a machine whose
processor draws. Five times a second a face is read and one comes from the peer, the same as before.
What is measured are the ticks between.
"""

from __future__ import annotations

import gc
import json
import time
from typing import Any, TypeVar

import numpy as np

from persona_core.face.observation import FaceObservation
from persona_core.face.params import IDENTITY_ROTATION, FaceParams
from persona_core.face.pose import HeadPose
from persona_core.wire.codec import encode_frame
from persona_web.bridge.graphics.canvas import DrawingSheet
from persona_web.bridge.ticker import Ticker
from persona_web.room.call_room import CallRoom

TICK_MS = 50.0
TICKS_A_FACE = 4
WARM_UP = 200
WAY_MS = 25.0

T = TypeVar("T")


def found(kind: type[T]) -> T:
    """The page's one object of a class."""
    return next(each for each in gc.get_objects() if type(each) is kind)


class Canvases:
    """What the page's canvases take, which is JavaScript's and not Python's."""

    def __init__(self) -> None:
        self.ms = 0.0
        draw = DrawingSheet.draw

        def timed(sheet: DrawingSheet, values: Any) -> None:
            start = time.perf_counter()
            draw(sheet, values)
            self.ms += (time.perf_counter() - start) * 1000.0

        DrawingSheet.draw = timed  # type: ignore[method-assign]


class StillCall:
    """Both faces of a call, at rest."""

    def __init__(self, room: CallRoom) -> None:
        self._pipeline = room._face_capture.motion.pipeline
        self._remote = room.engine.remotes[0]
        # What came till now is of another clock.
        self._remote._buffer = type(self._remote._buffer)()
        self._remote._decoder = type(self._remote._decoder)()
        self._sequence = 0

    def read(self, now_ms: float) -> None:
        shapes = np.full(52, 0.1, dtype=np.float32)
        pose = HeadPose(IDENTITY_ROTATION, np.zeros(2, dtype=np.float32), 50.0)
        self._pipeline.observe(FaceObservation(now_ms - WAY_MS, now_ms, shapes, pose), now_ms)
        self._sequence += 1
        frame = encode_frame(FaceParams(now_ms - WAY_MS, blendshapes=shapes), self._sequence)
        self._remote.take_frame(frame, now_ms)


def measure(ticks: int) -> str:
    """JSON of the ms of each tick without news: of Python, and with the canvases."""
    beat, still, canvases = found(Ticker)._tick, StillCall(found(CallRoom)), Canvases()
    now_ms = time.perf_counter() * 1000.0
    python: list[float] = []
    whole: list[float] = []
    for number in range(WARM_UP + ticks):
        now_ms += TICK_MS
        is_new = number % TICKS_A_FACE == 0
        if is_new:
            still.read(now_ms)
        canvases.ms, start = 0.0, time.perf_counter()
        beat(now_ms, True)
        spent_ms = (time.perf_counter() - start) * 1000.0
        if number >= WARM_UP and not is_new:
            python.append(spent_ms - canvases.ms)
            whole.append(spent_ms)
    return json.dumps({"python": python, "whole": whole})
