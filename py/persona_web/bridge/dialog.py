"""A ``<dialog>`` that keeps the keyboard inside while it is open, and asks before it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies


class Dialog:
    """A modal dialog. The platform keeps the focus in it and gives it back to where it was.

    Args:
        element: the ``<dialog>``.
        on_escape: the person wants to leave, by Escape or by a phone's way back; whether the
            dialog closes is the listener's to say.
    """

    def __init__(self, element: Element, on_escape: Callable[[], None]) -> None:
        self._node = element.node
        self._on_escape = on_escape
        self._is_wanted = False
        self._proxies = Proxies()
        for event, handler in (
            ("keydown", self._pressed),
            ("cancel", self._cancelled),
            ("close", self._closed),
        ):
            self._node.addEventListener(event, self._proxies.keep(handler))

    @property
    def is_open(self) -> bool:
        return self._is_wanted

    def open(self) -> None:
        if not self._is_wanted:
            self._is_wanted = True
            self._node.showModal()

    def close(self) -> None:
        if self._is_wanted:
            self._is_wanted = False
            self._node.close()

    def _pressed(self, event: Any) -> None:
        if str(event.key) == "Escape" and not event.isComposing:
            event.preventDefault()  # or the browser asks itself, and the second time does not ask
            self._on_escape()

    def _cancelled(self, event: Any) -> None:
        if event.target == self._node:  # a file chooser's bubbles up to here, too
            event.preventDefault()
            self._on_escape()

    def _closed(self, event: Any) -> None:
        # A browser may close without asking; nothing is to be lost by that. What is heard late, of
        # the time before it was opened again, says nothing.
        if event.target == self._node and self._is_wanted and not self._node.open:
            self._node.showModal()
            self._on_escape()
