"""The lobby before a room: who is there, the name, and what to come in with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

LEVEL_STEPS = 10


@dataclass(frozen=True, slots=True)
class LobbyActions:
    """What the controls do."""

    name: Callable[[str], str]
    """Takes the name on, and gives it as it is kept."""
    want_camera: Callable[[bool], None]
    want_microphone: Callable[[bool], None]
    try_camera: Callable[[], None]
    try_microphone: Callable[[], None]


@dataclass(frozen=True, slots=True)
class LobbyView:
    """What is to be seen.

    Attributes:
        camera: whether joining starts the camera.
        microphone: whether joining opens the microphone.
        tries_camera: whether it is open now, for the person alone.
        tries_microphone: likewise.
        said: keys of the sentences on what is being tried.
    """

    camera: bool
    microphone: bool
    tries_camera: bool
    tries_microphone: bool
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attendance:
    """What is known of a room from outside.

    Attributes:
        people: how many are in it; None where the server does not tell.
        size: how many it holds.
        problem: an error code of what keeps the person out, for good with this link.
        is_locked: whether the host lets nobody new in for now.
    """

    people: int | None = None
    size: int = 0
    problem: str | None = None
    is_locked: bool = False

    @property
    def is_full(self) -> bool:
        return self.people is not None and self.people >= self.size


class LobbyPanel:
    """``#invited`` of a room page that has a lobby."""

    def __init__(self, page: Page, strings: Strings, actions: LobbyActions) -> None:
        self._strings = strings
        self._actions = actions
        self._people = page.element("lobby-people")
        self._problem = page.element("lobby-problem")
        self._name = page.element("lobby-name")
        self._camera = page.element("lobby-camera")
        self._microphone = page.element("lobby-microphone")
        self._try_camera = page.element("try-camera")
        self._try_microphone = page.element("try-microphone")
        self._status = page.element("lobby-status")
        self._level = page.element("lobby-level")
        self._ways_in: Sequence[Element] = (page.element("join"), page.element("join-without"))
        self._home = page.element("lobby-home")
        self._view: LobbyView | None = None
        self._attendance: Attendance | None = None
        self._loud = 0
        self._name.on_change(self._named)
        self._camera.on_change(lambda: actions.want_camera(self._camera.checked))
        self._microphone.on_change(lambda: actions.want_microphone(self._microphone.checked))
        self._try_camera.on("click", actions.try_camera)
        self._try_microphone.on("click", actions.try_microphone)
        page.on_language(self._renew)

    def begin(self, name: str) -> None:
        """The person is asked; ``name``: the one kept."""
        self._name.value = name
        self.show_attendance(None)

    @property
    def name(self) -> str:
        """What stands in the field."""
        return self._name.value

    def show(self, view: LobbyView) -> None:
        """Brings switches, buttons and the sentence up to date."""
        if view == self._view:
            return
        self._view = view
        self._camera.checked = view.camera
        self._microphone.checked = view.microphone
        self._show_trial(self._try_camera, "camera", view.tries_camera)
        self._show_trial(self._try_microphone, "microphone", view.tries_microphone)
        self._level.hidden = not view.tries_microphone
        self._status.text = " ".join(self._strings.text(key) for key in view.said)

    def show_level(self, level: float) -> None:
        """How loud the person is, in [0, 1]."""
        loud = round(level * LEVEL_STEPS)
        if loud != self._loud:
            self._loud = loud
            self._level.set("value", str(loud))

    def show_attendance(self, attendance: Attendance | None) -> None:
        """Says who is there; None before it is known."""
        self._attendance = attendance
        problem = None if attendance is None else attendance.problem
        self._people.hidden = problem is not None
        self._people.text = self._count(attendance)
        hindrance = "" if attendance is None else self._hindrance(attendance)
        self._problem.hidden = not hindrance
        self._problem.text = hindrance
        had_focus = any(way.focused for way in self._ways_in)
        for way in self._ways_in:
            if way.enabled is (problem is not None):
                way.enabled = problem is None
        if problem is not None and had_focus:
            self._home.focus()

    def _hindrance(self, attendance: Attendance) -> str:
        """What keeps the person out, for good or for now; empty for nothing."""
        text = self._strings.text
        if attendance.problem is not None:
            return text(f"error.{attendance.problem}")
        if attendance.is_locked:
            return text("lobby.locked")
        if attendance.is_full:
            return text("lobby.full", count=attendance.people, size=attendance.size)
        return ""

    def _count(self, attendance: Attendance | None) -> str:
        if attendance is None:
            return self._strings.text("lobby.looking")
        if attendance.people is None:
            return self._strings.text("lobby.unknown")
        if not attendance.people:
            return self._strings.text("lobby.nobody")
        key = "one" if attendance.people == 1 else "several"
        return self._strings.text(f"lobby.{key}", count=attendance.people)

    def _show_trial(self, button: Element, word: str, running: bool) -> None:
        button.set("aria-pressed", "true" if running else "false")
        button.text = self._strings.text(f"lobby.{'stop' if running else 'try'}-{word}")

    def _named(self) -> None:
        self._name.value = self._actions.name(self._name.value)

    def _renew(self) -> None:
        view, self._view = self._view, None
        if view is not None:
            self.show(view)
        self.show_attendance(self._attendance)
