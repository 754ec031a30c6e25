"""What the room page says of the call: status words, the overlay, problems, the end; and the step
before a room, which says what is shared once the person joins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from persona_core.call.notices import SERVER_AWAY
from persona_core.call.status import CallStatus, Phase

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class CallScene(Enum):
    """What the stage shows; the value is the word of ``status.<word>``."""

    STARTING = "starting"
    INVITED = "invited"
    WAITING = "waiting"
    CONNECTING = "connecting"
    GOOD = "good"
    POOR = "poor"
    RECONNECTING = "reconnecting"
    LOST = "lost"
    ENDED = "ended"
    UNREACHABLE = "unreachable"


_QUALITIES = tuple(map(CallScene, ("good", "poor", "reconnecting", "connecting", "lost")))
"""The best first: with somebody on a good connection, the call is good. Each peer's own place
says how that one fares."""
_OVERLAYS = {
    CallScene.WAITING: "alone",
    CallScene.CONNECTING: "connecting",
    CallScene.LOST: "lost",
    CallScene.UNREACHABLE: "unreachable",
}


def scene_of(status: CallStatus) -> CallScene:
    """The one scene that a call's snapshot amounts to. Before a call there is no snapshot: a
    person who is asked whether to join sees ``INVITED``."""
    if status.phase is Phase.ENDED:
        return CallScene.ENDED
    if status.peers:
        qualities = {peer.quality for peer in status.peers}
        return next(scene for scene in _QUALITIES if scene.value in qualities)
    if status.phase is Phase.INSIDE:
        return CallScene.WAITING
    unreachable = status.notice is not None and status.notice.code in SERVER_AWAY
    return CallScene.UNREACHABLE if unreachable else CallScene.STARTING


@dataclass(frozen=True, slots=True)
class CallActions:
    """What the buttons of the page do."""

    leave: Callable[[], None]
    rejoin: Callable[[], None]


class CallView:
    """``#call-status``, ``#invited``, ``#peer-overlay``, ``#problem``, ``#ended``, ``#leave``, the
    invitation; ``#main`` has the scene's word for styles."""

    def __init__(self, page: Page, strings: Strings, actions: CallActions) -> None:
        self._strings = strings
        self._main = page.element("main")
        self._status = page.element("call-status")
        self._invited = page.element("invited")
        self._peers = page.element("peers")
        self._overlay = page.element("peer-overlay")
        self._title = page.element("peer-title")
        self._detail = page.element("peer-detail")
        self._invite = page.element("invite")
        self._link = page.element("invite-link")
        self._problem = page.element("problem")
        self._problem_text = page.element("problem-text")
        self._retry = page.element("problem-action")
        self._ended = page.element("ended")
        self._rejoin = page.element("rejoin")
        self._leave = page.element("leave")
        self._had_company = False
        self._shown: tuple[CallScene, str | None] = (CallScene.STARTING, None)
        self._leave.on("click", actions.leave)
        self._rejoin.on("click", actions.rejoin)
        self._retry.on("click", actions.rejoin)
        page.on_language(self._render)

    def set_link(self, link: str) -> None:
        """The link that invites somebody to this room."""
        self._link.value = link
        self._had_company = False

    def show(self, scene: CallScene, problem: str | None = None) -> None:
        """Shows a scene.

        Args:
            problem: error code of what ended the call, None if the person ended it.
        """
        if (scene, problem) == self._shown:
            return
        was_ended = self._shown[0] is CallScene.ENDED
        self._shown = (scene, problem)
        self._had_company = self._had_company or scene in (CallScene.GOOD, CallScene.POOR)
        self._render()
        if scene is CallScene.ENDED and not was_ended:
            (self._retry if problem else self._rejoin).focus()

    def _render(self) -> None:
        scene, problem = self._shown
        text = self._strings.text
        self._status.set("data-state", _STATES.get(scene, scene.value))
        self._status.text = text(f"status.{scene.value}")
        self._main.set("data-scene", scene.value)
        self._invited.hidden = scene is not CallScene.INVITED
        ended = scene is CallScene.ENDED
        self._problem.hidden = problem is None
        if problem is not None:
            self._problem_text.text = text(f"error.{problem}")
        self._ended.hidden = not ended or problem is not None
        self._leave.hidden = scene in (CallScene.INVITED, CallScene.ENDED)
        self._peers.set("data-present", "true" if scene in _PRESENT else "false")
        self._render_overlay(scene)

    def _render_overlay(self, scene: CallScene) -> None:
        word = _OVERLAYS.get(scene)
        self._overlay.hidden = word is None
        if word is None:
            return
        if word == "alone" and self._had_company:
            word = "left"
        self._invite.hidden = scene is not CallScene.WAITING
        self._title.text = self._strings.text(f"room.{word}-title")
        self._detail.text = self._strings.text(f"room.{word}-detail")


_STATES = {
    CallScene.STARTING: "waiting",
    CallScene.INVITED: "waiting",
    CallScene.UNREACHABLE: "lost",
}
_PRESENT = (CallScene.GOOD, CallScene.POOR, CallScene.RECONNECTING)


@dataclass(frozen=True, slots=True)
class JoinActions:
    """What the buttons do."""

    join: Callable[[], None]
    join_without: Callable[[], None]


_SHARED = {
    (True, True): "face-and-voice",
    (True, False): "face",
    (False, True): "voice",
    (False, False): "character",
}
"""By whether the camera starts and whether the microphone does: the word of ``invited.<word>``."""


class JoinPanel:
    """``#invited-detail``, ``#join`` and ``#join-without``; the call's view shows and hides it."""

    def __init__(self, page: Page, strings: Strings, actions: JoinActions) -> None:
        self._strings = strings
        self._detail = page.element("invited-detail")
        self._join = page.element("join")
        self._word = _SHARED[True, False]
        self._join.on("click", actions.join)
        page.element("join-without").on("click", actions.join_without)
        page.on_language(self._render)

    def ask(self, *, camera: bool, microphone: bool) -> None:
        """Says what joining shares, and leads the keyboard there.

        Args:
            camera: whether joining starts the camera.
            microphone: whether joining opens the microphone.
        """
        self.tell(camera=camera, microphone=microphone)
        self._join.focus()

    def tell(self, *, camera: bool, microphone: bool) -> None:
        """Says what joining shares; see :meth:`ask`."""
        self._word = _SHARED[camera, microphone]
        self._render()

    def _render(self) -> None:
        self._detail.text = self._strings.text(f"invited.{self._word}")
