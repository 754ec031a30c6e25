"""A page for tests, run in the browser in place of ``home``'s own: one camera, a face and
hands tracked from it, the face drawn.

``virtualpersona.handsOn()`` and ``handsOff()`` switch the hands; ``virtualpersona.report()``
counts what came so far.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from persona_core.drawn.characters import CHARACTERS
from persona_core.face.pipeline import FacePipeline
from persona_core.hands.gesture_filter import GestureFilter
from persona_core.hands.hand_observation import HandObservation
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.media.camera import Camera, CameraTrack
from persona_web.bridge.media.face_tracker import BrowserTracker
from persona_web.bridge.media.hand_tracker import BrowserHands
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.ticker import Ticker
from persona_web.view.avatar import DrawnAvatar


class HandsPage:
    """What moves on the page, and its counts."""

    def __init__(
        self, tracker: BrowserTracker, hands: BrowserHands, avatar: DrawnAvatar, camera: CameraTrack
    ) -> None:
        self._tracker = tracker
        self._hands = hands
        self._avatar = avatar
        self._camera = camera
        self._pipeline = FacePipeline()
        self._gestures = GestureFilter()
        self._newest = HandObservation(0.0, 0.0)
        self._events: dict[str, list[str]] = {"face": [], "hands": []}
        self._counts = {"faces": 0, "hand_frames": 0, "hands": 0}
        self._hand_ms = 0.0
        self._now_ms = 0.0
        tracker.on_event = lambda kind, detail: self._heard("face", kind, detail)
        hands.on_event = lambda kind, detail: self._heard("hands", kind, detail)
        tracker.start(camera)

    @classmethod
    async def open(cls) -> HandsPage:
        site, page = Site(), Page()
        drawing = await site.load("view/js/canvas2d.js")
        avatar = DrawnAvatar(DrawingCanvas(drawing, page.element("preview")), CHARACTERS[0].style)
        tracker, hands = await BrowserTracker.load(site), await BrowserHands.load(site)
        camera = await (await Camera.load(site)).open(lambda: None)
        self = cls(tracker, hands, avatar, camera)
        page.publish("handsOn", lambda: hands.start(camera))
        page.publish("handsOff", hands.stop)
        page.publish("report", self._report)
        self.ticker = await Ticker.load(site, self._tick)
        site.ready()
        return self

    def _heard(self, who: str, kind: str, detail: str) -> None:
        self._events[who].append(f"{kind} {detail}".strip())

    def _tick(self, now_ms: float, visible: bool) -> None:
        self._now_ms = now_ms
        sighting = self._tracker.take()
        if sighting is not None:
            self._counts["faces"] += sighting.face is not None
            self._pipeline.observe(sighting.face, now_ms)
        observation = self._hands.take()
        if observation is not None:
            self._newest = observation
            self._counts["hand_frames"] += 1
            self._counts["hands"] += len(observation.hands)
            self._hand_ms = observation.done_ms - observation.time_ms
            self._gestures.observe(observation, now_ms)
        face = replace(self._pipeline.sample(now_ms), gestures=self._gestures.sample(now_ms))
        self._avatar.draw(face.mirrored(), now_ms)

    def _report(self) -> str:
        report: dict[str, Any] = {
            **self._counts,
            "now_ms": self._now_ms,
            "hand_ms": self._hand_ms,
            "events": self._events,
            "recognises": self._hands.recognises,
            "gestures": [one.name for one in self._gestures.sample(self._now_ms)],
            "words": [
                None if h.recognised is None else h.recognised.name for h in self._newest.hands
            ],
            "places": [h.landmarks[:, :2].mean(axis=0).tolist() for h in self._newest.hands],
        }
        return json.dumps(report)
