"""Putting emotions on and off: what is told, and what the face does meanwhile."""

from __future__ import annotations

import pytest

from persona_core.face.blendshapes import Blendshape
from persona_core.face.emotions import FADE_IN_MS, FADE_OUT_MS, Emotion
from persona_core.face.params import FaceParams
from persona_web.capture.own_emotion import OwnEmotion


class Person:
    """An emotion on a clock that the test moves, and all that was told."""

    def __init__(self) -> None:
        self.now_ms = 1000.0
        self.told: list[tuple[Emotion | None, float]] = []
        self.emotion = OwnEmotion(lambda: self.now_ms)
        self.emotion.on_change(lambda *change: self.told.append(change))

    def smile(self) -> float:
        face = self.emotion.apply(FaceParams(self.now_ms), self.now_ms)
        return float(face.blendshapes[Blendshape.MOUTH_SMILE_LEFT])


def test_emotion_fades_in_and_out_when_it_is_toggled_twice() -> None:
    person = Person()
    person.emotion.toggle(Emotion.JOY)
    assert person.smile() == 0.0
    person.now_ms += FADE_IN_MS
    assert person.smile() > 0.9
    person.emotion.toggle(Emotion.JOY)
    person.now_ms += FADE_OUT_MS
    assert person.smile() == 0.0
    assert person.told == [(Emotion.JOY, 1.0), (None, 1.0)]


def test_emotion_gives_way_when_another_is_toggled() -> None:
    person = Person()
    person.emotion.toggle(Emotion.JOY)
    person.emotion.toggle(Emotion.ANGER)
    assert person.emotion.active is Emotion.ANGER
    assert person.told[-1] == (Emotion.ANGER, 1.0)


def test_nothing_is_told_when_there_is_nothing_to_clear() -> None:
    person = Person()
    person.emotion.clear()
    person.emotion.set_intensity(1.0)
    assert person.told == []


@pytest.mark.parametrize(("asked", "shown"), [(0.5, 0.5), (-1.0, 0.0), (0.25, 0.25)])
def test_emotion_changes_its_strength_when_it_is_on(asked: float, shown: float) -> None:
    person = Person()
    person.emotion.toggle(Emotion.LOVE)
    person.emotion.set_intensity(asked)
    person.now_ms += FADE_IN_MS
    assert person.told[-1] == (Emotion.LOVE, shown)
    assert person.emotion.love(person.now_ms) == pytest.approx(shown)


def test_later_emotions_are_as_strong_when_the_strength_was_set_before() -> None:
    person = Person()
    person.emotion.set_intensity(0.4)
    assert person.told == []
    person.emotion.toggle(Emotion.WINK)
    assert person.told == [(Emotion.WINK, 0.4)]
