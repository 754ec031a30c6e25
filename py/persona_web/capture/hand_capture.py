"""The hands before the own camera: off until switched on, looked for while there is a camera.

    state      event      next
    OFF        ask        WAITING
    WAITING    camera     LOADING
    LOADING    ready      WATCHING
    LOADING    no camera  WAITING     as WATCHING
    LOADING    failed     FAILED      as WATCHING
    FAILED     ask        WAITING
    any        off        OFF

Events that a state does not list change nothing: the worker may be ready after it was switched
off, and cameras come and go without hands being wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Generic, Protocol, TypeVar

from persona_core.face.params import FaceParams, Gesture
from persona_core.hands.gesture_filter import GestureFilter
from persona_core.hands.hand_observation import HandObservation
from persona_web.base.meter import RateMeter


class HandsState(Enum):
    """The value is the word of ``hands.<word>``."""

    OFF = "off"
    WAITING = "waiting"
    LOADING = "loading"
    WATCHING = "watching"
    FAILED = "failed"


class HandsEvent(Enum):
    ASK = "ask"
    OFF = "off"
    CAMERA = "camera"
    NO_CAMERA = "no-camera"
    READY = "ready"
    FAILED = "failed"


TRANSITIONS: dict[tuple[HandsState, HandsEvent], HandsState] = {
    (HandsState.OFF, HandsEvent.ASK): HandsState.WAITING,
    (HandsState.WAITING, HandsEvent.OFF): HandsState.OFF,
    (HandsState.WAITING, HandsEvent.CAMERA): HandsState.LOADING,
    (HandsState.LOADING, HandsEvent.OFF): HandsState.OFF,
    (HandsState.LOADING, HandsEvent.NO_CAMERA): HandsState.WAITING,
    (HandsState.LOADING, HandsEvent.READY): HandsState.WATCHING,
    (HandsState.LOADING, HandsEvent.FAILED): HandsState.FAILED,
    (HandsState.WATCHING, HandsEvent.OFF): HandsState.OFF,
    (HandsState.WATCHING, HandsEvent.NO_CAMERA): HandsState.WAITING,
    (HandsState.WATCHING, HandsEvent.FAILED): HandsState.FAILED,
    (HandsState.FAILED, HandsEvent.OFF): HandsState.OFF,
    (HandsState.FAILED, HandsEvent.ASK): HandsState.WAITING,
}
_LOOKING = (HandsState.LOADING, HandsState.WATCHING)
NO_GESTURES = (Gesture.NONE, Gesture.NONE)

Opened = TypeVar("Opened")
OpenedIn = TypeVar("OpenedIn", contravariant=True)


class HandTracker(Protocol[OpenedIn]):
    """What finds hands before an open camera; in the browser ``BrowserHands``."""

    on_event: Callable[[str, str], None]
    """Hears ``ready``; ``failed``, ``no-webgl``, ``scrambled`` and ``hung`` with a detail, and
    ``ended`` (the camera's stream); ``slow`` and ``stuck``, which lead to one of those."""

    def start(self, camera: OpenedIn) -> None: ...

    def stop(self) -> None: ...

    def take(self) -> HandObservation | None:
        """The newest observation not yet taken, else None."""
        ...

    def close(self) -> None:
        """Ends the worker; the next start makes another."""
        ...


class HandCapture(Generic[Opened]):
    """The own hands' gestures, as a layer over the own face.

    Attributes:
        newest: what was seen last; None while nobody looks.
        tracking: how often hands are looked for.
    """

    def __init__(self, tracker: HandTracker[Opened]) -> None:
        self.newest: HandObservation | None = None
        self.tracking = RateMeter()
        self._tracker = tracker
        self._state = HandsState.OFF
        self._camera: Opened | None = None
        self._loaded = False
        self._filter = GestureFilter()
        self._gestures = NO_GESTURES
        self._listeners: list[Callable[[], object]] = []
        tracker.on_event = self._heard

    @property
    def state(self) -> HandsState:
        return self._state

    @property
    def gestures(self) -> tuple[Gesture, Gesture]:
        """The left and the right hand's gesture now."""
        return self._gestures

    def on_change(self, listener: Callable[[], object]) -> None:
        """Calls ``listener`` whenever state or gestures become others."""
        self._listeners.append(listener)

    @property
    def is_on(self) -> bool:
        """Whether hands are wanted, and may be read."""
        return self._state not in (HandsState.OFF, HandsState.FAILED)

    def toggle(self) -> None:
        """Switches on or off; on again after a failure tries again."""
        if self.is_on:
            self._fire(HandsEvent.OFF)
            return
        if self._state is HandsState.FAILED:
            self._tracker.close()
            self._loaded = False
        self._fire(HandsEvent.ASK)
        self._look()

    def use_camera(self, camera: Opened | None) -> None:
        """The camera was opened, or let go."""
        self._camera = camera
        if camera is None:
            self._fire(HandsEvent.NO_CAMERA)
        else:
            self._look()

    def apply(self, face: FaceParams, now_ms: float) -> FaceParams:
        """The face with the hands' gestures; ``face`` itself while nobody looks."""
        if self._state not in _LOOKING:
            return face
        observation = self._tracker.take()
        if observation is not None:
            self.newest = observation
            self.tracking.tick(now_ms)
            self._filter.observe(observation, now_ms)
        gestures = self._filter.sample(now_ms)
        if gestures != self._gestures:
            self._gestures = gestures
            self._tell()
        return face if gestures == NO_GESTURES else replace(face, gestures=gestures)

    def _look(self) -> None:
        if self._camera is None or self._state is not HandsState.WAITING:
            return
        self._fire(HandsEvent.CAMERA)
        self._tracker.start(self._camera)
        if self._loaded:
            self._fire(HandsEvent.READY)

    def _heard(self, kind: str, _detail: str) -> None:
        if kind == "ready":
            self._loaded = True
            self._fire(HandsEvent.READY)
        elif kind in ("failed", "no-webgl", "scrambled", "hung"):
            self._fire(HandsEvent.FAILED)
        elif kind == "ended":
            self._fire(HandsEvent.NO_CAMERA)

    def _fire(self, event: HandsEvent) -> None:
        following = TRANSITIONS.get((self._state, event))
        if following is None:
            return
        if self._state in _LOOKING and following not in _LOOKING:
            self._tracker.stop()
            self._filter = GestureFilter()
            self._gestures = NO_GESTURES
            self.newest = None
        self._state = following
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
