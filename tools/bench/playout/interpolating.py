"""``InterpolatingBuffer``: the usual adaptive playout, which shows only what it can interpolate.

What the product's playout is measured against. It stays one mean interval between frames and
what 90 % of the recent frames needed beyond the fastest behind the sender, waits on the newest
frame when the next is missing, and makes up for lost time at one and a half times the speed.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import Final

from persona_core.call.media.transit_window import TransitWindow
from persona_core.face.blend import Crossfade, interpolate
from persona_core.face.params import FaceParams

MAX_DELAY_MS: Final = 250.0
MAX_INTERVAL_MS: Final = 100.0
CORRECTION_MS: Final = 300.0
MIN_SPEED: Final = 0.8
MAX_SPEED: Final = 1.5
LEAP_MS: Final = 400.0
LEAP_FADE_MS: Final = 150.0
RESTART_GAP_MS: Final = 1000.0
RESTART_FRAMES: Final = 3


class InterpolatingBuffer:
    """The frames of one peer, given back evenly."""

    def __init__(self) -> None:
        self._frames: list[FaceParams] = []
        self._times: list[float] = []
        self._transits = TransitWindow()
        self._interval_ms = 1000.0 / 30.0
        self._playout_ms: float | None = None
        self._sampled_ms = 0.0
        self._crossfade = Crossfade()
        self._shown: FaceParams | None = None
        self._behind = 0

    def push(self, params: FaceParams, arrival_ms: float) -> None:
        """Takes a frame, in any order; ``params.time_ms`` is the sender's clock."""
        time_ms = params.time_ms
        if self._times and time_ms < self._times[-1] - RESTART_GAP_MS:
            self._behind += 1
            if self._behind < RESTART_FRAMES:
                return
            self._restart()
        self._behind = 0
        self._transits.add(arrival_ms - time_ms, arrival_ms)
        place = bisect_right(self._times, time_ms)
        if place > 0 and self._times[place - 1] == time_ms:
            return
        if self._playout_ms is not None and time_ms < self._playout_ms:
            return
        if place == len(self._times) and place > 0:
            interval = min(MAX_INTERVAL_MS, time_ms - self._times[-1])
            self._interval_ms += (interval - self._interval_ms) / 16.0
        self._times.insert(place, time_ms)
        self._frames.insert(place, params)

    def sample(self, now_ms: float) -> FaceParams | None:
        """The peer's face at ``now_ms``; None before the first frame."""
        if not self._times:
            return None
        playout_ms = self._advance(now_ms)
        face = self._crossfade.apply(self._at(playout_ms), now_ms)
        self._shown = face = replace(face, time_ms=playout_ms)
        played = bisect_right(self._times, playout_ms) - 1
        if played > 0:
            del self._times[:played], self._frames[:played]
        return face

    def _restart(self) -> None:
        self._times.clear()
        self._frames.clear()
        self._transits.clear()
        self._playout_ms = None

    def _advance(self, now_ms: float) -> float:
        delay_ms = min(MAX_DELAY_MS, self._interval_ms + self._transits.spread_ms)
        goal_ms = now_ms - self._transits.fastest_ms - delay_ms
        newest_ms = self._times[-1]
        elapsed_ms = max(0.0, now_ms - self._sampled_ms)
        playout_ms = self._playout_ms
        if playout_ms is None or min(goal_ms, newest_ms) - playout_ms - elapsed_ms > LEAP_MS:
            playout_ms = goal_ms
            if self._shown is not None:
                self._crossfade.start(self._shown, now_ms, LEAP_FADE_MS)
        else:
            speed = 1.0 + (goal_ms - playout_ms - elapsed_ms) / CORRECTION_MS
            playout_ms += elapsed_ms * max(MIN_SPEED, min(MAX_SPEED, speed))
        self._playout_ms = max(self._times[0], min(playout_ms, newest_ms))
        self._sampled_ms = max(self._sampled_ms, now_ms)
        return self._playout_ms

    def _at(self, time_ms: float) -> FaceParams:
        after = bisect_right(self._times, time_ms)
        if after == len(self._times):
            return self._frames[-1]
        start, end = self._times[after - 1], self._times[after]
        share = (time_ms - start) / (end - start)
        return interpolate(self._frames[after - 1], self._frames[after], share)
