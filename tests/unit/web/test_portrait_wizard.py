"""The wizard's dialog: what it shows, says, keeps and throws away, played by hand."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.support.fake_page import FakeElement, FakePage, FakeStrings
from tests.support.portraits import canonical_portrait
from tests.support.sentences import catalogue
from tests.support.sitters import Sitter, glimpse

from persona_core.errors import PhotoError
from persona_core.face import blendshapes, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import NEUTRAL_SHAPES, FaceParams
from persona_core.portrait.expressions.portrait_set import MAX_EXPRESSIONS, PortraitSet
from persona_core.portrait.making.photo import FoundFace
from persona_core.portrait.making.set_making import SetPicture
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.wizard.machine import WizardState
from persona_core.portrait.wizard.steps import PLANS, STEPS, Step
from persona_web.look.set_gathering import Gathered
from persona_web.look.set_maker import MadeSet, SetMaker
from persona_web.look.wizard_pictures import MOST_USEFUL
from persona_web.ui.look.portrait_wizard import PortraitWizard
from persona_web.ui.look.wizard_camera import SHOWN_AFTER_MS, WizardCamera, example, reason
from persona_web.ui.look.wizard_panels import WizardPanels
from persona_web.ui.look.wizard_parts import WizardParts
from persona_web.ui.look.wizard_review import WizardReview
from persona_web.ui.look.wizard_speech import SETTLED_MS, Speech
from persona_web.ui.look.wizard_told import WizardTold
from persona_web.ui.look.wizard_work import WizardWork

FRAME_MS = 100.0


class Bitmap:
    """A picture that has to be closed by somebody."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Dialog:
    def __init__(self) -> None:
        self.is_open = False

    def open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


class Chime:
    def __init__(self) -> None:
        self.played = 0
        self.prepared = False

    def prepare(self) -> None:
        self.prepared = True

    def play(self) -> None:
        self.played += 1

    def close(self) -> None:
        pass


class Face:
    style = None

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def draw(self, params: Any, _now_ms: float) -> None:
        self.shown.append(params)


class Stage:
    def __init__(self) -> None:
        self.worn: PortraitSet | None = None
        self.drawn = 0
        self.closed = False
        self.shows_portrait = True

    def wear(self, portrait_set: PortraitSet) -> None:
        self.worn = portrait_set

    def draw(self, _params: Any, _now_ms: float) -> None:
        self.drawn += 1

    def close(self) -> None:
        self.closed = True


class Address:
    def of(self, picture: bytes) -> str:
        return f"blob:{picture.decode()}"

    def close(self) -> None:
        pass


class Codec:
    async def thumbnail(self, bitmap: Bitmap) -> bytes:
        return bitmap.step.encode()

    async def picture(self, bitmap: Bitmap) -> bytes:
        return bitmap.step.encode()


class Maker(SetMaker):
    """Makes no patches; says what it was given."""

    def __init__(self) -> None:
        self.codec = Codec()
        self.faults: dict[Step, str] = {}
        self.shown: list[Mapping[Blendshape, float]] = []
        self.ready = False
        self.given: tuple[str, ...] = ()
        self.fault: str | None = None

    def prepare(self) -> None:
        self.ready = True

    async def base(self, photo: Any) -> Portrait:
        self._check(photo.step)
        shapes = NEUTRAL_SHAPES.copy()
        for shape, value in (self.shown.pop(0) if self.shown else {}).items():
            shapes[shape] = value
        return replace(canonical_portrait(), blendshapes=shapes)

    async def picture(self, photo: Any) -> SetPicture:
        self._check(photo.step)
        seen = Sitter(delay_ms=0.0, noise=0.0).look(photo.step, 2_000.0, 0.0)
        assert seen is not None
        return SetPicture(np.zeros((4, 4, 3), np.uint8), seen.points, seen.shapes)

    async def make(self, base: Portrait, pictures: Any) -> Any:
        if self.fault is not None:
            raise PhotoError(code=self.fault)
        self.given = tuple(name for name, _ in pictures)
        return MadeSet(PortraitSet(base), (("brows", "set-too-many"),) if self.given else ())

    def close(self) -> None:
        self.ready = False

    def _check(self, step: Step) -> None:
        if step in self.faults:
            raise PhotoError(code=self.faults.pop(step))


