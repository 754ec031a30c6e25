"""The own side of a page that can do more than show a face: looks, emotions, hands.

motion ─► emotion ─► gestures ─► own avatar with its marks
                               └► whoever called ``FaceCapture.step``
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from persona_core.base.ports import Clock, Storage
from persona_web.bridge.keys import Keys
from persona_web.bridge.media.camera import CameraTrack
from persona_web.bridge.media.hand_tracker import BrowserHands
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.hand_capture import HandCapture
from persona_web.capture.own_emotion import OwnEmotion
from persona_web.look.look_editor import LookEditor
from persona_web.parts.face_capture import FaceCapture
from persona_web.ui.look.emotion_bar import EmotionBar
from persona_web.ui.look.hands import HandControls, HandOverlay
from persona_web.view.avatar import DrawnAvatar
from persona_web.view.marked_avatar import DrawnMarks, MarkedAvatar, MarksCanvas

MakeCanvas = Callable[[Element], MarksCanvas]


@dataclass(frozen=True)
class OwnSide:
    """Everything of it that a page may want to wire further.

    Attributes:
        face_capture: the face, with emotion and gestures on it.
        look_editor: the look; the own avatar wears it.
        emotion: what the emotion bar puts on.
        hands: the own hands' gestures.
    """

    face_capture: FaceCapture
    look_editor: LookEditor
    emotion: OwnEmotion
    hands: HandCapture[CameraTrack]
    _overlay: HandOverlay

    @classmethod
    async def open(
        cls,
        site: Site,
        page: Page,
        clock: Clock,
        storage: Storage,
        make_canvas: MakeCanvas,
        own_id: str,
    ) -> OwnSide:
        """Wires it to the page: canvases ``#<own_id>``, ``#own-marks`` and ``#own-hands``,
        and what the emotion bar and the hand controls name."""
        strings = Strings()
        look_editor = LookEditor(storage, random.Random())
        emotion = OwnEmotion(clock.now_ms)
        avatar = MarkedAvatar(
            DrawnAvatar(make_canvas(page.element(own_id)), look_editor.style),
            DrawnMarks(make_canvas(page.element("own-marks")), look_editor.style),
            emotion.love,
        )
        face_capture = await FaceCapture.open(site, page, storage, avatar)
        hands = HandCapture(await BrowserHands.load(site))
        face_capture.add_layer(emotion.apply)
        face_capture.add_layer(hands.apply)
        face_capture.on_camera(hands.use_camera)
        look_editor.on_wear(face_capture.choose)
        look_editor.on_forgetting(lambda: site.notify(strings.text("error.storage-failed")))
        EmotionBar(page, strings, Keys(), emotion)
        HandControls(page, strings, hands)
        overlay = HandOverlay(make_canvas(page.element("own-hands")), hands)
        return cls(face_capture, look_editor, emotion, hands, overlay)

    def step(self, now_ms: float, visible: bool) -> None:
        """Once a displayed frame, beside ``FaceCapture.step``."""
        self.look_editor.step(now_ms)
        if visible:
            self._overlay.step()

    def report(self, now_ms: float) -> dict[str, Any]:
        """The section of a page's report."""
        return {
            "emotion": self.emotion.active,
            "intensity": self.emotion.intensity,
            "hands": self.hands.state.value,
            "hands_fps": round(self.hands.tracking.rate(now_ms), 1),
            "gestures": [gesture.name for gesture in self.hands.gestures],
            "look": self.look_editor.style.to_dict(),
        }
