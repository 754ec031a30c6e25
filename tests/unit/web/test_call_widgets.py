"""The bar, the camera's switch, the lobby and the invitation, on a page in memory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.fake_page import FakePage, FakeStrings

from persona_core.wire.qr_code import qr_code
from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSourceStatus
from persona_web.ui.call.call_bar import fitting
from persona_web.ui.call.call_time import CallTime
from persona_web.ui.call.camera_controls import CameraControls
from persona_web.ui.call.invite_dialog import InviteDialog, outline
from persona_web.ui.call.lobby_panel import Attendance, LobbyActions, LobbyPanel, LobbyView
from persona_web.ui.source_controls import SourceActions, SourceView

OFF, OPEN = DeviceState.OFF, DeviceState.OPEN


@pytest.fixture
def page() -> Any:
    return FakePage()


@pytest.fixture
def strings() -> Any:
    return FakeStrings()


@pytest.mark.parametrize(
    ("ranks", "places", "fit"),
    [
        ([5, 5, 3], 3, {0, 1, 2}),
        ([5, 5, 3], 2, {0, 2}),
        ([5, 5, 3], 1, {2}),
        ([5, 5, 3], 0, set()),
        ([5], -4, set()),
        ([], 7, set()),
    ],
)
def test_rarer_and_later_buttons_lose_their_place_first(
    ranks: list[int], places: int, fit: set[int]
) -> None:
    assert fitting(ranks, places) == fit


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(-3, 40))
def test_as_many_buttons_find_a_place_as_there_are_and_none_before_a_lower_rank(
    ranks: list[int], places: int
) -> None:
    fit = fitting(ranks, places)
    assert len(fit) == min(len(ranks), max(places, 0))
    worst = max((ranks[index] for index in fit), default=0)
    assert all(ranks[index] >= worst for index in set(range(len(ranks))) - fit)


def test_camera_is_switched_by_one_button_that_says_what_it_does(page: Any, strings: Any) -> None:
    done: list[str] = []
    names = ("use_camera", "use_demo", "stop", "calibrate")
    actions = SourceActions(*(lambda name=name: done.append(name) for name in names))
    controls = CameraControls(page, strings, actions)
    button = page.element("use-camera")
    seen = []
    for camera, demo in ((OFF, False), (DeviceState.OPENING, False), (OPEN, False), (OFF, True)):
        controls.show(SourceView(FaceSourceStatus(camera, demo, None), True, True))
        hidden = [page.element(name).hidden for name in ("use-demo", "stop-source", "calibrate")]
        seen.append((button.find("span").text, *hidden))
        button.fire()
    assert seen == [
        ("bar.camera-on", False, True, True),
        ("bar.camera-off", False, True, True),
        ("bar.camera-off", False, True, False),
        ("bar.camera-on", True, False, True),
    ]
    assert done == ["use_camera", "stop", "stop", "use_camera"]
    controls.show(SourceView(FaceSourceStatus(OFF, False, "camera-busy"), True, False))
    assert page.element("source-status").text == "error.camera-busy"
    assert page.element("source-status").attributes["data-problem"] == "true"


class Foyer:
    """A lobby's panel, and what was asked of it."""

    def __init__(self, page: Any, strings: Any) -> None:
        self.done: list[object] = []
        self.panel = LobbyPanel(
            page,
            strings,
            LobbyActions(
                lambda name: self.done.append(name) or name.strip(),  # type: ignore[func-returns-value]
                lambda on: self.done.append(("camera", on)),
                lambda on: self.done.append(("microphone", on)),
                lambda: self.done.append("try camera"),
                lambda: self.done.append("try microphone"),
            ),
        )


def test_lobby_says_what_is_tried_and_hands_on_what_is_chosen(page: Any, strings: Any) -> None:
    foyer = Foyer(page, strings)
    foyer.panel.begin("Zoe")
    foyer.panel.show(LobbyView(True, False, False, True, ("lobby.speak",)))
    foyer.panel.show_level(0.42)
    assert page.element("lobby-name").value == "Zoe"
    assert page.element("try-camera").text == "lobby.try-camera"
    assert page.element("try-microphone").text == "lobby.stop-microphone"
    assert not page.element("lobby-level").hidden
    assert page.element("lobby-level").attributes["value"] == "4"
    assert page.element("lobby-status").text == "lobby.speak"
    page.element("lobby-name").value = " Ann "
    page.element("lobby-name").fire("change")
    assert page.element("lobby-name").value == "Ann"
    page.element("lobby-camera").checked = False
    page.element("lobby-camera").fire("change")
    page.element("try-microphone").fire()
    assert foyer.done == [" Ann ", ("camera", False), "try microphone"]


