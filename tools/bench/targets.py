"""What the design asks for; the benchmark shows it and asserts nothing."""

from __future__ import annotations

from typing import Final

from tools.bench.figures import Target

LATENCY_MS: Final = Target("<", 120)
TRACKING_FPS: Final = Target(">=", 30)
AVATAR_FPS: Final = Target(">=", 60)
CPU_PERCENT: Final = Target("<=", 60)
FRAME_BYTES: Final = Target("<=", 64)
PYTHON_MS: Final = Target("<=", 1.5)
STILL_TICK_MS: Final = Target("<=", 0.2)
PYTHON_US: Final = Target("<=", 1500)
FAULTLESS_PERCENT: Final = Target(">=", 99)
SERVER_PEERS: Final = Target(">=", 10_000)
DELIVERY_MS: Final = Target("<", 50)
NEURAL_RATIO: Final = Target("<=", 1.15)
