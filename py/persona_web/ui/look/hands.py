"""The own hands: the switch, the sentence that says how it goes, the landmarks over the own
preview, and figures. No picture of the camera is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from persona_core.drawn.marks.landmarks import LandmarkDrawing
from persona_core.face.params import Gesture
from persona_web.capture.hand_capture import HandCapture, HandsState
from persona_web.ui.words import gesture_key
from persona_web.view.avatar import Canvas

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class HandControls:
    """``#hands`` and ``#hands-status``, a live region: it names the own gestures."""

    def __init__(self, page: Page, strings: Strings, hands: HandCapture[Any]) -> None:
        self._strings = strings
        self._hands = hands
        self._switch = page.element("hands")
        self._status = page.element("hands-status")
        self._switch.on("click", hands.toggle)
        hands.on_change(self._show)
        page.on_language(self._show)
        self._show()

    def _show(self) -> None:
        state = self._hands.state
        self._switch.set("aria-pressed", "true" if self._hands.is_on else "false")
        self._status.set("data-state", state.value)
        self._status.set("data-problem", "true" if state is HandsState.FAILED else "false")
        shown = [one for one in self._hands.gestures if one is not Gesture.NONE]
        if state is HandsState.WATCHING and shown:
            words = (self._strings.text(gesture_key(one)) for one in shown)
            self._status.text = ", ".join(words)
        else:
            self._status.text = self._strings.text(f"hands.{state.value}")


class HandOverlay:
    """Draws what the hand tracker saw last, as in a mirror."""

    def __init__(self, canvas: Canvas, hands: HandCapture[Any]) -> None:
        self._canvas = canvas
        self._hands = hands
        self._drawing: LandmarkDrawing | None = None
        self._seen: object = None

    def step(self) -> None:
        """Brings the canvas up to date when something new was seen."""
        observation = self._hands.newest
        if observation is self._seen:
            return
        self._seen = observation
        hands = () if observation is None else observation.hands
        aspect = hands[0].aspect if hands else None
        drawing = self._drawing
        if drawing is None or (aspect is not None and aspect != drawing.aspect):
            drawing = self._drawing = LandmarkDrawing(aspect or 4.0 / 3.0)
            self._canvas.set_program(drawing.program, drawing.colours, drawing.value_count)
        self._canvas.draw(drawing.pose(hands))


INTERVAL_MS = 200.0


class HandValues:
    """``#figure-hands``, ``#gesture-left`` and ``#gesture-right``."""

    def __init__(self, page: Page, strings: Strings, hands: HandCapture[Any]) -> None:
        self._strings = strings
        self._hands = hands
        self._rate = page.element("figure-hands")
        self._sides = (page.element("gesture-left"), page.element("gesture-right"))
        self._due_ms = 0.0

    def step(self, now_ms: float) -> None:
        """Writes everything when it is time."""
        if now_ms < self._due_ms:
            return
        self._due_ms = now_ms + INTERVAL_MS
        self._rate.text = f"{self._hands.tracking.rate(now_ms):.0f}"
        for element, gesture in zip(self._sides, self._hands.gestures, strict=True):
            element.text = self._strings.text(gesture_key(gesture))
