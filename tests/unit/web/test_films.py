"""Films that pictures are looked for in: clips that are wound, and a camera that is watched."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from persona_web.look.film import CLIP_FRAMES, CLIP_SECONDS, RECORDED_MS, CameraFilm, ClipFilm


class Clip:
    """A clip whose frames are the times that they stand at."""

    def __init__(self, seconds: float, damaged: range = range(0)) -> None:
        self.seconds = seconds
        self._damaged = damaged
        self.closed = False

    async def frame(self, seconds: float) -> float | None:
        return None if int(seconds) in self._damaged else seconds

    def close(self) -> None:
        self.closed = True


def frames_of(film: ClipFilm) -> list[Any]:
    async def watch() -> list[Any]:
        found = []
        while (frame := await film.next()) is not None:
            found.append(frame)
        return found

    return asyncio.run(watch())


@pytest.mark.parametrize(
    ("seconds", "last", "is_cut"),
    [(10.0, 10.0, False), (60.5, 60.0, False), (75.0, CLIP_SECONDS, True), (3600.0, 60.0, True)],
)
def test_clip_is_looked_at_evenly_up_to_its_first_minute(seconds, last, is_cut) -> None:
    film = ClipFilm(Clip(seconds))
    frames = frames_of(film)
    assert film.is_cut is is_cut
    assert len(frames) == min(CLIP_FRAMES, int(last / 0.2))
    assert 0.0 < frames[0] < 1.0
    assert last - 1.0 < frames[-1] < last
    steps = {round(after - before, 6) for before, after in itertools.pairwise(frames)}
    assert len(steps) == 1


def test_clip_of_unknown_length_is_looked_at_for_a_minute() -> None:
    assert len(frames_of(ClipFilm(Clip(0.0)))) == CLIP_FRAMES


def test_clip_is_looked_at_beyond_a_damaged_stretch_and_gives_the_right_frames_again() -> None:
    film = ClipFilm(Clip(30.0, damaged=range(5, 20)))
    frames = frames_of(film)
    assert {int(frame) for frame in frames}.isdisjoint(range(5, 20))
    assert asyncio.run(film.again(len(frames) - 1)) == frames[-1]


def test_clip_gives_one_frame_when_it_is_no_longer_than_a_blink() -> None:
    assert len(frames_of(ClipFilm(Clip(0.1)))) == 1


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000.0

    def now_ms(self) -> float:
        return self.ms


def test_camera_is_watched_for_ten_seconds_from_its_first_picture() -> None:
    async def watch() -> None:
        clock = Clock()
        given = 0

        async def grab() -> int | None:
            nonlocal given
            given += 1
            clock.ms += 150.0
            return given if given > 3 else None

        async def keep(frame: int) -> bytes:
            return str(frame).encode()

        film = CameraFilm(clock, grab, keep)
        assert film.over == 0.0
        frames = []
        while (frame := await film.next()) is not None:
            frames.append(frame)
        assert frames[0] == 4
        assert RECORDED_MS / 150.0 < len(frames) < RECORDED_MS / 150.0 + 2.0
        assert await film.again(2) == b"6"
        assert film.over == 1.0

    asyncio.run(watch())


def test_camera_is_given_up_when_it_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        return None

    async def nothing() -> None:
        return None

    async def keep(_frame: Any) -> bytes:
        raise AssertionError("there is nothing to keep")

    monkeypatch.setattr("persona_web.look.film.asyncio.sleep", at_once)
    assert asyncio.run(CameraFilm(Clock(), nothing, keep).next()) is None
