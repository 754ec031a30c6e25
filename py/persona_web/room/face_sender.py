"""Which of the own faces go out: each new one, at no more than the call's frame rate."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.face.params import FaceParams

SEND_INTERVAL_MS = 28.0
"""A little under 1/30 s: a 30 Hz tracker's every frame goes out, a faster one's does not."""


class FaceSender:
    """Passes faces on, sparingly.

    Args:
        send: takes a face and gives the number of peers it went to.
    """

    def __init__(self, send: Callable[[FaceParams], int]) -> None:
        self._send = send
        self._face_ms = float("nan")
        self._sent_ms = float("-inf")

    def offer(self, face: FaceParams, now_ms: float) -> bool:
        """Sends a face unless it was sent before or too soon; whether it went to anybody."""
        if face.time_ms == self._face_ms or now_ms - self._sent_ms < SEND_INTERVAL_MS:
            return False
        self._face_ms = face.time_ms
        self._sent_ms = now_ms
        return self._send(face) > 0
