"""Raising a hand in a call by holding one up before the camera, where the person wishes that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persona_core.base.ports import Storage
from persona_core.face.params import Gesture
from persona_core.hands.palm_hold import PalmHold

if TYPE_CHECKING:
    from persona_web.bridge.page import Element
    from persona_web.parts.own_expression import OwnExpression

PALM_KEY: Final = "palm.raises"
Gestures = tuple[Gesture, Gesture]


class PalmRaising:
    """Off until it is switched on. While it is on and there is a camera in a call, hands are read,
    which costs the processor as the hands' own button does; who switches that off is heeded until
    the next call."""

    def __init__(self, storage: Storage, expression: OwnExpression) -> None:
        self._storage = storage
        self._expression = expression
        self._is_on = storage.get(PALM_KEY) == "on"
        self._has_asked = False
        self._hold = PalmHold()

    def offer(self, switch: Element) -> None:
        """Has a box of the settings switch it."""
        switch.checked = self._is_on
        switch.on_change(lambda: self._wish(switch.checked))

    def step(self, gestures: Gestures, now_ms: float, *, has_camera: bool) -> bool:
        """Once a frame of the page.

        Args:
            gestures: of the own hands, as the others see them.
            has_camera: whether the person is in a call with their camera on.

        Returns:
            Whether the hand is to be raised now.
        """
        if not self._is_on:
            return False
        if has_camera and not self._has_asked:
            self._expression.read_hands()
        self._has_asked = has_camera
        return self._hold.step(gestures, now_ms)

    def _wish(self, wished: bool) -> None:
        self._is_on = wished
        self._storage.set(PALM_KEY, "on" if wished else "off")
        if not wished and self._has_asked:
            self._has_asked = False
            self._expression.rest_hands()
