"""The six emotions to put on: a button and a key each, and how strongly."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from persona_core.face.emotions import Emotion
from persona_web.capture.own_emotion import OwnEmotion
from persona_web.ui.words import emotion_key

if TYPE_CHECKING:
    from persona_web.bridge.keys import Keys
    from persona_web.bridge.page import Element, Page, Strings

ICONS = "../icons/expressions.svg"


class EmotionBar:
    """``#emotions``, filled from ``#emotion-button``; ``#emotion-strength``.

    Keys 1 to 6 do what the buttons do, Esc goes back to what the camera sees.

    Args:
        keys: None where something else listens to these.
    """

    def __init__(
        self, page: Page, strings: Strings, keys: Keys | None, emotion: OwnEmotion
    ) -> None:
        self._strings = strings
        self._emotion = emotion
        self._buttons: dict[Emotion, Element] = {}
        self._strength = page.element("emotion-strength")
        bar = page.element("emotions")
        bar.clear()
        for number, one in enumerate(Emotion, start=1):
            button = page.clone("emotion-button")
            button.set("data-emotion", one)
            button.set("aria-keyshortcuts", str(number))
            button.find("use").set("href", f"{ICONS}#{one}")
            button.find("kbd").text = str(number)
            button.on("click", functools.partial(emotion.toggle, one))
            if keys is not None:
                keys.on(str(number), functools.partial(emotion.toggle, one))
            self._buttons[one] = button
            bar.append(button)
        if keys is not None:
            keys.on("Escape", emotion.clear)
        self._strength.on("input", self._strength_moved)
        emotion.on_change(lambda _emotion, _intensity: self._show())
        page.on_language(self._translate)
        self._translate()
        self._show()

    def _translate(self) -> None:
        for emotion, button in self._buttons.items():
            button.find(".emotion-name").text = self._strings.text(emotion_key(emotion))

    def _show(self) -> None:
        for emotion, button in self._buttons.items():
            button.set("aria-pressed", "true" if emotion is self._emotion.active else "false")

    def _strength_moved(self) -> None:
        self._emotion.set_intensity(float(self._strength.value) / 100.0)
