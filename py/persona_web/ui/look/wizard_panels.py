"""Which panel of the wizard is seen, and where the keyboard's focus goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from persona_web.bridge.page import Page

FIRST: Final = {
    "welcome": "wizard-use-camera",
    "camera": "wizard-step",
    "lost": "wizard-again",
    "work": "wizard-work-name",
    "review": "wizard-review-lead",
    "leave": "wizard-stay",
}
"""What has the focus when a panel is shown, by the panel."""


class WizardPanels:
    """``#wizard-<panel>``: one of them is shown at a time."""

    def __init__(self, page: Page) -> None:
        self._panels = {name: page.element(f"wizard-{name}") for name in FIRST}
        self._focus = {name: page.element(element) for name, element in FIRST.items()}
        self._count = page.element("wizard-count")
        self.shown = ""

    def show(self, name: str) -> None:
        """Shows a panel in place of the one before, which it is not again."""
        if name == self.shown:
            return
        self.shown = name
        for each, panel in self._panels.items():
            panel.hidden = each != name
        self._count.hidden = name != "camera"
        self._focus[name].focus()