class Gathering:
    is_filming = False

    def __init__(self) -> None:
        self.cancelled = 0
        self.files: list[Any] = []

    def use_files(self, files: Any) -> None:
        self.files += files

    def see(self, _glimpse: Any) -> None:
        pass

    def step(self, _now_ms: float) -> None:
        pass

    def cancel(self) -> None:
        self.cancelled += 1


class House:
    """A wizard with everything around it in memory."""

    def __init__(self, look: Callable[..., Any] | None = None, *, still: bool = False) -> None:
        self.page = FakePage()
        self.page.prefers_stillness = still
        self.moved_ms: list[float] = []
        self.dialog, self.chime, self.maker = Dialog(), Chime(), Maker()
        self.gathering, self.face = Gathering(), Face()
        self.look = look or Sitter(delay_ms=300.0).look
        self.camera_open = False
        self.problem: str | None = None
        self.bitmaps: list[Bitmap] = []
        self.stages: list[Stage] = []
        self.worn: list[PortraitSet] = []
        self.now_ms = 5_000.0
        self._begun = (Step.STRAIGHT, 0.0)
        strings = FakeStrings()
        speech = Speech(self.page.element("wizard-said"))
        self.wizard: PortraitWizard
        self.wizard = PortraitWizard(
            WizardParts(
                self.page,
                strings,
                self.dialog,
                self,
                self.maker,
                WizardPanels(self.page),
                WizardTold(self.page, strings),
                WizardCamera(self.page, strings, self.face, speech),
                WizardWork(self.page, strings, speech),
                self.gathering,
                WizardReview(
                    self.page,
                    strings,
                    self._stage,
                    self._move,
                    Address,
                ),
                speech,
                self.chime,
                self._wear,
            )
        )

    # As the page's camera

    async def open_camera(self) -> str | None:
        self.camera_open = self.problem is None
        return self.problem

    def close_camera(self) -> None:
        self.camera_open = False

    async def grab(self) -> Bitmap | None:
        self.bitmaps.append(Bitmap(self.run.step))
        return self.bitmaps[-1]

    # The person

    @property
    def run(self) -> Any:
        return self.wizard._run

    def press(self, name: str) -> None:
        self.page.element(f"wizard-{name}").fire()

    def text(self, name: str) -> str:
        return self.page.element(f"wizard-{name}").text

    @property
    def panel(self) -> str:
        names = ("welcome", "camera", "lost", "work", "review", "leave")
        shown = [name for name in names if not self.page.element(f"wizard-{name}").hidden]
        assert len(shown) == 1, shown
        return shown[0]

    async def play(self, seconds: float, until: Callable[[], bool] = lambda: False) -> House:
        for _ in range(round(1000.0 * seconds / FRAME_MS)):
            self.now_ms += FRAME_MS
            self.wizard.step(self.now_ms)
            if self.camera_open:
                if self._begun[0] is not self.run.step:
                    self._begun = (self.run.step, self.now_ms)
                tried_ms = self.now_ms - self._begun[1]
                self.wizard.see(self.look(self.run.step, tried_ms, self.now_ms))
            for _turn in range(6):
                await asyncio.sleep(0)
            if until():
                break
        return self

    async def to_review(self) -> House:
        self.wizard.open()
        self.press("use-camera")
        await self.play(60.0, lambda: self.run.state is WizardState.REVIEW)
        assert self.panel == "review"
        return self

    def _move(self, time_ms: float) -> FaceParams:
        self.moved_ms.append(time_ms)
        return FaceParams(time_ms)

    def _stage(self, _place: FakeElement) -> Stage:
        self.stages.append(Stage())
        return self.stages[-1]

    async def _wear(self, portrait_set: PortraitSet) -> None:
        self.worn.append(portrait_set)


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


def test_wizard_makes_and_wears_a_set_when_a_person_does_what_is_asked() -> None:
    async def story() -> None:
        house = await House().to_review()
        assert not house.camera_open
        assert house.chime.played == len(STEPS)
        assert len(house.maker.given) == len(STEPS) - 1
        assert [bitmap.closed for bitmap in house.bitmaps] == [1] * len(STEPS)
        assert house.page.element("wizard-left-out").children == []
        house.press("use")
        await asyncio.sleep(0)
        assert len(house.worn) == 1
        assert not house.dialog.is_open
        assert not house.maker.ready
        assert all(stage.closed for stage in house.stages)

    play(story)


