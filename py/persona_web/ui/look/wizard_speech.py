"""What the wizard says to who cannot see it, without saying every flicker of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from persona_web.bridge.page import Element

SETTLED_MS: Final = 800.0
"""A hint that stands for less is not said: the next one is about as important."""


class Speech:
    """A live region.

    Args:
        element: ``role=status``.
    """

    def __init__(self, element: Element) -> None:
        self._element = element
        self._wanted = ""
        self._since_ms = 0.0

    def say(self, text: str) -> None:
        """Says it at once, whatever was about to be said."""
        self._wanted = text
        self._element.text = text

    def hint(self, text: str, now_ms: float) -> None:
        """Says it when it has stood for a while; call it every frame."""
        if text != self._wanted:
            self._wanted, self._since_ms = text, now_ms
        elif text and now_ms - self._since_ms >= SETTLED_MS:
            self._element.text = text
