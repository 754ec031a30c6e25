"""What is said to screen readers and seen by nobody."""

from __future__ import annotations

from persona_web.bridge.page import Page, Strings


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
        text = self._strings.text(key, what=self._strings.text(word))
        self._region.text = f"{text}\u00a0" if self._region.text == text else text
