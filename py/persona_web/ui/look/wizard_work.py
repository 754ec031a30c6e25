"""The wizard's panel while something takes its time: how far it is, and what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona_web.ui.look.wizard_told import add_refused

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.look.wizard_speech import Speech


class WizardWork:
    """``#wizard-work`` and what is in it."""

    def __init__(self, page: Page, strings: Strings, speech: Speech) -> None:
        self._page = page
        self._strings = strings
        self._speech = speech
        self.heading = page.element("wizard-work-name")
        self._progress = page.element("wizard-progress")
        self._list = page.element("wizard-refused")
        self._cancel = page.element("wizard-cancel")
        self._refused: list[tuple[str, str]] = []

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """What was refused: its name and the reason in words."""
        return tuple(self._refused)

    def begin(self) -> None:
        """Nothing is done and refused yet."""
        self._refused.clear()
        self._list.clear()
        self._progress.unset("value")

    def tell(self, key: str, number: int, total: int, name: str = "") -> None:
        """So many of so many are done, or begun."""
        self.heading.text = self._strings.text(key, number=number, all=total, name=name)
        if total:
            self._progress.set("max", str(total))
            self._progress.set("value", str(max(number - 1, 0)))
        else:
            self._progress.unset("value")

    def say(self) -> None:
        """Says what is going on, once: not every step of it."""
        self._speech.say(self.heading.text)

    def refuse(self, name: str, code: str) -> None:
        """Tells that something is of no use."""
        why = self._strings.text(f"error.{code}")
        self._refused.append((name, why))
        add_refused(self._page, self._list, name, why)