def test_wizard_lets_the_portrait_move_while_it_is_reviewed() -> None:
    async def story() -> None:
        house = await House().to_review()
        await house.play(1.0)
        assert house.stages[0].drawn >= 10
        assert house.stages[0].worn is not None
        assert house.moved_ms[-1] > house.moved_ms[0]
        house.press("play")
        assert house.text("play") == "wizard.play"
        await house.play(0.2)
        held = house.moved_ms[-1]
        await house.play(1.0)
        assert set(house.moved_ms[-5:]) == {held}

    play(story)


def test_wizard_shows_the_portrait_still_when_the_person_wants_less_motion() -> None:
    async def story() -> None:
        house = await House(still=True).to_review()
        await house.play(1.0)
        assert set(house.moved_ms) == {0.0}
        house.press("play")
        await house.play(1.0)
        assert house.moved_ms[-1] > 0.0

    play(story)


def test_wizard_asks_before_it_throws_pictures_away_and_goes_on_when_the_person_stays() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        house.press("use-camera")
        await house.play(8.0)
        taken = len(house.bitmaps)
        assert taken > 1
        house.wizard.ask_to_leave()
        assert house.panel == "leave"
        assert house.page.element("wizard-stay").focused
        await house.play(5.0)
        assert len(house.bitmaps) == taken
        house.press("stay")
        assert house.panel == "camera"
        await house.play(60.0, lambda: house.run.state is WizardState.REVIEW)
        assert house.panel == "review"

    play(story)


def test_wizard_closes_and_lets_go_of_the_camera_when_the_pictures_are_thrown_away() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        house.press("use-camera")
        await house.play(8.0)
        house.wizard.ask_to_leave()
        house.press("throw-away")
        assert not house.dialog.is_open
        assert not house.camera_open
        assert house.worn == []
        house.wizard.open()
        assert house.panel == "welcome"

    play(story)


def test_wizard_closes_at_once_when_nothing_was_taken() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        house.wizard.ask_to_leave()
        assert not house.dialog.is_open

    play(story)


def test_wizard_says_why_there_is_no_camera_and_tries_again_when_asked() -> None:
    async def story() -> None:
        house = House()
        house.problem = "camera-refused"
        house.wizard.open()
        house.press("use-camera")
        await house.play(0.5)
        assert house.panel == "lost"
        assert house.text("lost-text") == "error.camera-refused"
        assert house.page.element("wizard-enough").hidden
        house.problem = None
        house.press("again")
        await house.play(0.5)
        assert house.panel == "camera"

    play(story)


def test_wizard_offers_what_it_has_when_the_camera_is_unplugged() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        house.press("use-camera")
        await house.play(8.0)
        house.camera_open = False
        house.wizard.camera_lost("camera-lost")
        assert house.panel == "lost"
        assert not house.page.element("wizard-enough").hidden
        house.press("enough")
        await house.play(2.0)
        assert house.panel == "review"

    play(story)


def test_wizard_takes_the_picture_when_the_person_presses_and_believes_them() -> None:
    async def story() -> None:
        house = House(Sitter(strength={Step.EYES_CLOSED: 0.0}, delay_ms=300.0).look)
        house.wizard.open()
        house.press("use-camera")
        await house.play(5.0)
        assert house.run.step is Step.EYES_CLOSED
        house.press("take")
        await house.play(0.5)
        assert house.bitmaps[-1].step is Step.EYES_CLOSED
        assert house.run.courses.refusal(Step.EYES_CLOSED) is None

    play(story)


def test_wizard_repeats_a_step_from_the_review() -> None:
    async def story() -> None:
        house = await House().to_review()
        items = house.page.element("wizard-pictures").children
        assert [item.find("img").attributes["src"] for item in items] == [
            f"blob:{step}" for step in STEPS
        ]
        items[STEPS.index(Step.AH)].find("button").fire()
        await house.play(1.0)
        assert house.panel == "camera"
        await house.play(30.0, lambda: house.run.state is WizardState.REVIEW)
        assert house.bitmaps[-1].step is Step.AH
        assert len(house.bitmaps) == len(STEPS) + 1

    play(story)


def test_wizard_says_what_to_do_once_it_has_stood_for_a_while() -> None:
    async def story() -> None:
        house = House(lambda *_: None)
        house.wizard.open()
        house.press("use-camera")
        await house.play(0.3)
        assert "wizard.ask.straight" in house.text("said")
        await house.play((SETTLED_MS + SHOWN_AFTER_MS + 300.0) / 1000.0)
        assert house.text("hint") == "wizard.hint.no-face"
        assert house.text("said") == "wizard.hint.no-face"

    play(story)


