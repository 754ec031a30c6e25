"""Keeps the newest frames sent and received, on demand, for tests and bug reports."""

from __future__ import annotations

from collections import deque

from persona_core.face.params import FaceParams
from persona_core.wire.codec import encode_frame

CAPACITY = 1800  # a minute at 30 frames a second


class Recorder:
    """Two tapes of wire frames with the times at which they passed."""

    def __init__(self) -> None:
        self._tapes: dict[str, deque[tuple[float, bytes]]] | None = None

    def start(self) -> None:
        """Begins anew with empty tapes."""
        self._tapes = {name: deque(maxlen=CAPACITY) for name in ("sent", "received")}

    def add(self, tape: str, now_ms: float, params: FaceParams) -> None:
        """Notes a frame; nothing happens before :meth:`start`."""
        if self._tapes is not None:
            self._tapes[tape].append((now_ms, encode_frame(params, 0)))

    def tapes(self) -> dict[str, list[tuple[float, str]]]:
        """Each tape as (time in ms of the page's clock, wire frame in hex)."""
        tapes = self._tapes or {}
        return {name: [(time, data.hex()) for time, data in tape] for name, tape in tapes.items()}