@pytest.mark.parametrize(
    ("attendance", "people", "problem", "open_to_join"),
    [
        (None, "lobby.looking", None, True),
        (Attendance(), "lobby.unknown", None, True),
        (Attendance(0, 8), "lobby.nobody", None, True),
        (Attendance(1, 8), "lobby.one 1", None, True),
        (Attendance(7, 8), "lobby.several 7", None, True),
        (Attendance(8, 8), "lobby.several 8", "lobby.full 8 8", True),
        (Attendance(3, 8, is_locked=True), "lobby.several 3", "lobby.locked", True),
        (Attendance(problem="room-token-missing"), None, "error.room-token-missing", False),
    ],
)
def test_lobby_tells_who_is_there_and_what_keeps_the_person_out(
    page: Any,
    strings: Any,
    attendance: Attendance | None,
    people: str | None,
    problem: str | None,
    open_to_join: bool,
) -> None:
    foyer = Foyer(page, strings)
    page.element("join").focus()
    foyer.panel.begin("")
    foyer.panel.show_attendance(attendance)
    line, told = page.element("lobby-people"), page.element("lobby-problem")
    assert (None if line.hidden else line.text) == people
    assert (None if told.hidden else told.text) == problem
    assert page.element("join").enabled is open_to_join
    assert page.element("join-without").enabled is open_to_join
    assert page.element("lobby-home").focused is not open_to_join
    foyer.panel.show_attendance(Attendance(1, 8))
    assert page.element("join").enabled
    assert told.hidden


def test_invitation_shows_the_link_as_a_code_and_counts_the_people(page: Any, strings: Any) -> None:
    copied: list[str] = []
    dialog = InviteDialog(page, strings, copied.append, None)
    dialog.show_link("https://x/#room=a")
    dialog.show_people(3, 8)
    assert page.element("invite-share").hidden
    assert not page.element("invite-picture").hidden
    assert page.element("invite-count").text == "invite.count 3 8"
    page.element("invite-copy").fire()
    dialog.told(True)
    assert copied == ["https://x/#room=a"]
    assert page.element("invite-said").text == "invite.copied"
    dialog.show_link("https://x/#" + "y" * 700)
    dialog.show_people(8, 8)
    assert page.element("invite-picture").hidden, "too long for a code"
    assert page.element("invite-said").text == ""
    assert page.element("invite-count").text == "invite.full 8 8"


def test_outline_covers_the_dark_modules_and_no_other() -> None:
    modules = qr_code("https://x/#room=a")
    assert modules is not None
    drawn = set()
    for bar in outline(modules).split("M")[1:]:
        x, rest = bar.split(" ")
        y, width = rest.split("h")[0], rest.split("h")[1].split("v")[0]
        drawn |= {(int(y), int(x) + step) for step in range(int(width))}
    dark = {(y, x) for y, row in enumerate(modules) for x, is_dark in enumerate(row) if is_dark}
    assert drawn == dark


def test_time_in_the_call_begins_anew_with_each_and_is_written_once_a_second(
    page: Any, strings: Any
) -> None:
    time, line = CallTime(page, strings), page.element("call-time")
    seen: list[str | None] = []
    for now_ms, in_call in (
        (0.0, False),
        (5_000.0, True),
        (5_990.0, True),
        (70_100.0, True),
        (3_729_000.0, True),
        (3_800_000.0, False),
        (4_000_000.0, True),
    ):
        time.step(now_ms, in_call=in_call)
        seen.append(None if line.hidden else line.text)
    times = [None, "0:00", "0:00", "1:05", "1:02:04", None, "0:00"]
    assert seen == [None if one is None else f"bar.time {one}" for one in times]
    line.text = ""
    time.step(4_000_500.0, in_call=True)
    assert line.text == "", "nothing new to write"
    page.change_language()
    time.step(4_000_600.0, in_call=True)
    assert line.text == "bar.time 0:00"