def test_wizard_tells_why_a_picture_is_taken_once_more() -> None:
    async def story() -> None:
        house = House()
        house.maker.faults[Step.STRAIGHT] = "photo-several-faces"
        house.wizard.open()
        house.press("use-camera")
        await house.play(2.0)
        assert house.run.step is Step.STRAIGHT
        assert "wizard.why.photo-several-faces" in house.text("said")
        await house.play(60.0, lambda: house.run.state is WizardState.REVIEW)
        assert house.panel == "review"

    play(story)


BLINK = {Blendshape.EYE_BLINK_LEFT: 0.6, Blendshape.EYE_BLINK_RIGHT: 0.6}


@pytest.mark.parametrize("moved", [BLINK, {Blendshape.JAW_OPEN: 0.5}], ids=["blink", "word"])
def test_first_picture_is_asked_for_again_when_the_face_had_moved_by_then(
    moved: Mapping[Blendshape, float],
) -> None:
    async def story() -> None:
        house = House()
        house.maker.shown = [moved]
        await house.to_review()
        taken = [bitmap.step for bitmap in house.bitmaps]
        assert taken == [Step.STRAIGHT, *STEPS]
        assert house.stages[-1].worn is not None
        assert house.stages[-1].worn.base.blendshapes.max() == 0.0, "the second one"

    play(story)


def test_first_picture_is_what_the_person_took_when_they_pressed_the_button() -> None:
    async def story() -> None:
        house = House()
        house.maker.shown = [BLINK]
        house.wizard.open()
        house.press("use-camera")
        await house.play(0.3)
        house.press("take")
        await house.play(60.0, lambda: house.run.state is WizardState.REVIEW)
        assert [bitmap.step for bitmap in house.bitmaps] == list(STEPS)

    play(story)


def test_wizard_makes_a_set_of_gathered_pictures_and_names_those_refused() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()

        async def gathered() -> Gathered:
            work = house.wizard._parts.work
            work.begin()
            work.refuse("uncle.jpg", "set-other-person")
            return Gathered(canonical_portrait(), (), ("wizard.first-minute",))

        house.wizard.gather(gathered)
        await house.play(1.0)
        assert house.panel == "review"
        left_out = house.page.element("wizard-left-out").children
        assert left_out[0].find(".wizard-refused-name").text == "uncle.jpg"
        assert house.text("note") == "wizard.first-minute"
        assert house.page.element("wizard-repeat").hidden

    play(story)


def test_wizard_makes_the_set_without_a_picture_that_the_person_leaves_out() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        pictures = tuple(
            (name, SetPicture(np.zeros((4, 4, 3), np.uint8), glimpse(0.0).points, NEUTRAL_SHAPES))
            for name in ("me.jpg", "uncle.jpg")
        )

        async def gathered() -> Gathered:
            return Gathered(canonical_portrait(), pictures, thumbnails={"me.jpg": b"me"})

        house.wizard.gather(gathered)
        await house.play(1.0)
        assert house.maker.given == ("me.jpg", "uncle.jpg")
        items = house.page.element("wizard-pictures").children
        assert [item.find(".wizard-picture-name").text for item in items] == ["me.jpg", "uncle.jpg"]
        items[1].find("button").fire()
        await house.play(1.0)
        assert house.panel == "review"
        assert house.maker.given == ("me.jpg",)
        assert len(house.page.element("wizard-pictures").children) == 1

    play(story)


def test_wizard_is_back_at_its_beginning_with_the_reason_when_no_picture_is_of_use() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()

        async def fail() -> Gathered:
            raise PhotoError("none", code="clip-no-face")

        house.wizard.gather(fail)
        await house.play(0.5)
        assert house.panel == "welcome"
        assert house.text("told") == "error.clip-no-face"
        assert not house.page.element("wizard-told").hidden

    play(story)


def test_wizard_is_back_at_its_beginning_when_gathering_is_cancelled() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        going = asyncio.Event()

        async def wait() -> Gathered | None:
            await going.wait()
            return Gathered(canonical_portrait(), ())

        house.wizard.gather(wait)
        await house.play(0.3)
        assert house.panel == "work"
        house.press("cancel")
        assert house.panel == "welcome"
        assert house.gathering.cancelled == 1
        going.set()
        await house.play(0.3)
        assert house.panel == "welcome"

    play(story)


