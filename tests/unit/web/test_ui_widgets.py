"""Widgets on a page in memory: what they say, and what a person's deeds lead to."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.support.fake_page import FakeElement, FakeKeys, FakePage, FakeStrings
from tests.support.storage import DictStorage
from tests.unit.core.neural.sample_manifest import make_manifest

from persona_core.drawn.style_file import write_style_file
from persona_core.face.emotions import Emotion
from persona_core.face.params import Gesture
from persona_core.graphics.ladder_commands import LadderEntry, Reason
from persona_core.graphics.modes import Rung
from persona_core.neural.catalogue import Offer, offers
from persona_core.neural.plan import GPU
from persona_core.neural.progress import DownloadProgress
from persona_web.capture.hand_capture import HandsState
from persona_web.capture.own_emotion import OwnEmotion
from persona_web.look.look_editor import LookEditor
from persona_web.neural.loading import LoadingStep
from persona_web.neural.neural_host import HostStatus, State
from persona_web.ui.call.privacy import ShortCodes
from persona_web.ui.graphics.detail_line import DetailLine
from persona_web.ui.graphics.laboratory import LadderLog
from persona_web.ui.graphics.model_chooser import ModelChooser
from persona_web.ui.graphics.model_line import ModelLine
from persona_web.ui.look.emotion_bar import EmotionBar
from persona_web.ui.look.hands import HandControls
from persona_web.ui.look.look_buttons import LookButtons

MANIFEST = make_manifest()


@pytest.fixture
def page() -> Any:
    return FakePage()


@pytest.fixture
def strings() -> Any:
    return FakeStrings()


async def settle() -> None:
    for _turn in range(8):
        await asyncio.sleep(0)


class FakeHost:
    """A page's model that is wherever a test puts it.

    Attributes:
        done: what was asked of it.
    """

    def __init__(self) -> None:
        self.status = HostStatus(State.NONE)
        self.fits = True
        self.kept = frozenset[str]()
        self.done: list[str] = []
        self._listeners: list[Any] = []

    def on_change(self, listener: Any) -> None:
        self._listeners.append(listener)

    def stand(self, **status: Any) -> None:
        self.status = HostStatus(**status)
        for listener in self._listeners:
            listener()

    async def offers(self) -> tuple[Offer, ...]:
        return offers([MANIFEST], self.kept, GPU)

    def runs(self, manifest: Any) -> bool:
        return self.fits

    async def use(self, manifest: Any) -> None:
        self.done.append(f"use {manifest.name}")
        self.stand(state=State.READY, model=manifest.name)

    async def unload(self) -> None:
        self.done.append("unload")
        self.stand(state=State.NONE)

    async def delete(self) -> None:
        self.done.append("delete")
        self.stand(state=State.NONE)

    def cancel(self) -> None:
        self.done.append("cancel")


@dataclass
class FakeGraphics:
    rung: Rung = Rung.WEBGL
    is_starting: bool = False
    log: tuple[LadderEntry, ...] = ()

    def on_change(self, listener: Any) -> None:
        self.changed = listener


def choose(page: Any, strings: Any, host: Any, graphics: Any = None) -> None:
    """Lists the models of a page."""
    ModelChooser(page, strings, host, graphics or FakeGraphics()).restore()


async def test_models_are_listed_with_what_they_cost_before_anything_is_loaded(
    page: Any, strings: Any
) -> None:
    host: Any = FakeHost()
    choose(page, strings, host)
    await settle()
    [card] = page.element("model-list").children
    assert card.find(".model-title").text == MANIFEST.title
    assert card.find(".model-size").text == "model.size 4.2 4.2"
    assert card.find(".model-cost").text == "model.cost 0.5"
    assert card.find(".model-use").enabled
    assert page.element("models-empty").hidden
    assert page.element("model-off").hidden
    assert host.done == []


async def test_model_that_is_too_much_for_the_machine_cannot_be_chosen(
    page: Any, strings: Any
) -> None:
    host: Any = FakeHost()
    host.fits = False
    choose(page, strings, host)
    await settle()
    [card] = page.element("model-list").children
    assert not card.find(".model-use").enabled
    assert card.find(".model-why").text == "model.too-much"


async def test_model_is_used_given_up_and_deleted_by_its_buttons(page: Any, strings: Any) -> None:
    host: Any = FakeHost()
    choose(page, strings, host)
    await settle()
    page.element("model-list").children[0].find(".model-use").fire()
    host.kept = frozenset(file.sha256 for file in MANIFEST.files)
    await settle()
    assert page.element("model-status").text == "model.ready"
    [card] = page.element("model-list").children
    assert card.find(".model-use").text == "model.in-use"
    assert card.find(".model-size").text.startswith("model.size-here")
    assert not page.element("model-off").hidden
    page.element("model-off").fire()
    page.element("model-delete").fire()
    await settle()
    assert host.done == [f"use {MANIFEST.name}", "unload", "delete"]
    assert page.element("model-status").text == "model.deleted"


async def test_download_is_told_in_figures_and_a_failure_in_a_sentence(
    page: Any, strings: Any
) -> None:
    host: Any = FakeHost()
    choose(page, strings, host)
    progress = DownloadProgress(1_500_000, 3_000_000, 500_000.0, 3.0)
    host.stand(state=State.LOADING, step=LoadingStep.DOWNLOAD, progress=progress)
    assert page.element("model-progress").node.value == 50.0
    assert page.element("model-bytes").text == "model.bytes-left 1.5 3.0 0.50 3"
    assert page.element("model-status").text == "model.step.download"
    page.element("model-cancel").fire()
    host.stand(state=State.FAILED, problem="model-cancelled", kept=False)
    assert host.done == ["cancel"]
    assert page.element("model-status").text == "error.model-cancelled error.model-unkept"
    assert page.element("model-status").attributes["data-problem"] == "true"


def entry(reason: Reason, left: Rung | None, entered: Rung, detail: str = "") -> LadderEntry:
    return LadderEntry(1500.0, left, entered, reason, detail)


async def test_chooser_asks_for_a_portrait_until_one_is_drawn(page: Any, strings: Any) -> None:
    host, graphics = FakeHost(), FakeGraphics()
    choose(page, strings, host, graphics)
    await settle()
    host.stand(state=State.READY, model=MANIFEST.name)
    graphics.rung, graphics.is_starting = Rung.NEURAL_WASM, True
    graphics.changed()
    assert page.element("model-status").text == "model.ready"
    graphics.is_starting = False
    graphics.changed()
    assert page.element("model-status").text == "model.drawing"


def test_line_tells_what_the_model_does_and_a_notice_what_went_wrong(
    page: Any, strings: Any
) -> None:
    host, graphics = FakeHost(), FakeGraphics()
    notices: list[str] = []
    ModelLine(page, strings, host, graphics, notices.append)  # type: ignore[arg-type]
    line = page.element("model-status")
    assert line.text == ""
    host.stand(state=State.READY)
    assert line.text == "model.resting"
    graphics.rung = Rung.NEURAL_WASM
    graphics.changed()
    assert line.text == "model.drawing"
    graphics.rung = Rung.WEBGL
    graphics.log = (entry(Reason.RUN_FAILED, Rung.NEURAL_WASM, Rung.WEBGL),)
    graphics.changed()
    assert notices == ["error.model-run-failed"]


def test_log_gets_a_line_for_every_new_entry_and_is_written_anew_in_another_language(
    page: Any, strings: Any
) -> None:
    log, lines = LadderLog(page, strings), page.element("ladder-log").children
    first = entry(Reason.CHOSEN, None, Rung.WEBGL)
    second = entry(Reason.CONTEXT_LOST, Rung.WEBGL, Rung.CANVAS, "the driver said so")
    log.show((first,))
    kept = lines[0]
    log.show((first, second))
    assert lines[0] is kept
    assert lines[0].text.startswith("ladder.entry-begin 1.5")
    assert lines[1].children[0].text == "the driver said so"
    assert page.element("ladder-empty").hidden
    page.change_language()
    assert len(lines) == 2
    assert lines[0] is not kept


def test_codes_are_numbered_when_there_are_several_and_hidden_when_there_are_none(
    page: Any, strings: Any
) -> None:
    codes, lines = ShortCodes(page, strings), page.element("code-list").children
    codes.show(["123456"])
    assert [line.text for line in lines] == ["123 456"]
    codes.show(["123456", None, "654321"])
    assert [line.text for line in lines] == ["call.code-of 1 123 456", "call.code-of 3 654 321"]
    codes.show([None])
    assert page.element("codes").hidden


def test_emotions_are_put_on_by_button_and_key_and_taken_off_by_escape(
    page: Any, strings: Any
) -> None:
    emotion, keys = OwnEmotion(lambda: 0.0), FakeKeys()
    EmotionBar(page, strings, keys, emotion)  # type: ignore[arg-type]
    buttons = page.element("emotions").children
    assert len(buttons) == len(Emotion) == 6
    buttons[0].fire()
    assert emotion.active is next(iter(Emotion))
    assert [button.attributes["aria-pressed"] for button in buttons].count("true") == 1
    keys.press("2")
    assert emotion.active is list(Emotion)[1]
    page.element("emotion-strength").value = "40"
    page.element("emotion-strength").fire("input")
    assert emotion.intensity == pytest.approx(0.4)
    keys.press("Escape")
    assert emotion.active is None


@dataclass
class FakeHands:
    state: HandsState = HandsState.OFF
    gestures: tuple[Gesture, Gesture] = (Gesture.NONE, Gesture.NONE)

    @property
    def is_on(self) -> bool:
        return self.state not in (HandsState.OFF, HandsState.FAILED)

    def on_change(self, listener: Any) -> None:
        self.changed = listener

    def toggle(self) -> None:
        self.state = HandsState.WAITING
        self.changed()


def test_hands_are_named_while_they_are_watched(page: Any, strings: Any) -> None:
    hands = FakeHands()
    HandControls(page, strings, hands)  # type: ignore[arg-type]
    switch, status = page.element("hands"), page.element("hands-status")
    assert (switch.attributes["aria-pressed"], status.text) == ("false", "hands.off")
    switch.fire()
    assert (switch.attributes["aria-pressed"], status.text) == ("true", "hands.waiting")
    hands.state, hands.gestures = HandsState.WATCHING, (Gesture.NONE, Gesture.VICTORY)
    hands.changed()
    assert status.text == "gesture.victory"
    hands.state = HandsState.FAILED
    hands.changed()
    assert status.attributes["data-problem"] == "true"


class Desk:
    """The buttons of a look, and files that go in and out."""

    def __init__(self, page: Any, strings: Any) -> None:
        self.editor = LookEditor(DictStorage(), random.Random(1))
        self.saved: list[str] = []
        self.given: bytes | Exception | None = None
        LookButtons(page, strings, self.editor, self._save, self._open)  # type: ignore[arg-type]

    def _save(self, _name: str, text: str, _media_type: str) -> None:
        self.saved.append(text)

    async def _open(self, _chooser: FakeElement, _limit: int) -> bytes | None:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


async def test_look_is_saved_and_opened_again(page: Any, strings: Any) -> None:
    desk = Desk(page, strings)
    original = desk.editor.style
    assert page.element("look-undo").attributes["aria-disabled"] == "true"
    page.element("look-random").fire()
    assert page.element("look-undo").attributes["aria-disabled"] == "false"
    page.element("look-export").fire()
    assert desk.saved == [write_style_file(desk.editor.style)]
    worn = desk.editor.style
    page.element("look-reset").fire()
    assert desk.editor.style == original
    desk.given = desk.saved[0].encode()
    page.element("look-file").fire("change")
    await settle()
    assert desk.editor.style == worn
    assert page.element("look-status").text == "look.imported"


@pytest.mark.parametrize("given", [b"no look", OSError("gone")])
async def test_file_that_is_no_look_changes_nothing(
    page: Any, strings: Any, given: bytes | Exception
) -> None:
    desk = Desk(page, strings)
    before, desk.given = replace(desk.editor.style), given
    page.element("look-file").fire("change")
    await settle()
    assert desk.editor.style == before
    assert page.element("look-status").text == "error.style-file-unreadable"
    assert page.element("look-status").attributes["data-problem"] == "true"


def test_fall_of_quality_is_told_once_however_many_steps_it_has(page: Any, strings: Any) -> None:
    line, words = DetailLine(page, strings), page.element("detail-status")
    told: list[float] = []

    def run(start_s: float, end_s: float, *, has_fallen: bool) -> None:
        for half in range(round(2 * start_s), round(2 * end_s)):
            second = half / 2
            before = words.text
            line.step(1000.0 * second, has_fallen=has_fallen)
            if words.text and not before:
                told.append(second)

    run(0.0, 5.0, has_fallen=False)
    run(5.0, 40.0, has_fallen=True)
    assert told == [5.0]
    assert words.text == "", "it goes by itself"
    run(40.0, 60.0, has_fallen=False)
    run(60.0, 80.0, has_fallen=True)
    assert told == [5.0], "it was hardly up again"
    run(80.0, 120.0, has_fallen=False)
    run(120.0, 125.0, has_fallen=True)
    assert told == [5.0, 120.0]
    assert words.text == "quality.fallen"
