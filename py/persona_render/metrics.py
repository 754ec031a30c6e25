"""What Prometheus may read at ``/metrics``: counts of this process, nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from persona_core.wire.rendering import PictureFormat, RenderCode

PREFIX = "virtualpersona_render"
_MS = (5, 10, 20, 30, 50, 75, 100, 150, 250, 500, 1000, 2500)


class RenderMetrics:
    """Counters and gauges of one studio, in a registry of its own.

    Args:
        sessions: how many portraits are open now.
        waiting: how many pictures wait for a worker now.
    """

    def __init__(self, sessions: Callable[[], int], waiting: Callable[[], int]) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(namespace=PREFIX, registry=registry)

        def gauge(name: str, text: str, read: Callable[[], float]) -> None:
            Gauge(name, text, namespace=PREFIX, registry=registry).set_function(read)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, namespace=PREFIX, registry=registry)

        def histogram(name: str, text: str) -> Histogram:
            return Histogram(name, text, namespace=PREFIX, registry=registry, buckets=_MS)

        gauge("sessions", "Portraits that are open.", sessions)
        gauge("queue", "Pictures that wait for a worker.", waiting)
        self._opened = counter("opened", "Portraits opened, by format.", "format")
        self._ended = counter("ended", "Sockets refused or ended, by code.", "code")
        self._pictures = counter("pictures", "Pictures sent; their rate is the fps of all.")
        self._bytes = counter("picture_bytes", "Bytes of these.")
        self._frames = counter("frames", "Parameter frames, drawn or passed over.", "fate")
        self._drawn = self._frames.labels("drawn")
        self._passed = self._frames.labels("passed-over")
        self._render = histogram("render_ms", "Drawing one picture.")
        self._code = histogram("code_ms", "Coding one picture.")
        self._whole = histogram("answer_ms", "From a frame's arrival to its picture's departure.")

    def opened(self, form: PictureFormat) -> None:
        self._opened.labels(form.value).inc()

    def ended(self, code: RenderCode | None) -> None:
        """None: the viewer went by itself."""
        self._ended.labels("left" if code is None else code.value).inc()

    def sent(self, size: int, render_ms: float, code_ms: float, answer_ms: float) -> None:
        """A picture has left."""
        self._pictures.inc()
        self._bytes.inc(size)
        self._drawn.inc()
        self._render.observe(render_ms)
        self._code.observe(code_ms)
        self._whole.observe(answer_ms)

    def passed_over(self) -> None:
        """A frame that no picture shows, for a newer one came, or too many."""
        self._passed.inc()

    def render(self) -> bytes:
        """The text format of Prometheus, version 0.0.4."""
        return generate_latest(self._registry)
