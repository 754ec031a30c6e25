"""What a peer shows beyond the face: drawn around their character, named to screen readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.call.remote_peer import RemotePeer
from persona_core.face.emotions import Emotion, EmotionLayer
from persona_core.face.params import FaceParams, Gesture
from persona_web.capture.hand_capture import NO_GESTURES
from persona_web.ui.words import emotion_key, gesture_key
from persona_web.view.avatar import Avatar
from persona_web.view.marked_avatar import DrawnMarks, MarkedAvatar

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

Say = Callable[[str, str], object]
"""Says a sentence; called with its key and the key of the word to fill in."""


class ExpressivePeer(MarkedAvatar):
    """A peer's avatar with its marks: an :class:`~persona_web.view.avatar.Avatar`.

    Emotions and gestures are said once each time they come. The face needs nothing from here:
    the frames show the emotion by themselves.

    Args:
        avatar: shows the face.
        marks: shows hands and hearts.
        remote: whose emotion it is.
    """

    def __init__(self, avatar: Avatar, marks: DrawnMarks, remote: RemotePeer, say: Say) -> None:
        super().__init__(avatar, marks, self._weight_of_love)
        self._remote = remote
        self._say = say
        self._layer = EmotionLayer()
        self._emotion = remote.emotion
        self._gestures = NO_GESTURES
        if remote.emotion.emotion is not None:
            self._layer.start(remote.emotion.emotion, 0.0, remote.emotion.intensity)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face, its hands and its hearts; says what is new of them."""
        if self._remote.emotion is not self._emotion:
            self._follow_emotion(now_ms)
        super().draw(params, now_ms)
        if params.gestures is self._gestures:
            return
        before, self._gestures = self._gestures, params.gestures
        for was, now in zip(before, params.gestures, strict=True):
            if now is not was and now is not Gesture.NONE:
                self._say("room.peer-gesture", gesture_key(now))

    def _follow_emotion(self, now_ms: float) -> None:
        before, self._emotion = self._emotion, self._remote.emotion
        emotion = self._emotion.emotion
        if emotion is None:
            self._layer.clear(now_ms)
            return
        self._layer.start(emotion, now_ms, self._emotion.intensity)
        if emotion is not before.emotion:
            self._say("room.peer-emotion", emotion_key(emotion))

    def _weight_of_love(self, now_ms: float) -> float:
        return self._layer.weight_of(Emotion.LOVE, now_ms)


class Announcer:
    """``#announcer``, a polite live region.

    Saying the same sentence twice must be heard twice, so the same text comes back with a
    no-break space at its end, which makes it another text and sounds like nothing.
    """

    def __init__(self, page: Page, strings: Strings) -> None:
        self._region = page.element("announcer")
        self._strings = strings

    def say(self, key: str, word: str) -> None:
        """Says the sentence of ``key`` with ``{what}`` replaced by the word of another key."""
        self.tell(self._strings.text(key, what=self._strings.text(word)))

    def tell(self, text: str) -> None:
        """Says a sentence as it is."""
        self._region.text = f"{text}\u00a0" if self._region.text == text else text
