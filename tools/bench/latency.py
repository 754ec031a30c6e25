"""How old a face is when the peer has it, and when it is on the peer's screen.

A page knows the peer's clock by pings (``ClockSync``). Here both pages are on one machine, so
there is a better way: ``performance.timeOrigin`` tells each clock's zero in Unix time, and the
two differ by just what ClockSync has to find out. A frame counts as captured when the tracker
worker takes it from the camera's stream; the camera itself and up to one interval between its
pictures come on top.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.support.tab import Tab
from tools.bench.watching import Sample

from persona_core.wire.codec import decode_frame


def by_clock_sync(samples: Sequence[Sample]) -> list[float]:
    """Capture to decoded, in ms, as the watching page itself reckons."""
    return [ms for sample in samples if (ms := sample.peer["latency_ms"]) is not None]


def clock_errors(samples: Sequence[Sample], peer_origin_ms: float) -> list[float]:
    """How far off ClockSync was in each sample that it had a word on, in ms."""
    return [
        offset - (sample.origin_ms - peer_origin_ms)
        for sample in samples
        if (offset := sample.peer["offset_ms"]) is not None
    ]


def by_one_clock(samples: Sequence[Sample], peer_origin_ms: float) -> list[float]:
    """Capture to decoded, in ms, with ClockSync's error taken out."""
    heard = [sample for sample in samples if sample.peer["latency_ms"] is not None]
    errors = clock_errors(heard, peer_origin_ms)
    return [ms - error for ms, error in zip(by_clock_sync(heard), errors, strict=True)]


def to_display(samples: Sequence[Sample], peer_origin_ms: float) -> list[float]:
    """Capture to the screen, in ms, as a sum: decoded, playout delay, half a displayed frame."""
    heard = [sample for sample in samples if sample.peer["latency_ms"] is not None]
    return [
        ms + sample.peer["delay_ms"] + 500.0 / sample.report["fps"]
        for ms, sample in zip(by_one_clock(heard, peer_origin_ms), heard, strict=True)
        if sample.report["fps"] > 0.0
    ]


def record_drawn(tab: Tab, seconds: float) -> list[tuple[float, str]]:
    """What the page drew of its peer: (time of the page's clock in ms, wire frame in hex)."""
    tab.page.evaluate("virtualpersona.record()")
    tab.page.wait_for_timeout(seconds * 1000.0)
    drawn: list[tuple[float, str]] = json.loads(tab.page.evaluate("virtualpersona.recorded()"))[
        "received"
    ]
    return drawn


def to_drawn(drawn: Sequence[tuple[float, str]], ahead_ms: float) -> list[float]:
    """Capture to drawn, in ms: how far behind the sender every drawn face was. One that was
    predicted counts by the instant that it was predicted for.

    Args:
        ahead_ms: the watching page's clock zero less the sender's.
    """
    return [
        now_ms + ahead_ms - decode_frame(bytes.fromhex(data)).params.time_ms
        for now_ms, data in drawn
    ]
