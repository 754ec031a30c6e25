"""A hand raised by holding one up: only where that is wished, in a call with a camera."""

from __future__ import annotations

from typing import Any

from tests.support.fake_page import FakeElement
from tests.support.storage import DictStorage

from persona_core.face.params import Gesture
from persona_core.hands.palm_hold import HOLD_MS
from persona_web.room.people.palm_raising import PALM_KEY, PalmRaising

NOTHING, PALM = (Gesture.NONE, Gesture.NONE), (Gesture.NONE, Gesture.OPEN_PALM)


class FakeExpression:
    """Hears what is wanted of the hands' reader."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read_hands(self) -> None:
        self.asked.append("read")

    def rest_hands(self) -> None:
        self.asked.append("rest")


def raising(storage: DictStorage) -> tuple[PalmRaising, FakeExpression]:
    expression: Any = FakeExpression()
    return PalmRaising(storage, expression), expression


def test_no_hand_is_read_or_raised_when_nobody_wishes_it() -> None:
    palm, expression = raising(DictStorage())
    times = (0.0, HOLD_MS, 3 * HOLD_MS)
    assert not any(palm.step(PALM, now_ms, has_camera=True) for now_ms in times)
    assert expression.asked == []


def test_palm_held_for_a_second_raises_the_hand_once_and_again_after_it_was_gone() -> None:
    storage = DictStorage()
    palm, expression = raising(storage)
    switch: Any = FakeElement()
    palm.offer(switch)
    assert not switch.checked
    switch.checked = True
    switch.fire("change")
    palm.step(NOTHING, 0.0, has_camera=False)
    assert expression.asked == [], "without a camera there is nothing to read"
    shown = (
        (0.0, NOTHING),
        (100.0, PALM),
        (900.0, NOTHING),
        (1_000.0, PALM),
        (1_900.0, PALM),
        (2_000.0, PALM),
        (9_000.0, PALM),
        (9_100.0, (Gesture.VICTORY, Gesture.NONE)),
        (9_200.0, PALM),
        (10_200.0, PALM),
    )
    raised = [now_ms for now_ms, hands in shown if palm.step(hands, now_ms, has_camera=True)]
    assert raised == [2_000.0, 10_200.0]
    assert expression.asked == ["read"], "once: whoever switches the reader off is heeded"
    palm.step(NOTHING, 11_000.0, has_camera=False)
    palm.step(NOTHING, 12_000.0, has_camera=True)
    assert expression.asked == ["read", "read"]


def test_wish_is_kept_and_hands_rest_when_it_is_taken_back() -> None:
    storage = DictStorage()
    storage.set(PALM_KEY, "on")
    palm, expression = raising(storage)
    palm.step(NOTHING, 0.0, has_camera=True)
    switch: Any = FakeElement()
    palm.offer(switch)
    assert switch.checked
    switch.checked = False
    switch.fire("change")
    assert expression.asked == ["read", "rest"]
    times = (100.0, 3 * HOLD_MS)
    assert not any(palm.step(PALM, now_ms, has_camera=True) for now_ms in times)
    assert storage.get(PALM_KEY) == "off"
