"""The wizard's buttons for photos, clips and ten seconds of talk, and what they begin."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.fake_page import FakePage, FakeStrings
from tests.support.portraits import canonical_portrait
from tests.support.sitters import GOOD_LIGHT, HEIGHT, WIDTH, glimpse

from persona_core.errors import CameraError, PhotoError
from persona_core.portrait.making.photo import FoundFace
from persona_core.portrait.making.set_making import SetPicture
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.wizard.hindrances import Glimpse
from persona_web.look.film import RECORDED_MS
from persona_web.look.set_maker import SetMaker
from persona_web.ui.look.wizard_camera import WizardCamera
from persona_web.ui.look.wizard_gathering import Gather, WizardGathering
from persona_web.ui.look.wizard_speech import Speech
from persona_web.ui.look.wizard_work import WizardWork

METER = SimpleNamespace(of=lambda _bitmap, _points: GOOD_LIGHT)


class Face:
    style = None

    def draw(self, _params: Any, _now_ms: float) -> None:
        pass


class Codec:
    async def picture(self, _bitmap: Any) -> bytes:
        return b"frame"

    async def encode(self, _pixels: Any, _quality: float) -> bytes:
        return b"small"


class Maker(SetMaker):
    """Finds one calm face in everything."""

    def __init__(self) -> None:
        self.codec = Codec()

    def prepare(self) -> None:
        pass

    async def faces(self, _bitmap: Any) -> list[FoundFace]:
        seen = glimpse(0.0)
        return [FoundFace(seen.points, seen.shapes)]

    async def base(self, _photo: Any) -> Portrait:
        return canonical_portrait()

    async def picture(self, _photo: Any) -> SetPicture:
        raise PhotoError(code="photo-no-face")


class House:
    """The buttons with everything around them in memory."""

    def __init__(self) -> None:
        self.page = FakePage()
        strings = FakeStrings()
        speech = Speech(self.page.element("wizard-said"))
        self.ms = 0.0
        self.problem: str | None = None
        self.camera_open = False
        self.begun: list[Gather] = []
        self.seen_by_tracker: Glimpse | None = glimpse(0.0)
        self.clips: list[Any] = []
        self.gathering = WizardGathering(
            self.page,
            self,
            Maker(),
            METER,
            self,
            WizardCamera(self.page, strings, Face(), speech),
            WizardWork(self.page, strings, speech),
            self._open_clip,
            self.begun.append,
        )

    def now_ms(self) -> float:
        return self.ms

    async def open_camera(self) -> str | None:
        self.camera_open = self.problem is None
        return self.problem

    def close_camera(self) -> None:
        self.camera_open = False

    async def grab(self) -> Any:
        await asyncio.sleep(0)
        self.ms += 400.0
        self.gathering.see(self.seen_by_tracker)
        self.gathering.step(self.ms)
        self.seen = (
            self.gathering.is_filming,
            self.page.element("wizard-camera").attributes.get("data-mode"),
            self.page.element("wizard-hint").text,
        )
        return SimpleNamespace(width=WIDTH, height=HEIGHT, close=lambda: None)

    async def _open_clip(self, file: Any) -> Any:
        self.clips.append(file)
        raise PhotoError(code="clip-unsupported")


def file(name: str, kind: str) -> Any:
    return SimpleNamespace(name=name, type=kind)


def test_recording_watches_ten_seconds_and_lets_go_of_the_camera() -> None:
    house = House()
    house.page.element("wizard-use-recording").fire()
    gathered = asyncio.run(house.begun[0]())
    assert gathered is not None
    assert house.ms >= RECORDED_MS
    assert house.seen[:2] == (True, "record")
    assert house.seen[2].startswith("wizard.record-hint")
    assert not house.camera_open
    assert not house.gathering.is_filming
    assert house.page.element("wizard-camera").attributes["data-mode"] == "steps"


@pytest.mark.parametrize(
    ("seen", "told"),
    [(replace(glimpse(0.0), faces=2), "two-faces"), (None, "no-face")],
)
def test_recording_says_so_when_two_are_seen_or_nobody(seen: Glimpse | None, told: str) -> None:
    house = House()
    house.seen_by_tracker = seen
    house.page.element("wizard-use-recording").fire()
    asyncio.run(house.begun[0]())
    assert house.seen[2] == f"wizard.hint.{told}"
    assert house.page.element("wizard-hint").attributes["data-kind"] == "hindered"


def test_recording_raises_the_cameras_own_error_when_there_is_none() -> None:
    house = House()
    house.problem = "camera-refused"
    house.page.element("wizard-use-recording").fire()
    with pytest.raises(CameraError, match="camera-refused"):
        asyncio.run(house.begun[0]())


def test_recording_ends_when_the_person_thinks_better_of_it() -> None:
    house = House()
    house.page.element("wizard-use-recording").fire()

    async def story() -> None:
        going = asyncio.ensure_future(house.begun[0]())
        for _ in range(6):
            await asyncio.sleep(0)
        house.gathering.cancel()
        assert not house.camera_open
        assert await going is None

    asyncio.run(story())


def test_clip_is_looked_at_when_there_is_one_among_the_files() -> None:
    house = House()
    clip = file("me.mp4", "video/mp4")
    house.gathering.use_files([file("a.jpg", "image/jpeg"), clip])
    with pytest.raises(PhotoError, match="clip-unsupported"):
        asyncio.run(house.begun[0]())
    assert house.clips == [clip]


def test_photos_of_no_use_are_named_on_the_panel() -> None:
    house = House()
    house.gathering.use_files([file("wall.jpg", "image/jpeg")])
    with pytest.raises(PhotoError, match="set-none-usable"):
        asyncio.run(house.begun[0]())
    refused = house.page.element("wizard-refused").children
    assert refused[0].find(".wizard-refused-name").text == "wall.jpg"
    assert refused[0].find(".wizard-refused-why").text == "error.photo-no-face"


def test_nothing_begins_when_no_file_was_chosen() -> None:
    house = House()
    house.gathering.use_files([])
    assert house.begun == []
