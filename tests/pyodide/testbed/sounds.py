"""Sounds that the page makes itself, as the platform's audio tracks."""

from __future__ import annotations

from typing import Any

import js


class Tone:
    """A steady tone.

    Attributes:
        track: a ``MediaStreamTrack``.
    """

    def __init__(self, hertz: float = 220.0, gain: float = 0.4) -> None:
        self._context = js.AudioContext.new()
        oscillator = self._context.createOscillator()
        oscillator.type = "sawtooth"
        oscillator.frequency.value = hertz
        self._volume = self._context.createGain()
        self._volume.gain.value = gain
        target = self._context.createMediaStreamDestination()
        oscillator.connect(self._volume)
        self._volume.connect(target)
        oscillator.start()
        self.track: Any = target.stream.getAudioTracks()[0]

    def hush(self) -> None:
        """Goes on without a sound."""
        self._volume.gain.value = 0.0

    def close(self) -> None:
        self.track.stop()
        self._context.close()
