"""The own hands in figures: how often they are looked for, and what each shows."""

from __future__ import annotations

from typing import Any

from persona_web.bridge.page import Page, Strings
from persona_web.capture.hand_capture import HandCapture
from persona_web.ui.words import gesture_key

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
