"""Emotions and hands of the own side of a page, each loaded when it is first wanted.

An emotion needs no part of the page to be put on, by a key; the bar that shows all of them does.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from persona_core.base.ports import Clock, Storage
from persona_core.drawn.style import AvatarStyle
from persona_core.face.emotions import Emotion
from persona_web.bridge.keys import Keys, Shortcuts
from persona_web.bridge.late_part import add_part, add_style
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.own_emotion import OwnEmotion
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.late_control import LateControl
from persona_web.ui.look.emotion_bar import ICONS, EmotionBar
from persona_web.ui.words import emotion_key
from persona_web.view.avatar_view import AvatarView
from persona_web.view.marked_avatar import DrawnMarks, MarksCanvas
from persona_web.view.marked_view import LateMarks, MarkedView

if TYPE_CHECKING:
    from persona_web.bridge.media.camera import CameraTrack
    from persona_web.capture.hand_capture import HandCapture
    from persona_web.ui.look.hands import HandOverlay

SHORTCUTS_KEY = "shortcuts"
"""Kept as ``off`` by who wants no bare keys to do anything."""
REST_ICON = "../icons/icons.svg#smile"


class OwnExpression:
    """``#emotions-toggle`` with ``#expression``, which it opens; ``#hands`` with ``#hands-status``;
    ``#own-marks`` and ``#own-hands``, canvases over the own avatar.

    Attributes:
        emotion: what is put on.
        hands: the own hands' gestures; None before somebody wanted them read.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        clock: Clock,
        make_canvas: Callable[[Element], MarksCanvas],
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._make_canvas = make_canvas
        self.emotion = OwnEmotion(clock.now_ms)
        self.hands: HandCapture[CameraTrack] | None = None
        self._capture: FaceCapture | None = None
        self._overlay: HandOverlay | None = None
        self._on_hands: list[Callable[[HandCapture[CameraTrack]], object]] = []
        self._toggle = page.element("emotions-toggle")
        self._place = page.element("expression")
        self._hands_switch = page.element("hands")
        self._escape = Shortcuts()
        LateControl(site, strings, self._toggle, self._bring_bar)
        self._late_hands = LateControl(site, strings, self._hands_switch, self._bring_hands)
        self.emotion.on_change(lambda _emotion, _intensity: self._show())
        page.on_language(self._show)

    def around(self, view: AvatarView) -> MarkedView:
        """The own avatar with its hands and hearts."""
        return MarkedView(view, LateMarks(self._make_marks, view.style), self.emotion.love)

    def join(self, face_capture: FaceCapture, keys: Keys) -> None:
        """Changes the own face from now on, and heeds the keys 1 to 6 and Escape."""
        self._capture = face_capture
        face_capture.add_layer(self.emotion.apply)
        self.emotion.on_change(lambda _emotion, _intensity: face_capture.stir())
        for number, emotion in enumerate(Emotion, start=1):
            keys.on(str(number), functools.partial(self.emotion.toggle, emotion))
        self._escape.on("Escape", self._clear)

    def on_hands(self, listener: Callable[[HandCapture[CameraTrack]], object]) -> None:
        """Calls ``listener`` when hands are there to be read, which few ever want."""
        self._on_hands.append(listener)

    def read_hands(self) -> None:
        """Switches the reading of hands on, if it is not."""
        if self.hands is None:
            self._late_hands.press()
        elif not self.hands.is_on:
            self.hands.toggle()

    def rest_hands(self) -> None:
        """Switches it off."""
        if self.hands is not None and self.hands.is_on:
            self.hands.toggle()

    def step(self) -> None:
        """Once a displayed frame that can be seen."""
        if self._overlay is not None:
            self._overlay.step()

    def report(self, now_ms: float) -> dict[str, Any]:
        """Of a page's report, what the person expresses beside their face."""
        hands = self.hands
        return {
            "emotion": self.emotion.active,
            "intensity": self.emotion.intensity,
            "hands": "off" if hands is None else hands.state.value,
            "hands_fps": 0.0 if hands is None else round(hands.tracking.rate(now_ms), 1),
            "gestures": [] if hands is None else [gesture.name for gesture in hands.gestures],
        }

    def _clear(self) -> bool:
        """Whether there was anything to take off: else Escape is for others."""
        is_on = self.emotion.active is not None
        self.emotion.clear()
        return is_on

    def _make_marks(self, style: AvatarStyle) -> DrawnMarks:
        return DrawnMarks(self._canvas("own-marks"), style)

    def _canvas(self, name: str) -> MarksCanvas:
        element = self._page.element(name)
        element.hidden = False
        return self._make_canvas(element)

    async def _bring_bar(self) -> None:
        await add_part(self._site, "expression", self._place, has_catalogue=False)
        EmotionBar(self._page, self._strings, None, self.emotion)
        self._toggle.on("click", self._press)
        self._press()

    def _press(self) -> None:
        self._place.hidden = not self._place.hidden
        self._toggle.set("aria-expanded", "false" if self._place.hidden else "true")

    def _show(self) -> None:
        """What is put on is to be seen with the bar closed, too."""
        heading, emotion = self._strings.text("emotion.heading"), self.emotion.active
        name = heading if emotion is None else self._strings.text(emotion_key(emotion))
        self._toggle.find("span").text = name
        self._toggle.find("use").set("href", REST_ICON if emotion is None else f"{ICONS}#{emotion}")
        self._toggle.set("aria-label", heading if emotion is None else f"{heading}: {name}")

    async def _bring_hands(self) -> None:
        from persona_web.bridge.media.hand_tracker import BrowserHands
        from persona_web.capture.hand_capture import HandCapture
        from persona_web.ui.look.hands import HandControls, HandOverlay

        assert self._capture is not None
        tracker, _ = await asyncio.gather(
            BrowserHands.load(self._site), add_style(self._site, "expression")
        )
        self.hands = hands = HandCapture(tracker)
        self._capture.add_layer(hands.apply)
        self._capture.on_camera(hands.use_camera)
        hands.on_change(self._capture.stir)
        hands.use_camera(self._capture.motion.camera)
        self._overlay = HandOverlay(self._canvas("own-hands"), hands)
        self._page.element("hands-status").hidden = False
        HandControls(self._page, self._strings, hands)
        hands.toggle()
        for listener in self._on_hands:
            listener(hands)


def own_shortcuts(storage: Storage) -> Shortcuts:
    """The shortcuts of a page, as the person wants them."""
    keys = Shortcuts()
    keys.is_on = storage.get(SHORTCUTS_KEY) != "off"
    return keys
