"""What the performance monitor is told of tracking and of the line to a peer."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from persona_core.call.remote_peer import RemoteStats
from persona_core.graphics.monitor import PerformanceMonitor
from persona_web.base.meter import Meter
from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSourceStatus
from persona_web.report.monitor_feed import NETWORK_MS, MonitorFeed

NOBODY_LOST = RemoteStats(
    frames=300,
    dropped={},
    lost=0,
    bytes_per_frame=62.0,
    rtt_ms=20.0,
    offset_ms=None,
    delay_ms=40.0,
    jitter_ms=3.0,
    latency_ms=None,
    controls_refused=0,
    expressions_refused=0,
)


class Page:
    """A monitor that is fed sixty times a second."""

    def __init__(self) -> None:
        self.monitor = PerformanceMonitor()
        self.motion = SimpleNamespace(
            tracking_ms=Meter(), status=FaceSourceStatus(DeviceState.OPEN, False, None)
        )
        self.feed = MonitorFeed(self.monitor, self.motion)
        self.now_ms = 0.0

    def run(self, seconds: float, peer: RemoteStats | None = None, readings: int = 0) -> None:
        """Goes on, with a reading of the face every ``readings`` frames, 0 for none."""
        for frame in range(round(seconds * 60)):
            self.now_ms += 1000.0 / 60.0
            if readings and frame % readings == 0:
                self.motion.tracking_ms.add(20.0)
            remote = None if peer is None else SimpleNamespace(stats=peer)
            self.feed.step(self.now_ms, remote)


@pytest.fixture
def page() -> Page:
    return Page()


def test_readings_are_counted_when_the_camera_is_on(page: Page) -> None:
    page.run(4.0, readings=3)
    metrics = page.monitor.snapshot(page.now_ms)
    assert metrics.tracking_fps == pytest.approx(20.0, rel=0.05)


def test_nothing_is_said_of_readings_when_the_camera_was_let_go(page: Page) -> None:
    page.run(2.0, readings=3)
    page.motion.status = FaceSourceStatus(DeviceState.OFF, False, None)
    page.run(1.5)
    assert page.monitor.snapshot(page.now_ms).tracking_fps is None


def test_loss_and_bytes_are_those_of_the_newest_second_when_there_is_a_peer(page: Page) -> None:
    page.run(1.2, NOBODY_LOST)
    page.run(1.0, replace(NOBODY_LOST, frames=324, lost=6))
    metrics = page.monitor.snapshot(page.now_ms)
    assert metrics.loss == pytest.approx(0.2)
    assert metrics.bytes_per_s == pytest.approx(24 * 62.0 * 1000.0 / NETWORK_MS, rel=0.05)
    assert (metrics.network_ms, metrics.jitter_ms) == (20.0, 3.0)


def test_nothing_is_said_of_the_network_when_the_peer_has_left(page: Page) -> None:
    page.run(1.2, NOBODY_LOST)
    page.run(1.0, replace(NOBODY_LOST, frames=330))
    page.run(1.1)
    assert page.monitor.snapshot(page.now_ms).network_ms is None


def test_figures_begin_anew_when_another_peer_takes_the_place(page: Page) -> None:
    page.run(1.2, NOBODY_LOST)
    page.run(1.0, replace(NOBODY_LOST, frames=4))
    assert page.monitor.snapshot(page.now_ms).loss is None
