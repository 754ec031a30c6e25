"""The panel in a room that holds the customizer, opened and closed by a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.keys import Keys
    from persona_web.bridge.page import Page


class LookPanel:
    """``#look``, ``#look-toggle`` and ``#look-close``; Esc in the panel closes it.

    Args:
        keys: of the panel.
    """

    def __init__(self, page: Page, keys: Keys) -> None:
        self._panel = page.element("look")
        self._toggle = page.element("look-toggle")
        self._toggle.on("click", self._press)
        page.element("look-close").on("click", self._close)
        keys.on("Escape", self._close)

    def _press(self) -> None:
        if self._panel.hidden:
            self._panel.hidden = False
            self._toggle.set("aria-expanded", "true")
            self._panel.focus()
        else:
            self._close()

    def _close(self) -> None:
        self._panel.hidden = True
        self._toggle.set("aria-expanded", "false")
        self._toggle.focus()
