"""A list of buttons that another button opens and closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies

STEPS = {"ArrowDown": 1, "ArrowUp": -1}


class Popup:
    """Opens ``panel`` with the keyboard's focus on its first button, which arrows move.

    It closes by Escape, by a press elsewhere, and before the press of one of its buttons is heeded:
    so whatever that opens finds the focus on ``button``, and gives it back there.

    Args:
        on_open: called before the panel is seen.
    """

    def __init__(self, button: Element, panel: Element, on_open: Callable[[], object]) -> None:
        self._button = button
        self._panel = panel
        self._on_open = on_open
        proxies = Proxies()
        listen = button.node.addEventListener
        listen("click", proxies.keep(lambda _event: self._toggle()))
        panel.node.addEventListener("click", proxies.keep(self._chosen), True)
        panel.node.addEventListener("keydown", proxies.keep(self._key))
        js.document.addEventListener("pointerdown", proxies.keep(self._pressed))

    @property
    def is_open(self) -> bool:
        return not self._panel.hidden

    def close(self) -> bool:
        """Closes it, and leads the focus back to the button; False where it was not open."""
        if self._panel.hidden:
            return False
        self._show(False)
        self._button.focus()
        return True

    def dismiss(self) -> None:
        """Closes it; the focus is somebody else's."""
        if self.is_open:
            self._show(False)

    def _toggle(self) -> None:
        if self.close():
            return
        self._on_open()
        self._show(True)
        buttons = self._buttons()
        if buttons:
            buttons[0].focus()

    def _show(self, shown: bool) -> None:
        self._panel.hidden = not shown
        self._button.set("aria-expanded", "true" if shown else "false")

    def _buttons(self) -> list[Any]:
        found = self._panel.node.querySelectorAll("button")
        nodes = [found.item(index) for index in range(found.length)]
        return [node for node in nodes if node.checkVisibility()]

    def _chosen(self, event: Any) -> None:
        if event.target.closest("button"):
            self.close()

    def _pressed(self, event: Any) -> None:
        inside = self._panel.node.contains(event.target) or self._button.node.contains(event.target)
        if self.is_open and not inside:
            self._show(False)

    def _key(self, event: Any) -> None:
        step = STEPS.get(str(event.key))
        if step is None:
            return
        event.preventDefault()
        buttons = self._buttons()
        now = next((n for n, node in enumerate(buttons) if node == js.document.activeElement), 0)
        buttons[(now + step) % len(buttons)].focus()
