"""A voice as Chromium's fake microphone wants it: a WAV file that is played in a loop."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np

RATE = 48_000
PITCH_HZ = 120
VOWEL = ((730.0, 80.0), (1090.0, 90.0))
"""Formants and their widths in Hz: "hod" (Peterson and Barney, 1952)."""


def write_voice(target: Path, seconds: float = 4.0) -> Path:
    """Half a second of a vowel, half a second of silence, and so on."""
    sound = np.zeros(round(seconds * RATE))
    sound[:: RATE // PITCH_HZ] = 1.0
    for hertz, width in VOWEL:
        sound = _resonate(sound, hertz, width)
    sound *= np.arange(len(sound)) // (RATE // 2) % 2 == 0
    samples = (0.5 * 32_767 * sound / np.abs(sound).max()).astype("<i2")
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return target


def _resonate(sound: np.ndarray, hertz: float, width: float) -> np.ndarray:
    """A two-pole resonator."""
    radius = math.exp(-math.pi * width / RATE)
    first, second = 2.0 * radius * math.cos(math.tau * hertz / RATE), -radius * radius
    out = np.empty_like(sound)
    before = earlier = 0.0
    for index, value in enumerate(sound.tolist()):
        before, earlier = value + first * before + second * earlier, before
        out[index] = before
    return out
