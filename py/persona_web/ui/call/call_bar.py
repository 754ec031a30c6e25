"""The bar of a call's buttons, the menu for those that find no place in it, and the panels that the
menu opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page

USUAL_RANK: Final = 5
"""Of a button that says none in ``data-rank``; the lower, the longer it stays in the bar."""


def fitting(ranks: Sequence[int], places: int) -> frozenset[int]:
    """Which buttons find a place.

    Args:
        ranks: of the buttons as they stand; of equal ones the first come first.
        places: how many there are; may be negative where not even what stays fits.

    Returns:
        indices into ``ranks``.
    """
    order = sorted(range(len(ranks)), key=lambda index: (ranks[index], index))
    return frozenset(order[: max(places, 0)])


class CallBar:
    """``#call-bar`` and ``#more-menu``: all buttons of the bar have places of one width.

    Buttons with ``data-stays`` stay; the others go to the top of the menu and come back, in the
    order in which the page has them. :meth:`arrange` is to be called when sizes change.
    """

    def __init__(self, page: Page) -> None:
        self._bar = page.element("call-bar")
        self._menu = page.element("more-menu")
        self._more = page.element("more")
        self._staying = self._bar.find_all(".control[data-stays]")
        self._movable = self._bar.find_all(".control:not([data-stays])")
        self._ranks = [
            int(button.node.getAttribute("data-rank") or USUAL_RANK) for button in self._movable
        ]
        self._first = self._menu.node.firstElementChild

    @property
    def watched(self) -> list[Element]:
        """What has to be watched for its size."""
        return [self._bar, *self._staying, *self._movable]

    def arrange(self) -> None:
        """Puts every button where there is a place for it now."""
        slot = float(self._more.node.offsetWidth)
        if not slot:  # the bar is not seen
            return
        seen = [index for index, button in enumerate(self._movable) if not button.hidden]
        stay = sum(not button.hidden for button in self._staying)
        places = int(float(self._bar.node.clientWidth) / slot + 0.01) - stay
        fit = fitting([self._ranks[index] for index in seen], places)
        kept = {seen[place] for place in fit}
        for index in seen:
            self._move(index, to_bar=index in kept)

    def _move(self, index: int, *, to_bar: bool) -> None:
        button = self._movable[index].node
        goal = (self._bar if to_bar else self._menu).node
        if button.parentNode == goal:
            return
        end = self._more.node if to_bar else self._first
        later = (other.node for other in self._movable[index + 1 :])
        before = next((node for node in later if node.parentNode == goal), end)
        had_focus = self._movable[index].focused
        goal.insertBefore(button, before)
        if had_focus:
            (button if to_bar else self._more.node).focus()


class Sheets:
    """Panels over the stage, one at a time: ``<details>`` whose summary closes them.

    Whatever closes one leads the keyboard back to ``#more`` where it would be lost.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._more = page.element("more")
        self._panels: list[Element] = []

    def offer(self, button_id: str, panel_id: str) -> None:
        """Has a button of the menu open a panel."""
        panel = self._page.element(panel_id)
        self._panels.append(panel)
        panel.on("toggle", self._toggled)
        self._page.element(button_id).on("click", lambda: self._open(panel))

    def close(self) -> bool:
        """Closes the one that is open; False where none was."""
        open_ones = [panel for panel in self._panels if panel.node.open]
        for panel in open_ones:
            panel.node.open = False
            self._more.focus()
        return bool(open_ones)

    def _open(self, panel: Element) -> None:
        for other in self._panels:
            other.node.open = other is panel
        panel.find("summary").focus()

    def _toggled(self) -> None:
        if any(panel.node.open for panel in self._panels):
            return
        if self._page.has_lost_focus or any(one.find("summary").focused for one in self._panels):
            self._more.focus()
