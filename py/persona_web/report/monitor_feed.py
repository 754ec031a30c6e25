"""What a page knows of tracking and of its call, told to the performance monitor."""

from __future__ import annotations

from typing import Any, Final

from persona_core.call.remote_peer import RemotePeer, RemoteStats
from persona_core.graphics.monitor import PerformanceMonitor
from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSource

NETWORK_MS: Final = 1000.0
"""How often a peer's figures are passed on; loss and bytes are those of this time."""


class MonitorFeed:
    """Brings a monitor up to date, once a displayed frame.

    Args:
        motion: whose readings of the own face are counted.
    """

    def __init__(self, monitor: PerformanceMonitor, motion: FaceSource[Any]) -> None:
        self._monitor = monitor
        self._motion = motion
        self._read = motion.tracking_ms.count
        self._told_ms = 0.0
        self._stats: RemoteStats | None = None

    def step(self, now_ms: float, peer: RemotePeer | None = None) -> None:
        """
        Args:
            peer: whose line is measured; None while there is nobody.
        """
        read = self._motion.tracking_ms.count
        if read != self._read:
            self._read = read
            self._monitor.tracked(now_ms)
        elapsed_ms = now_ms - self._told_ms
        if elapsed_ms < NETWORK_MS:
            return
        self._told_ms = now_ms
        if self._motion.status.camera is not DeviceState.OPEN:
            self._monitor.tracking_stopped()
        before, self._stats = self._stats, None if peer is None else peer.stats
        if self._stats is None:
            self._monitor.network()
        elif before is not None and self._stats.frames >= before.frames:
            self._tell(before, self._stats, elapsed_ms / 1000.0)

    def _tell(self, before: RemoteStats, after: RemoteStats, seconds: float) -> None:
        came, lost = after.frames - before.frames, max(after.lost - before.lost, 0)
        self._monitor.network(
            round_trip_ms=after.rtt_ms,
            jitter_ms=after.jitter_ms,
            loss=lost / (came + lost) if came + lost else None,
            bytes_per_s=came * after.bytes_per_frame / seconds,
        )
