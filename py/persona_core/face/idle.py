"""Idle life: what a face does when nobody's is tracked. It blinks and drifts, and no more.

A pure function of time and a seed: two calls for one instant give one face, in any order, and
no state has to be carried over a hidden tab.

Blinks: people at rest blink about 17 times a minute (A. R. Bentivoglio et al., "Analysis of
blink rate patterns in normal subjects", Movement Disorders 12(6), 1997). One blink begins at a
random moment of the first half of each 4 s slot: intervals of 2 to 6 s, 4 s on average. A lid
falls about twice as fast as it rises (L. C. Trutoiu et al., "Modeling and animating eye blinks",
ACM Trans. Applied Perception 8(3), 2011): 75 ms down, 150 ms up. One in seven is a double one.

Drift: for each axis two slow sines whose periods have no common multiple within hours.
"""

from __future__ import annotations

import math

import numpy as np

from persona_core.face import blendshapes, quaternion
from persona_core.face.blend import smoothstep
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

BLINK_SLOT_MS = 4000.0
BLINK_JITTER_MS = 2000.0
LID_FALL_MS = 75.0
LID_RISE_MS = 150.0
DOUBLE_BLINK_SHARE = 1.0 / 7.0
DOUBLE_BLINK_AFTER_MS = 320.0

_MASK = (1 << 64) - 1
# (amplitude in degrees, first period in s, second period in s)
_YAW = (2.2, 11.3, 7.1)
_PITCH = (1.3, 9.7, 5.9)
_ROLL = (1.0, 13.9, 8.3)
# The same in face-widths: the body's sway, and its breath at 15 a minute.
_ACROSS = (0.012, 12.1, 6.7)
_UP = (0.008, 17.3, 4.0)


class IdleMotion:
    """The idle life of one avatar.

    Args:
        seed: gives each avatar its own blinks and drift.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed & _MASK
        self._phases = [math.tau * self._random(-1, channel) for channel in range(10)]

    def sample(self, time_ms: float) -> FaceParams:
        """The idle face at ``time_ms`` (finite); not tracked."""
        seconds = time_ms / 1000.0
        yaw, pitch, roll, across, up = (
            self._drift(seconds, *axis, channel=2 * index)
            for index, axis in enumerate((_YAW, _PITCH, _ROLL, _ACROSS, _UP))
        )
        shapes = np.zeros(blendshapes.COUNT, dtype=np.float32)
        lid = self.lid(time_ms)
        shapes[Blendshape.EYE_BLINK_LEFT] = lid
        shapes[Blendshape.EYE_BLINK_RIGHT] = lid
        return FaceParams(
            time_ms=time_ms,
            blendshapes=shapes,
            rotation=quaternion.from_yaw_pitch_roll(yaw, pitch, roll),
            translation=np.array([across, up], dtype=np.float32),
            tracked=False,
        )

    def lid(self, time_ms: float) -> float:
        """How far the lids are down at ``time_ms``: 0 open, 1 closed."""
        # No blink reaches into the next slot: the latest begins half-way through its own.
        slot = math.floor(time_ms / BLINK_SLOT_MS)
        since = time_ms - slot * BLINK_SLOT_MS - BLINK_JITTER_MS * self._random(slot, 0)
        if self._random(slot, 1) < DOUBLE_BLINK_SHARE and since >= DOUBLE_BLINK_AFTER_MS:
            since -= DOUBLE_BLINK_AFTER_MS
        return _lid_profile(since)

    def _drift(
        self, seconds: float, amplitude: float, first: float, second: float, *, channel: int
    ) -> float:
        slow = math.sin(math.tau * seconds / first + self._phases[channel])
        fast = math.sin(math.tau * seconds / second + self._phases[channel + 1])
        return amplitude * (2.0 * slow + fast) / 3.0

    def _random(self, slot: int, channel: int) -> float:
        """An even random number in [0, 1) that belongs to (seed, slot, channel).

        SplitMix64's mixing (G. Steele, D. Lea, C. Flood: "Fast splittable pseudorandom number
        generators", OOPSLA 2014): seeding a numpy generator a frame would cost 20 us.
        """
        state = (self._seed + 0x9E3779B97F4A7C15 * (slot * 16 + channel + 1)) & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        return ((state ^ state >> 31) >> 11) / (1 << 53)


def _lid_profile(since_ms: float) -> float:
    if since_ms < LID_FALL_MS:
        return smoothstep(since_ms / LID_FALL_MS)
    return 1.0 - smoothstep((since_ms - LID_FALL_MS) / LID_RISE_MS)
