"""Films to find pictures in: a clip that was chosen, and what a camera sees for ten seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from persona_core.base.ports import Clock

CLIP_SECONDS: Final = 60.0
"""Of a clip that are looked at: who talks for a minute has shown what there is."""
CLIP_FRAMES: Final = 90
"""That are looked at of a clip, evenly over it."""
CLIP_EVERY_S: Final = 0.2
"""At least so far apart: neighbours show the same."""
RECORDED_MS: Final = 10_000.0
"""How long a person talks before the camera."""


FIRST_FRAME_TRIES: Final = 50
"""Tenths of a second that a camera may take for its first picture."""


class Film(Protocol):
    """Frames one after the other, each of which can be had again."""

    @property
    def is_cut(self) -> bool:
        """Whether there is more of it than is looked at."""
        ...

    @property
    def progress(self) -> tuple[int, int]:
        """The second that is looked at, and of how many."""
        ...

    async def next(self) -> Any | None:
        """The next frame as a bitmap, the caller's to close; None at the end."""
        ...

    async def again(self, number: int) -> Any | None:
        """The frame that came as that many, from 0, as something that a photo reader reads; None
        where it cannot be had."""
        ...

    def close(self) -> None: ...


class FrameSource(Protocol):
    """A clip that can be wound; in the browser a ``Clip``."""

    @property
    def seconds(self) -> float: ...

    async def frame(self, seconds: float) -> Any | None: ...

    def close(self) -> None: ...


class ClipFilm:
    """The first minute of a clip, evenly.

    Attributes:
        is_cut: whether the clip goes on after what is looked at.
    """

    def __init__(self, clip: FrameSource) -> None:
        self._clip = clip
        seconds = clip.seconds or CLIP_SECONDS
        self.is_cut = seconds > CLIP_SECONDS + 1.0
        self._seconds = min(seconds, CLIP_SECONDS)
        count = min(CLIP_FRAMES, max(1, int(self._seconds / CLIP_EVERY_S)))
        # Not the very ends: fades and hands that press buttons.
        self._times = [self._seconds * (at + 0.5) / count for at in range(count)]
        self._given: list[float] = []
        self._at = 0

    @property
    def progress(self) -> tuple[int, int]:
        at = self._times[min(self._at, len(self._times) - 1)]
        return int(at) + 1, max(1, round(self._seconds))

    async def next(self) -> Any | None:
        while self._at < len(self._times):
            time = self._times[self._at]
            self._at += 1
            frame = await self._clip.frame(time)
            if frame is not None:
                self._given.append(time)
                return frame
        return None

    async def again(self, number: int) -> Any | None:
        return await self._clip.frame(self._given[number])

    def close(self) -> None:
        self._clip.close()


class CameraFilm:
    """What a camera sees for ten seconds, at the pace at which frames are looked at.

    Args:
        grab: the frame that it gives now; None before there is one.
        keep: a bitmap as an encoded image, which takes a tenth of its memory.
    """

    is_cut = False

    def __init__(
        self,
        clock: Clock,
        grab: Callable[[], Awaitable[Any | None]],
        keep: Callable[[Any], Awaitable[bytes]],
    ) -> None:
        self._clock = clock
        self._grab = grab
        self._keep = keep
        self._kept: list[bytes] = []
        self._begun_ms: float | None = None

    @property
    def over(self) -> float:
        """How much of the time is over, in [0, 1]."""
        if self._begun_ms is None:
            return 0.0
        return min(1.0, (self._clock.now_ms() - self._begun_ms) / RECORDED_MS)

    @property
    def progress(self) -> tuple[int, int]:
        seconds = RECORDED_MS / 1000.0
        return int(self.over * seconds) + 1, int(seconds)

    async def next(self) -> Any | None:
        waited = 0
        while self.over < 1.0 and waited < FIRST_FRAME_TRIES:
            frame = await self._grab()
            if frame is not None:
                if self._begun_ms is None:
                    self._begun_ms = self._clock.now_ms()
                self._kept.append(await self._keep(frame))
                return frame
            waited += 1
            await asyncio.sleep(0.1)
        return None

    async def again(self, number: int) -> Any | None:
        return self._kept[number]

    def close(self) -> None:
        self._kept.clear()
