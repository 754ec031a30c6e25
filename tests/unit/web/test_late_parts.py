"""What is made when it is first wanted, and the cards to pick a drawn look from."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tests.support.fake_page import FakeElement, FakePage, FakeStrings
from tests.support.storage import DictStorage

from persona_core.base.arrays import Floats
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams, Gesture
from persona_web.look.drawn_choice import OWN_LOOK, DrawnChoice
from persona_web.look.look_editor import PATIENCE_MS
from persona_web.look.who_choice import WhoChoice
from persona_web.parts.guide import KEY, Guide
from persona_web.parts.late_control import LateControl
from persona_web.ui.look.drawn_cards import DrawnCards
from persona_web.view.avatar import DrawnAvatar
from persona_web.view.marked_avatar import DrawnMarks
from persona_web.view.marked_view import NOTHING, LateMarks, MarkedView


class FakeCanvas:
    """Counts what is drawn on it."""

    def __init__(self) -> None:
        self.programs = self.pictures = 0

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None:
        self.programs += 1

    def draw(self, values: Floats) -> None:
        self.pictures += 1

    def reveal(self, *, revealed: bool) -> None:
        self.revealed = revealed


class FakeSite:
    def __init__(self) -> None:
        self.told: list[str] = []

    def notify(self, text: str) -> None:
        self.told.append(text)


async def turns() -> None:
    for _turn in range(4):
        await asyncio.sleep(0)


async def test_part_is_loaded_once_and_asked_for_again_when_it_could_not_be_had() -> None:
    site: Any = FakeSite()
    strings: Any = FakeStrings()
    button: Any = FakeElement("button")
    answers: list[asyncio.Future[None]] = []

    async def load() -> None:
        answers.append(asyncio.get_running_loop().create_future())
        await answers[-1]

    LateControl(site, strings, button, load)
    button.find("span").text = "Hands"
    button.fire()
    await turns()
    button.fire()
    await turns()
    assert len(answers) == 1
    assert button.attributes["aria-busy"] == "true"
    answers[0].set_exception(OSError("gone"))
    await turns()
    assert site.told == ["late.not-loaded Hands"]
    assert "aria-busy" not in button.attributes
    button.fire()
    await turns()
    answers[1].set_result(None)
    await turns()
    button.fire()
    await turns()
    assert len(answers) == 2
    assert len(site.told) == 1


class Newcomer:
    """A page with a guide, whose file comes or fails when the test says so."""

    def __init__(self) -> None:
        self.site: Any = FakeSite()
        self.page: Any = FakePage()
        self.storage = DictStorage()
        self.answers: list[asyncio.Future[None]] = []
        self.section = self.page.element("guide")
        self.section.hidden = True
        strings: Any = FakeStrings()
        self.guide = Guide(self.site, self.page, strings, self.storage, self._load)

    async def _load(self) -> None:
        self.answers.append(asyncio.get_running_loop().create_future())
        await self.answers[-1]

    async def answer(self, error: OSError | None = None) -> None:
        await turns()
        if error is None:
            self.answers[-1].set_result(None)
        else:
            self.answers[-1].set_exception(error)
        await turns()

    @property
    def has_focus(self) -> list[str]:
        names = ("guide-open", "guide-title")
        return [name for name in names if self.page.element(name).focused]


async def test_guide_is_shown_once_takes_no_focus_and_gives_it_back_when_it_is_closed() -> None:
    one = Newcomer()
    one.guide.offer()
    one.guide.offer()
    await one.answer()
    assert not one.section.hidden
    assert one.has_focus == []
    assert one.storage.get(KEY) == "seen"
    assert one.page.element("guide-open").attributes["aria-expanded"] == "true"
    one.page.element("guide-close").fire()
    assert one.section.hidden
    assert one.has_focus == ["guide-open"]
    one.guide.offer()
    await turns()
    assert one.section.hidden
    assert len(one.answers) == 1


async def test_guide_is_not_loaded_for_who_has_seen_it_before_they_ask() -> None:
    one = Newcomer()
    one.storage.set(KEY, "seen")
    one.guide.offer()
    await turns()
    assert one.answers == []
    opener = one.page.element("guide-open")
    opener.fire()
    await one.answer()
    assert one.has_focus == ["guide-title"]
    opener.fire()
    assert one.section.hidden
    opener.fire()
    await turns()
    assert not one.section.hidden
    sheet: Any = FakeElement("sheet")
    one.guide.show_in(sheet)
    await turns()
    assert sheet.children == [one.section]
    assert opener.attributes["aria-expanded"] == "false"
    opener.fire()
    await turns()
    assert one.page.element("guide-place").children[-1] is one.section


async def test_guide_that_cannot_be_had_is_missed_only_by_who_asked_for_it() -> None:
    one = Newcomer()
    one.guide.offer()
    await one.answer(OSError("gone"))
    assert one.site.told == []
    assert one.storage.get(KEY) is None
    one.page.element("guide-open").fire()
    await one.answer(OSError("gone"))
    assert one.site.told == ["late.not-loaded guide.open"]
    one.guide.offer()
    one.section.is_seen = False  # the person has joined meanwhile
    await one.answer()
    assert one.storage.get(KEY) is None


def test_marks_are_made_with_the_first_of_them_in_the_look_of_then() -> None:
    made: list[AvatarStyle] = []
    canvas, view_canvas = FakeCanvas(), FakeCanvas()

    def make(style: AvatarStyle) -> DrawnMarks:
        made.append(style)
        return DrawnMarks(canvas, style)

    love = [0.0]
    view: Any = DrawnAvatar(view_canvas, CHARACTERS[0].style)
    view.portrait = None
    marked = MarkedView(view, LateMarks(make, view.style), lambda _now_ms: love[0])
    marked.style = CHARACTERS[1].style
    face = FaceParams(0.0)
    marked.draw(face, 0.0)
    assert made == []
    assert view_canvas.pictures == 1
    love[0] = 0.5
    marked.draw(face, 16.0)
    assert made == [CHARACTERS[1].style]
    assert canvas.revealed
    love[0] = 0.0
    marked.draw(face, 32.0)
    assert not canvas.revealed
    marked.style = CHARACTERS[2].style
    assert (view.style, len(made), marked.portrait) == (CHARACTERS[2].style, 1, None)


def test_marks_are_made_for_a_hand_as_well() -> None:
    canvas = FakeCanvas()
    marks = LateMarks(lambda style: DrawnMarks(canvas, style), CHARACTERS[0].style)
    marks.draw(NOTHING, 0.0, 0.0)
    assert canvas.programs == 0
    marks.draw((Gesture.NONE, Gesture.VICTORY), 0.0, 16.0)
    assert canvas.revealed


def test_one_card_is_ticked_and_the_own_look_has_one_when_it_is_made() -> None:
    page: Any = FakePage()
    strings: Any = FakeStrings()
    drawn = DrawnChoice(DictStorage(), random.Random(2))
    canvases: list[FakeCanvas] = []

    def make_canvas(_element: Any) -> FakeCanvas:
        canvases.append(FakeCanvas())
        return canvases[-1]

    DrawnCards(page, strings, make_canvas, WhoChoice(DictStorage(), drawn))
    cards = page.element("characters").children

    def ticked() -> list[str]:
        return [card.find("input").value for card in cards if card.find("input").checked]

    assert [card.find(".character-name").text for card in cards] == [
        *(f"character.{one.key}" for one in CHARACTERS),
        "who.own-look",
    ]
    assert ticked() == [CHARACTERS[0].key]
    assert cards[-1].hidden
    assert len(canvases) == len(CHARACTERS)
    drawn.editor.shuffle()
    drawn.editor.step(0.0)
    drawn.editor.step(PATIENCE_MS)
    assert ticked() == [OWN_LOOK]
    assert not cards[-1].hidden
    assert len(canvases) == len(CHARACTERS) + 1
    cards[3].find("input").fire("change")
    assert ticked() == [CHARACTERS[3].key] == [drawn.picked]
    cards[-1].find("input").fire("change")
    assert ticked() == [OWN_LOOK]
    assert all(canvas.pictures == 1 for canvas in canvases)
