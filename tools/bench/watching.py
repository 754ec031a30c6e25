"""Watching pages while they run: their own reports, a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.tab import Tab
from tools.bench.figures import Summary

INTERVAL_S = 0.25
RATE_SPAN_MS = 1000.0
WAIT_MS = 60_000
TICKS_KEPT = 600  # by persona_web.report.page_report.PageMeters

REPORT = """() => ({
  now_ms: performance.now(),
  origin_ms: performance.timeOrigin,
  report: JSON.parse(virtualpersona.report()),
})"""

TRACKING = """() => {
  const { camera, face_found, tracking_fps } = JSON.parse(virtualpersona.report()).source;
  return camera === "camera" && face_found && tracking_fps > 0;
}"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A page's report at one instant.

    Attributes:
        now_ms: the page's clock.
        origin_ms: the zero of that clock in Unix time. Both windows are on one machine, so
            clocks of two pages can be compared by it.
        report: see ``persona_web.report.page_report``.
    """

    now_ms: float
    origin_ms: float
    report: dict[str, Any]

    @property
    def peer(self) -> dict[str, Any]:
        """The figures of the only peer.

        Raises:
            RuntimeError: nobody was there, or a third person came.
        """
        peers: list[dict[str, Any]] = self.report["call"]["peers"]
        if len(peers) != 1:
            raise RuntimeError(f"{len(peers)} peers in the call")
        return peers[0]


def wait_tracking(tab: Tab) -> None:
    """Waits until the camera is on and the face in it is followed."""
    tab.page.wait_for_function(TRACKING, timeout=WAIT_MS)


def watch(
    tabs: Sequence[Tab], seconds: float, tell: Callable[[str], None]
) -> tuple[list[Sample], ...]:
    """The samples of each tab over a stretch of time."""
    samples: tuple[list[Sample], ...] = tuple([] for _ in tabs)
    start = time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        tell(f"{passed:.0f} of {seconds:.0f} s")
        for tab, kept in zip(tabs, samples, strict=True):
            kept.append(Sample(**tab.page.evaluate(REPORT)))
        # Not time.sleep: Playwright must go on hearing what the pages say.
        tabs[0].page.wait_for_timeout(INTERVAL_S * 1000.0)
    return samples


def displayed_fps(samples: Sequence[Sample]) -> Summary:
    """Frames a second, counted over stretches of about a second."""
    return Summary.of(
        rates([(sample.now_ms, sample.report["frames"]) for sample in samples], RATE_SPAN_MS)
    )


def arrived_fps(samples: Sequence[Sample]) -> float:
    """The only peer's frames that came in a second, over all the samples."""
    first, last = samples[0], samples[-1]
    gained = float(last.peer["frames"] - first.peer["frames"])
    return gained * 1000.0 / (last.now_ms - first.now_ms)


def rates(counts: Sequence[tuple[float, float]], span_ms: float) -> list[float]:
    """Events a second between counts (time in ms, events so far) at least ``span_ms`` apart."""
    found = []
    start_ms, start = counts[0]
    for time_ms, count in counts:
        if time_ms - start_ms >= span_ms:
            found.append((count - start) * 1000.0 / (time_ms - start_ms))
            start_ms, start = time_ms, count
    return found


def python_ms(samples: Sequence[Sample]) -> Summary:
    """A tick's time, over the newest ticks that the page remembers at the end."""
    last = samples[-1].report
    count = min(last["frames"], TICKS_KEPT)
    return Summary(last["python_ms"]["median"], last["python_ms"]["p95"], count)


def tracking(samples: Sequence[Sample], name: str) -> Summary:
    """``tracking_fps`` or ``tracking_ms`` over the samples."""
    return Summary.of(sample.report["source"][name] for sample in samples)
