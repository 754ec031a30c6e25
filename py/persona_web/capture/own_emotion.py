"""The emotion that a person puts on: asked for by button or key, faded by the core's layer."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.face.emotions import Emotion, EmotionLayer
from persona_core.face.params import FaceParams

EmotionListener = Callable[[Emotion | None, float], object]
"""Hears the emotion that is on from now on, and its intensity in [0, 1]."""


class OwnEmotion:
    """What is put on, how strongly, and who wants to know.

    Args:
        now_ms: the page's clock.
    """

    def __init__(self, now_ms: Callable[[], float]) -> None:
        self._now_ms = now_ms
        self._layer = EmotionLayer()
        self._intensity = 1.0
        self._listeners: list[EmotionListener] = []

    @property
    def active(self) -> Emotion | None:
        """The emotion that is on."""
        return self._layer.active

    @property
    def intensity(self) -> float:
        """How strongly emotions are shown, in [0, 1]."""
        return self._intensity

    def on_change(self, listener: EmotionListener) -> None:
        """Calls ``listener`` whenever emotion or intensity become others."""
        self._listeners.append(listener)

    def toggle(self, emotion: Emotion) -> None:
        """Puts an emotion on in place of any other; takes it off if it is the one."""
        if emotion is self.active:
            self.clear()
            return
        self._layer.start(emotion, self._now_ms(), self._intensity)
        self._tell()

    def clear(self) -> None:
        """Back to what the camera sees."""
        if self.active is not None:
            self._layer.clear(self._now_ms())
            self._tell()

    def set_intensity(self, intensity: float) -> None:
        """Shows this and later emotions so strongly; clipped to [0, 1]."""
        intensity = min(1.0, max(0.0, intensity))
        if intensity == self._intensity:
            return
        self._intensity = intensity
        if self.active is not None:
            self._layer.start(self.active, self._now_ms(), intensity)
            self._tell()

    def apply(self, face: FaceParams, now_ms: float) -> FaceParams:
        """The face with the emotion on it: a layer over the own face."""
        return self._layer.apply(face, now_ms)

    def love(self, now_ms: float) -> float:
        """How much of the hearts is to be seen, in [0, 1]."""
        return self._layer.weight_of(Emotion.LOVE, now_ms)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self.active, self._intensity)
