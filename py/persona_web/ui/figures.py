"""The collapsible list of live figures in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona_core.call.remote_peer import RemotePeer, RemoteStats
from persona_web.base.meter import RateMeter

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

INTERVAL_MS = 500.0


class Figures:
    """``#details``: brought up to date twice a second, and only while it is open."""

    def __init__(
        self, page: Page, strings: Strings, frames: RateMeter, tracking: RateMeter
    ) -> None:
        """
        Args:
            frames: counts what the page displays.
            tracking: counts what the tracker reads.
        """
        self._strings = strings
        self._panel = page.element("details-panel")
        self._page = page
        self._frames = frames
        self._tracking = tracking
        self._due_ms = 0.0

    def step(self, now_ms: float, peer: RemotePeer | None) -> None:
        """Writes the figures when it is time; those of the peer are dashes while there is none."""
        if now_ms < self._due_ms or not self._panel.node.open:
            return
        self._due_ms = now_ms + INTERVAL_MS
        self._write("fps", f"{self._frames.rate(now_ms):.0f}")
        self._write("tracking", f"{self._tracking.rate(now_ms):.0f}")
        self._write_peer(None if peer is None else peer.stats)

    def _write_peer(self, stats: RemoteStats | None) -> None:
        if stats is None:
            for name in ("bytes", "round-trip", "delay", "lost"):
                self._write(name, None)
            return
        sent = stats.frames + stats.lost
        self._write("bytes", f"{stats.bytes_per_frame:.0f}")
        self._write("round-trip", self._milliseconds(stats.rtt_ms))
        self._write("delay", self._milliseconds(stats.delay_ms))
        share = 100.0 * stats.lost / sent if sent else 0.0
        self._write("lost", self._strings.text("figure.percent", value=f"{share:.1f}"))

    def _milliseconds(self, value: float | None) -> str | None:
        if value is None:
            return None
        return self._strings.text("figure.milliseconds", value=f"{value:.0f}")

    def _write(self, name: str, text: str | None) -> None:
        unknown = self._strings.text("figure.unknown")
        self._page.element(f"figure-{name}").text = unknown if text is None else text
