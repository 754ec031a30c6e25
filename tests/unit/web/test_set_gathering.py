"""Photos and films come to what a set is made of; what is of no use is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.support.portraits import canonical_portrait
from tests.support.sitters import GOOD_LIGHT, HEIGHT, WIDTH, glimpse

from persona_core.errors import PhotoError
from persona_core.portrait.making.photo import FoundFace
from persona_core.portrait.making.set_making import SetPicture
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.wizard.steps import PLANS, Step
from persona_web.look.set_gathering import MOST_FILES, Gathered, gather_film, gather_photos
from persona_web.look.set_maker import SetMaker

TEXTURE = np.random.default_rng(5).integers(90, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
"""A picture that is neither dark nor flat."""


def found(step: Step) -> FoundFace:
    """A face that shows what a step asks for."""
    plan = PLANS[step]
    seen = glimpse(0.0, plan.example, yaw=plan.turn)
    return FoundFace(seen.points, seen.shapes)


class Codec:
    async def encode(self, pixels: Any, _quality: float) -> bytes:
        return str(pixels.shape).encode()


class Maker(SetMaker):
    """Reads "photos" that are steps, or codes of what is wrong with them."""

    def __init__(self) -> None:
        self.codec = Codec()
        self.bases: list[Any] = []

    def prepare(self) -> None:
        pass

    async def base(self, photo: Any) -> Portrait:
        self.bases.append(photo.shows)
        return canonical_portrait()

    async def picture(self, photo: Any) -> SetPicture:
        face = self._face(photo)
        return SetPicture(TEXTURE, face.landmarks, face.blendshapes)

    async def faces(self, bitmap: Any) -> list[FoundFace]:
        if bitmap.shows == "two":
            return [found(Step.STRAIGHT), found(Step.STRAIGHT)]
        return [] if bitmap.shows == "nobody" else [self._face(bitmap)]

    @staticmethod
    def _face(photo: Any) -> FoundFace:
        if not isinstance(photo.shows, Step):
            raise PhotoError(code=photo.shows)
        return found(photo.shows)


class Telling:
    def __init__(self) -> None:
        self.told: list[tuple[str, int, int, str]] = []
        self.refused: dict[str, str] = {}

    def tell(self, key: str, number: int, total: int, name: str = "") -> None:
        self.told.append((key, number, total, name))

    def refuse(self, name: str, code: str) -> None:
        self.refused[name] = code


class Film:
    """Frames that show what they are made of."""

    is_cut = False
    progress = 1, 10

    def __init__(self, *shows: Any) -> None:
        self._shows = shows
        self._at = 0
        self.frames: list[Any] = []

    async def next(self) -> Any | None:
        if self._at == len(self._shows):
            return None
        self._at += 1
        closed: list[bool] = []
        frame = SimpleNamespace(
            shows=self._shows[self._at - 1],
            width=WIDTH,
            height=HEIGHT,
            closed=closed,
            close=lambda: closed.append(True),
        )
        self.frames.append(frame)
        return frame

    async def again(self, number: int) -> Any | None:
        return SimpleNamespace(shows=self._shows[number])


METER = SimpleNamespace(of=lambda _bitmap, _points: GOOD_LIGHT)


def photos(*shows: Any) -> tuple[Gathered | None, Telling, Maker]:
    files = [SimpleNamespace(name=f"{at}.jpg", shows=each) for at, each in enumerate(shows)]
    telling, maker = Telling(), Maker()
    gathered = asyncio.run(gather_photos(files, maker, telling, lambda: True))
    return gathered, telling, maker


def test_photos_give_the_quiet_one_as_the_base_and_the_others_by_name() -> None:
    gathered, telling, maker = photos(Step.SMILE, Step.STRAIGHT, Step.AH, Step.EYES_CLOSED)
    assert gathered is not None
    assert maker.bases == [Step.STRAIGHT]
    assert {name for name, _ in gathered.pictures} == {"0.jpg", "2.jpg", "3.jpg"}
    assert set(gathered.thumbnails.values()) == {b"(160, 214, 3)"}
    assert telling.refused == {}
    assert [told[1:] for told in telling.told] == [(n, 4, f"{n - 1}.jpg") for n in (1, 2, 3, 4)]


def test_photos_of_no_use_are_named_with_the_reason() -> None:
    gathered, telling, _ = photos(Step.STRAIGHT, "photo-no-face", Step.AH, "photo-corrupt")
    assert gathered is not None
    assert telling.refused == {"1.jpg": "photo-no-face", "3.jpg": "photo-corrupt"}
    assert [name for name, _ in gathered.pictures] == ["2.jpg"]


def test_photos_that_show_the_same_are_named() -> None:
    gathered, telling, _ = photos(Step.STRAIGHT, Step.AH, Step.AH)
    assert gathered is not None
    assert telling.refused == {"2.jpg": "set-same-picture"}


def test_photos_raise_when_none_is_of_use() -> None:
    with pytest.raises(PhotoError, match="set-none-usable"):
        photos("photo-no-face", "photo-too-dark")


def test_photos_that_are_too_many_are_not_read() -> None:
    gathered, telling, _ = photos(*[Step.STRAIGHT, Step.AH] * MOST_FILES)
    assert gathered is not None
    assert [telling.refused[f"{at}.jpg"] for at in range(MOST_FILES, 2 * MOST_FILES)] == [
        "set-too-many"
    ] * MOST_FILES
    assert len(telling.told) == MOST_FILES


def test_photos_are_forgotten_when_the_person_thinks_better_of_it() -> None:
    files = [SimpleNamespace(name="a.jpg", shows=Step.STRAIGHT)] * 3
    telling = Telling()
    assert asyncio.run(gather_photos(files, Maker(), telling, lambda: False)) is None
    assert len(telling.told) == 1


def film(*shows: Any, is_cut: bool = False) -> tuple[Gathered | None, Film, Maker, list[int]]:
    shown, maker, ended = Film(*shows), Maker(), []
    shown.is_cut = is_cut
    work = gather_film(
        shown, maker, METER, Telling(), lambda: True, lambda: ended.append(len(shown.frames))
    )
    return asyncio.run(work), shown, maker, ended


def test_film_gives_different_moments_and_a_quiet_base() -> None:
    moments = [*[Step.STRAIGHT] * 5, *[Step.AH] * 5, *[Step.EYES_CLOSED] * 5, Step.TURN_LEFT]
    gathered, shown, maker, ended = film(*moments)
    assert gathered is not None
    assert maker.bases == [Step.STRAIGHT]
    assert 2 <= len(gathered.pictures) <= 8
    assert all(frame.closed == [True] for frame in shown.frames)
    assert ended == [len(moments)]
    assert gathered.notes == ()


def test_film_does_without_frames_that_show_nobody_or_two() -> None:
    gathered, _, _, _ = film("nobody", Step.STRAIGHT, "two", Step.AH)
    assert gathered is not None
    assert len(gathered.pictures) == 1
    assert gathered.notes == ("wizard.two-faces",)


def test_film_says_that_only_its_first_minute_counted_when_it_is_longer() -> None:
    gathered, _, _, _ = film(Step.STRAIGHT, Step.AH, is_cut=True)
    assert gathered is not None
    assert gathered.notes == ("wizard.first-minute",)


def test_film_says_so_when_dark_glasses_are_worn_throughout() -> None:
    dark = SimpleNamespace(of=lambda _bitmap, _points: replace(GOOD_LIGHT, eyes=0.2))
    shown = Film(Step.STRAIGHT, Step.AH)
    work = gather_film(shown, Maker(), dark, Telling(), lambda: True)
    gathered = asyncio.run(work)
    assert gathered is not None
    assert gathered.notes == ("wizard.hint.eyes-hidden",)


def test_film_says_so_when_it_shows_one_expression_throughout() -> None:
    gathered, _, maker, _ = film(*[Step.STRAIGHT] * 6, is_cut=True)
    assert gathered is not None
    assert maker.bases == [Step.STRAIGHT]
    assert gathered.pictures == ()
    assert gathered.notes == ("wizard.nothing-else", "wizard.first-minute")


def test_film_raises_when_nobody_is_in_it() -> None:
    with pytest.raises(PhotoError, match="clip-no-face"):
        film("nobody", "nobody")


def test_film_raises_when_two_are_in_it() -> None:
    with pytest.raises(PhotoError, match="clip-several-faces"):
        film("nobody", "two", "nobody")


def test_film_is_given_up_when_the_reader_itself_fails() -> None:
    with pytest.raises(PhotoError, match="photo-failed"):
        film(Step.STRAIGHT, "photo-failed")
