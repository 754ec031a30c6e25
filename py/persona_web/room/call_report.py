"""What a room has to tell: the section of a page's report on its call, and on demand the newest
frames sent and received."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from persona_core.call.engine import CallEngine
from persona_core.call.remote_peer import RemoteStats
from persona_core.face.params import FaceParams
from persona_core.wire.codec import encode_frame


def call_report(engine: CallEngine) -> dict[str, Any]:
    """What a room has to tell of its call; ids are left out, reports are shown to strangers."""
    status = engine.status
    return {
        "phase": status.phase.value,
        "signaling": status.signaling.name.lower(),
        "notice": None if status.notice is None else status.notice.code.value,
        "peers": [
            {
                "quality": remote.quality,
                "path": remote.path,
                "app": remote.app,
                "present": bool(remote.avatar),
                "muted": remote.muted,
                "heard": remote.audio is not None,
                "portrait": None if remote.portrait is None else len(remote.portrait),
                "expressions": len(remote.expressions),
                "portrait_progress": _plain(remote.download.progress),
            }
            | _figures(remote.stats)
            for remote in engine.remotes
        ],
    }


def _figures(stats: RemoteStats) -> dict[str, Any]:
    return {field.name: _plain(getattr(stats, field.name)) for field in fields(stats)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    return dict(value) if isinstance(value, Mapping) else value


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
