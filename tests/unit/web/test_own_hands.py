"""Own hands: off until asked for, on while there is a camera, every state against every event."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.support.sentences import catalogue

from persona_core.face.params import FaceParams, Gesture
from persona_core.hands.gesture_filter import STALE_MS
from persona_core.hands.hand_observation import LANDMARKS, Hand, HandObservation, Side
from persona_web.capture.hand_capture import NO_GESTURES, HandCapture, HandsState


class MemoryTracker:
    """A hand tracker that is told what to see."""

    def __init__(self) -> None:
        self.on_event: Callable[[str, str], None] = lambda _kind, _detail: None
        self.camera: str | None = None
        self.closed = 0
        self.next: HandObservation | None = None

    def start(self, camera: str) -> None:
        self.camera = camera

    def stop(self) -> None:
        self.camera = None

    def take(self) -> HandObservation | None:
        taken, self.next = self.next, None
        return taken

    def close(self) -> None:
        self.camera = None
        self.closed += 1


def victory(time_ms: float) -> HandObservation:
    """One left hand that the recogniser calls a victory sign."""
    points = np.zeros((LANDMARKS, 3), dtype=np.float32)
    hand = Hand(Side.LEFT, 0.9, points, 4 / 3, Gesture.VICTORY, 0.9)
    return HandObservation(time_ms, time_ms, (hand,))


class Stage:
    """Hands, their tracker, and how often something changed."""

    def __init__(self) -> None:
        self.tracker = MemoryTracker()
        self.hands: HandCapture[str] = HandCapture(self.tracker)
        self.changes = 0
        self.hands.on_change(self._count)

    def _count(self) -> None:
        self.changes += 1

    def watch(self) -> None:
        self.hands.use_camera("camera")
        self.hands.toggle()
        self.tracker.on_event("ready", "")
        assert self.hands.state is HandsState.WATCHING

    def hold_up(self, frames: int = 6) -> FaceParams:
        """Shows a victory sign for some frames; the last face."""
        for frame in range(frames):
            self.tracker.next = victory(100.0 * frame)
            face = self.hands.apply(FaceParams(0.0), 100.0 * frame)
        return face


def test_nothing_is_loaded_when_hands_were_never_asked_for() -> None:
    stage = Stage()
    stage.hands.use_camera("camera")
    assert stage.tracker.camera is None
    assert stage.hands.state is HandsState.OFF


def test_hands_wait_for_the_camera_when_they_are_asked_for_first() -> None:
    stage = Stage()
    stage.hands.toggle()
    assert stage.hands.state is HandsState.WAITING
    stage.hands.use_camera("camera")
    assert stage.hands.state is HandsState.LOADING
    stage.tracker.on_event("ready", "")
    assert stage.hands.state is HandsState.WATCHING
    assert stage.tracker.camera == "camera"


def test_hands_watch_at_once_when_the_worker_is_loaded_already() -> None:
    stage = Stage()
    stage.watch()
    stage.hands.use_camera(None)
    assert stage.hands.state is HandsState.WAITING
    assert stage.tracker.camera is None
    stage.hands.use_camera("other")
    assert stage.hands.state is HandsState.WATCHING
    assert stage.tracker.camera == "other"


def test_gesture_rides_on_the_face_when_it_is_held() -> None:
    stage = Stage()
    stage.watch()
    face = stage.hold_up()
    assert face.gestures == stage.hands.gestures == (Gesture.VICTORY, Gesture.NONE)
    assert stage.hands.newest is not None
    faded = stage.hands.apply(FaceParams(0.0), 500.0 + STALE_MS)
    assert faded.gestures == NO_GESTURES


def test_gesture_is_told_once_when_it_is_held() -> None:
    stage = Stage()
    stage.watch()
    before = stage.changes
    stage.hold_up()
    assert stage.changes == before + 1


def test_face_passes_untouched_when_hands_are_off() -> None:
    stage = Stage()
    face = FaceParams(0.0, gestures=(Gesture.OPEN_PALM, Gesture.NONE))
    assert stage.hands.apply(face, 0.0) is face


def test_everything_is_forgotten_when_hands_are_switched_off() -> None:
    stage = Stage()
    stage.watch()
    stage.hold_up()
    stage.hands.toggle()
    assert stage.hands.state is HandsState.OFF
    assert stage.hands.gestures == NO_GESTURES
    assert stage.hands.newest is None
    assert stage.tracker.camera is None


def test_a_new_worker_is_tried_when_the_last_one_failed() -> None:
    stage = Stage()
    stage.hands.use_camera("camera")
    stage.hands.toggle()
    stage.tracker.on_event("failed", "no memory")
    assert stage.hands.state is HandsState.FAILED
    assert stage.tracker.camera is None
    stage.hands.toggle()
    assert stage.tracker.closed == 1
    assert stage.hands.state is HandsState.LOADING


class HandsMachine(RuleBasedStateMachine):
    """Anything in any order: the tracker runs exactly when hands are looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()

    @rule()
    def toggles(self) -> None:
        self.stage.hands.toggle()

    @rule(camera=st.sampled_from([None, "one"]))
    def camera_changes(self, camera: str | None) -> None:
        self.stage.hands.use_camera(camera)

    @rule(kind=st.sampled_from(["ready", "failed", "ended", "slow", "stuck", "hung"]))
    def worker_speaks(self, kind: str) -> None:
        self.stage.tracker.on_event(kind, "")

    @rule()
    def frame_passes(self) -> None:
        self.stage.hold_up(2)

    @invariant()
    def tracker_runs_only_while_looking(self) -> None:
        looking = self.stage.hands.state in (HandsState.LOADING, HandsState.WATCHING)
        assert looking is (self.stage.tracker.camera is not None)
        if not looking:
            assert self.stage.hands.gestures == NO_GESTURES
            assert self.stage.hands.newest is None


TestHandsUnderAnyEvents = HandsMachine.TestCase


@pytest.mark.parametrize("state", HandsState)
def test_state_has_a_sentence_when_the_page_shows_it(state: HandsState) -> None:
    for language in ("en", "ko"):
        assert f"hands.{state.value}" in catalogue(language)
