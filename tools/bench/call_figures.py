"""What a watched call says of the product."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tools.bench import latency, watching
from tools.bench.call import Call, hold
from tools.bench.figures import Failure, Figure, Summary, Target, known, measured
from tools.bench.memory import Memory
from tools.bench.setting import Setting
from tools.bench.targets import (
    AVATAR_FPS,
    CPU_PERCENT,
    FRAME_BYTES,
    LATENCY_MS,
    PYTHON_MS,
    TRACKING_FPS,
)

TITLE = "A call: camera on this end, demo motion on the other"
MEGABYTE = 1e6


def measure(setting: Setting) -> list[Figure]:
    """Holds a call and gives all its figures."""
    held = hold(setting)
    return [*paces(held), *wire(held), *latencies(held), *memories(held), *cpu(held)]


def paces(call: Call) -> list[Figure]:
    """How often things happen, and how long a tick takes."""
    sender, watcher = call.sender, call.watcher
    return [
        measured(
            "tracking", "fps", lambda: watching.tracking(sender, "tracking_fps"), TRACKING_FPS
        ),
        measured("tracking a frame", "ms", lambda: watching.tracking(sender, "tracking_ms")),
        measured("displayed", "fps", lambda: watching.displayed_fps(sender), AVATAR_FPS),
        measured("displayed, other end", "fps", lambda: watching.displayed_fps(watcher)),
        measured(
            "tick (Python and its draw calls)",
            "ms",
            lambda: watching.python_ms(sender),
            PYTHON_MS,
        ),
        measured("tick, other end", "ms", lambda: watching.python_ms(watcher)),
    ]


def wire(call: Call) -> list[Figure]:
    """What came through from the end with the camera."""
    first, last = call.watcher[0], call.watcher[-1]

    def gained(name: str) -> float:
        return float(last.peer[name] - first.peer[name])

    def lost_percent() -> float:
        return 100.0 * gained("lost") / (gained("frames") + gained("lost"))

    return [
        measured("frames received", "fps", lambda: watching.arrived_fps(call.watcher)),
        measured("frame on the wire", "bytes", lambda: last.peer["bytes_per_frame"], FRAME_BYTES),
        measured("frames lost", "%", lost_percent),
    ]


def latencies(call: Call) -> list[Figure]:
    """How old the camera's face is at the other end."""
    samples, origin_ms = call.watcher, call.sender_origin_ms

    def figure(
        name: str, values: Callable[[], Iterable[float]], target: Target | None = None
    ) -> Figure:
        return measured(name, "ms", lambda: Summary.of(values()), target)

    return [
        figure("capture to decoded", lambda: latency.by_one_clock(samples, origin_ms)),
        figure("capture to decoded, by clock sync", lambda: latency.by_clock_sync(samples)),
        figure(
            "error of the clock sync",
            lambda: map(abs, latency.clock_errors(samples, origin_ms)),
        ),
        figure(
            "jitter buffer's playout delay",
            lambda: [sample.peer["delay_ms"] for sample in samples],
        ),
        figure(
            "capture to display, as a sum",
            lambda: latency.to_display(samples, origin_ms),
            LATENCY_MS,
        ),
        figure(
            "capture to drawn, on the recording",
            lambda: latency.to_drawn(known(call.drawn), call.ahead_ms),
            LATENCY_MS,
        ),
    ]


def memories(call: Call) -> list[Figure]:
    """What the end with the camera holds, and how that grows."""
    grown = f"growth since second {call.first_s:g}"

    def heap(look: Memory | Failure) -> float:
        return known(look).heap / MEGABYTE

    def wasm(look: Memory | Failure) -> float:
        return known(look).wasm / MEGABYTE

    first, last = call.first_memory, call.last_memory
    return [
        measured(f"JavaScript heap after {call.last_s:g} s", "MB", lambda: heap(last)),
        measured(f"JavaScript heap, {grown}", "MB", lambda: heap(last) - heap(first)),
        measured("Python's WebAssembly memory", "MB", lambda: wasm(last)),
        measured(f"Python's memory, {grown}", "MB", lambda: wasm(last) - wasm(first)),
    ]


def cpu(call: Call) -> list[Figure]:
    """The share of the whole machine that each end's browser takes."""
    return [
        Figure("CPU, of all cores", "%", call.sender_cpu, CPU_PERCENT),
        Figure("CPU, other end", "%", call.watcher_cpu),
    ]
