"""A panel at the side of a call, opened and closed by a button of the bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.page import Element


class SidePanel:
    """
    Args:
        first: what has the focus when it opens.
        refuge: has it when it closes and its button is in a menu that is closed.
        on_shown: hears whether it is shown now.
    """

    def __init__(
        self,
        panel: Element,
        toggle: Element,
        close: Element,
        first: Element,
        refuge: Element,
        on_shown: Callable[[bool], None],
    ) -> None:
        self._panel = panel
        self._toggle = toggle
        self._first = first
        self._refuge = refuge
        self._on_shown = on_shown
        close.on("click", self.close)
        panel.on_escape(self.close)

    @property
    def is_open(self) -> bool:
        return not self._panel.hidden

    def open(self) -> None:
        self._show(True)
        self._first.focus()

    def close(self) -> None:
        """Leads the focus back to the button."""
        if self.is_open:
            self._show(False)
            self._toggle.focus()
            if not self._toggle.focused:
                self._refuge.focus()

    def hide(self) -> None:
        """Makes room for another one, which takes the focus."""
        if self.is_open:
            self._show(False)

    def _show(self, shown: bool) -> None:
        self._panel.hidden = not shown
        self._toggle.set("aria-expanded", "true" if shown else "false")
        self._on_shown(shown)
