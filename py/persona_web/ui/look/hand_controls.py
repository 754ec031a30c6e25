"""The switch for hands, the sentence that says how it goes, and the hands as they are seen."""

from __future__ import annotations

from typing import Any

from persona_core.face.params import Gesture
from persona_web.bridge.page import Page, Strings
from persona_web.capture.hand_capture import HandCapture, HandsState
from persona_web.ui.words import gesture_key


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
        on = state not in (HandsState.OFF, HandsState.FAILED)
        self._switch.set("aria-pressed", "true" if on else "false")
        self._status.set("data-state", state.value)
        self._status.set("data-problem", "true" if state is HandsState.FAILED else "false")
        shown = [one for one in self._hands.gestures if one is not Gesture.NONE]
        if state is HandsState.WATCHING and shown:
            words = (self._strings.text(gesture_key(one)) for one in shown)
            self._status.text = ", ".join(words)
        else:
            self._status.text = self._strings.text(f"hands.{state.value}")
