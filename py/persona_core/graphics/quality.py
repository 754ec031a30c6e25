"""How much a frame may cost, following what frames cost: :class:`QualityControl`.

Quality falls when frames come too slowly for a second, and rises a step when they came well for
some time; a step up that had to be taken back doubles the time before the next. It gives way in
this order: pixels, effects, pictures a second; only then does the ladder take another way of
drawing. A browser that shows fewer frames by itself, to save a battery say, is told from a GPU that
is too slow by what a lower quality buys: where two steps down bought nothing, they are given back,
unless pictures come so seldom that the ladder would go down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from persona_core.graphics.fps_watch import SLOW_FPS
from persona_core.graphics.modes import RenderQuality

WINDOW_MS: Final = 1_000.0
"""Frames are judged by their mean over this time, and not before it has passed."""
SLOW_FRAME_MS: Final = 24.0
"""Longer than this on average, and quality falls: a display of 60 Hz misses every other frame."""
APART_FRAME_MS: Final = 1000.0 / SLOW_FPS
"""Longer than this on average, and movement falls apart: whatever may help is tried."""
FINE_FRAME_MS: Final = 18.5
"""At most this on average, and quality may rise."""
FIRST_HOLD_MS: Final = 8_000.0
MAX_HOLD_MS: Final = 256_000.0
MIN_GAIN: Final = 0.08
"""Share of the frame time that a step down has to save, not to count as vain."""
VAIN_STEPS: Final = 2
GAP_MS: Final = 1_000.0
"""A longer interval between frames is a pause of the page, not a slow frame."""


@dataclass(frozen=True, slots=True)
class QualityStep:
    """What one :class:`RenderQuality` stands for.

    Attributes:
        scale: pixels drawn, as a share of the canvas's side in device pixels, in (0, 1].
        max_ratio: device pixels a CSS pixel that are drawn at most.
        taps: level of the effects' filters, 0 to 3.
        tracking_hz: own faces read a second at most.
        inference_hz: neural frames a second at most.
        raster_side: of the square as large as a portrait painted by the CPU, pixels at most.
        has_effects: whether the effects that the person chose are seen.
        draw_hz: pictures of an avatar a second at most.
    """

    scale: float
    max_ratio: float
    taps: int
    tracking_hz: float
    inference_hz: float
    raster_side: int
    has_effects: bool = True
    draw_hz: float = math.inf

    def ratio(self, device_ratio: float) -> float:
        """Pixels to draw for each CSS pixel of a display with ``device_ratio`` of them."""
        return min(device_ratio, self.max_ratio) * self.scale


STEPS: Final[Mapping[RenderQuality, QualityStep]] = MappingProxyType(
    {
        RenderQuality.SPARING: QualityStep(0.5, 1.0, 0, 12.0, 5.0, 160, False, 15.0),
        RenderQuality.PLAIN: QualityStep(0.5, 1.0, 0, 15.0, 5.0, 192, False),
        RenderQuality.LOW: QualityStep(0.5, 1.0, 0, 15.0, 10.0, 224),
        RenderQuality.MEDIUM: QualityStep(0.75, 1.5, 1, 24.0, 15.0, 256),
        RenderQuality.HIGH: QualityStep(1.0, 2.0, 2, 30.0, 24.0, 320),
        RenderQuality.ULTRA: QualityStep(1.0, 3.0, 3, 30.0, 30.0, 480),
    }
)

ORDER: Final = tuple(RenderQuality)


class QualityControl:
    """The quality of one avatar.

    Attributes:
        quality: the one to draw with now.
        pinned: the one that the person wants whatever it costs, or None for automatic.
        floor: the lowest that comes by itself.
    """

    def __init__(
        self, start: RenderQuality = RenderQuality.HIGH, pinned: RenderQuality | None = None
    ) -> None:
        self._start = start
        self.quality = pinned or start
        self.pinned = pinned
        self.floor = ORDER[0]
        self._mean_ms = 0.0
        self._hold_ms = FIRST_HOLD_MS
        self._fine_since_ms: float | None = None
        self._raised_ms = -math.inf
        self._before_ms: float | None = None
        self._began = self.quality
        self._vain = 0
        self._useless_until_ms = -math.inf
        self._latest_ms: float | None = None
        self._sum_ms = 0.0
        self._count = 0

    @property
    def step(self) -> QualityStep:
        """What the quality stands for."""
        return STEPS[self.quality]

    @property
    def has_fallen(self) -> bool:
        """Whether it is lower by itself than it began."""
        return self.pinned is None and ORDER.index(self.quality) < ORDER.index(self._start)

    def relief_left(self, now_ms: float) -> bool:
        """Whether a lower quality may still come by itself and help."""
        return self.pinned is None and self._may_fall(now_ms)

    def pin(self, quality: RenderQuality | None) -> bool:
        """Keeps a quality from now on, None for automatic; True where it is another."""
        self.pinned = quality
        self._forget()
        if quality is None or quality is self.quality:
            return False
        self.quality = quality
        return True

    def restart(self, floor: RenderQuality = ORDER[0], *, modest: bool = False) -> None:
        """What is drawn, or by what, has changed: what was measured says nothing any more.

        Args:
            floor: the lowest that comes by itself from now on.
            modest: whether to begin low, with all that the person chose, and see.
        """
        self.floor = floor
        if self.pinned is None and modest:
            self.quality = RenderQuality.LOW
        self._forget()
        self._mean_ms = 0.0
        self._hold_ms = FIRST_HOLD_MS
        self._useless_until_ms = -math.inf

    def starve(self, now_ms: float) -> bool:
        """Hardly any frame came, too few to be judged; True where the quality is another."""
        self._mean_ms, self._fine_since_ms = GAP_MS, None
        return self.pinned is None and self._lower(GAP_MS, now_ms)

    def frame(self, now_ms: float, frames: int = 1) -> bool:
        """A picture was displayed; True where the quality is another from now on.

        Args:
            frames: displayed frames that it does for.
        """
        latest, self._latest_ms = self._latest_ms, now_ms
        if latest is None:
            return False
        interval = now_ms - latest
        if interval > GAP_MS:
            self._sum_ms, self._count = 0.0, 0
            self._fine_since_ms = None
            return False
        self._sum_ms += interval
        self._count += frames
        if self._sum_ms < WINDOW_MS:
            return False
        mean_ms = self._sum_ms / self._count
        self._sum_ms, self._count = 0.0, 0
        self._mean_ms = mean_ms
        return self.pinned is None and self._judge(mean_ms, now_ms)

    def _may_fall(self, now_ms: float) -> bool:
        if now_ms < self._useless_until_ms and self._mean_ms <= APART_FRAME_MS:
            return False
        return ORDER.index(self.quality) > ORDER.index(self.floor)

    def _judge(self, mean_ms: float, now_ms: float) -> bool:
        if mean_ms > SLOW_FRAME_MS:
            self._fine_since_ms = None
            return self._lower(mean_ms, now_ms)
        self._before_ms, self._vain = None, 0
        if mean_ms > FINE_FRAME_MS:
            self._fine_since_ms = None
            return False
        if self._fine_since_ms is None:
            self._fine_since_ms = now_ms
        if now_ms - self._fine_since_ms < self._hold_ms or self.quality is ORDER[-1]:
            return False
        self._raised_ms = now_ms
        self._fine_since_ms = None
        self.quality = ORDER[ORDER.index(self.quality) + 1]
        return True

    def _lower(self, mean_ms: float, now_ms: float) -> bool:
        apart = mean_ms > APART_FRAME_MS
        if now_ms < self._useless_until_ms and not apart:
            return False
        if self._before_ms is None:
            self._began, self._vain = self.quality, 0
        elif mean_ms > self._before_ms * (1.0 - MIN_GAIN):
            self._vain += 1
        else:
            self._began, self._vain = self.quality, 0
        if self._vain >= VAIN_STEPS and not apart:
            self._useless_until_ms = now_ms + MAX_HOLD_MS
            self._before_ms, self._vain = None, 0
            changed = self.quality is not self._began
            self.quality = self._began
            return changed
        if now_ms - self._raised_ms < 2.0 * self._hold_ms:
            self._hold_ms = min(2.0 * self._hold_ms, MAX_HOLD_MS)
            self._raised_ms = -math.inf
        self._before_ms = mean_ms
        if not self._may_fall(now_ms):
            return False
        self.quality = ORDER[ORDER.index(self.quality) - 1]
        return True

    def _forget(self) -> None:
        self._latest_ms = self._fine_since_ms = self._before_ms = None
        self._sum_ms, self._count, self._vain = 0.0, 0, 0
        self._raised_ms = -math.inf
