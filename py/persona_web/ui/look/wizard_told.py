"""What went wrong, on the wizard's panels that stand before and beside its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

Refused = Sequence[tuple[str, str]]
"""Pictures of no use: each one's name and the reason, in words."""


def add_refused(page: Page, place: Element, name: str, why: str) -> None:
    """Adds a line to a list of what was refused."""
    item = page.clone("wizard-refused-item")
    item.find(".wizard-refused-name").text = name
    item.find(".wizard-refused-why").text = why
    place.append(item)


def list_refused(page: Page, place: Element, refused: Refused) -> None:
    """Shows a list of what was refused in place of the one before."""
    place.clear()
    place.hidden = not refused
    for name, why in refused:
        add_refused(page, place, name, why)


class WizardTold:
    """``#wizard-told`` of the first panel and ``#wizard-lost``."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._page = page
        self._strings = strings
        self._told = page.element("wizard-told")
        self._list = page.element("wizard-told-list")
        self._lost = page.element("wizard-lost-text")
        self._enough = page.element("wizard-enough")

    def fail(self, code: str, refused: Refused = ()) -> None:
        """On the first panel: why nothing came of it."""
        self._told.text = self._strings.text(f"error.{code}")
        self._told.hidden = False
        list_refused(self._page, self._list, refused)

    def clear(self) -> None:
        """A new try begins."""
        self._told.text = ""
        self._told.hidden = True
        list_refused(self._page, self._list, ())

    def lose(self, code: str, can_finish: bool) -> None:
        """Why there is no camera, and whether there is enough without it."""
        self._lost.text = self._strings.text(f"error.{code}")
        self._enough.hidden = not can_finish