def test_wizard_says_so_when_the_camera_goes_while_somebody_talks() -> None:
    async def story() -> None:
        house = House()
        house.wizard.open()
        house.gathering.is_filming = True

        async def talk() -> Gathered | None:
            await asyncio.Event().wait()
            return None

        house.wizard.gather(talk)
        await house.play(0.3)
        assert house.panel == "camera"
        house.wizard.camera_lost("camera-lost")
        assert house.panel == "welcome"
        assert house.text("told") == "error.camera-lost"
        assert house.gathering.cancelled == 1

    play(story)


def test_wizard_hands_dropped_files_on_when_it_is_at_its_beginning() -> None:
    house = House()
    house.wizard.open(["a", "b"])
    assert house.gathering.files == ["a", "b"]
    assert house.dialog.is_open


@pytest.mark.parametrize("step", STEPS)
def test_example_shows_in_a_mirror_what_the_step_asks_for(step: Step) -> None:
    shown = example(step, 1.0)
    yaw = quaternion.to_yaw_pitch_roll(shown.rotation)[0]
    assert yaw * PLANS[step].turn <= 0.0
    assert shown.blendshapes.sum() == pytest.approx(PLANS[step].example.sum())


@pytest.mark.parametrize("language", ["en", "ko"])
def test_reason_is_a_sentence_whatever_is_wrong_with_a_picture(language: str) -> None:
    words = catalogue(language, "wizard")
    for code in (
        "photo-several-faces",
        "wizard-missed",
        "wizard-moved",
        "photo-failed",
        "anything",
    ):
        assert words[reason(code)]


def test_maker_leaves_out_what_the_others_show_and_keeps_the_brows() -> None:
    async def story() -> None:
        maker = SetMaker(lambda: asyncio.sleep(0), PlainCodec())
        shown = {}
        for step in MOST_USEFUL:
            seen = Sitter(delay_ms=0.0, noise=0.0).look(step, 2_000.0, 0.0)
            assert seen is not None
            shown[step] = SetPicture(GREY, seen.points, seen.shapes)
        assert len(shown) > MAX_EXPRESSIONS
        shown[Step.OO] = shown[Step.AH]
        pictures = [(str(step), shown[step]) for step in MOST_USEFUL]
        made = await maker.make(canonical_portrait(), pictures)
        assert made.left_out == ((str(Step.OO), "set-too-many"),)

    play(story)


class Reader:
    """Finds the same face in every photo, but for strangers."""

    def __init__(self) -> None:
        self.closed = False

    async def see(self, photo: str, _most_turn: float) -> Any:
        seen = glimpse(0.0)
        points = seen.points.copy()
        if photo == "stranger":
            points[:, 0] = 320.0 + 1.6 * (points[:, 0] - 320.0)

        class Found:
            picture = Bitmap(Step.AH)
            face = FoundFace(points, np.zeros(blendshapes.COUNT, np.float32))

        return Found()

    def close(self) -> None:
        self.closed = True


GREY = np.full((480, 640, 3), 128, np.uint8)


class PlainCodec(Codec):
    def of_bitmap(self, _bitmap: Any) -> Any:
        return GREY

    async def decode(self, _image: bytes) -> Any:
        return np.full((256, 256, 3), 128, np.uint8)

    async def encode(self, pixels: Any, quality: float) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "WEBP", quality=round(100 * quality))
        return file.getvalue()


def test_maker_leaves_out_strangers_and_what_is_too_many_by_name() -> None:
    async def story() -> None:
        reader = Reader()

        async def open_reader() -> Any:
            return reader

        maker = SetMaker(open_reader, PlainCodec())
        mine = [(f"{n}.jpg", await maker.picture("me")) for n in range(MAX_EXPRESSIONS + 1)]
        stranger = [("uncle.jpg", await maker.picture("stranger"))]
        made = await maker.make(canonical_portrait(), stranger + mine)
        assert made.left_out == (
            ("uncle.jpg", "set-other-person"),
            (f"{MAX_EXPRESSIONS}.jpg", "set-too-many"),
        )
        assert len(made.portrait_set.expressions) == MAX_EXPRESSIONS
        maker.close()
        await asyncio.sleep(0)
        assert reader.closed

    play(story)
