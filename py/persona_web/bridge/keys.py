"""Keys that do something wherever on the page, or in a part of it, they are pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import jsnull

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies

TYPING = (
    "input:not([type=radio], [type=checkbox], [type=range], [type=color], [type=button]),"
    " textarea, select, [contenteditable]"
)
"""Where a key means what it types."""


class Keys:
    """Shortcuts: bare keys, pressed where nothing is being typed.

    Args:
        scope: the part of the page in which they hold, in place of the whole; what it
            handles, the page does not.
    """

    def __init__(self, scope: Element | None = None) -> None:
        self._handlers: dict[str, Callable[[], object]] = {}
        self._proxies = Proxies()
        target = js.document if scope is None else scope.node
        target.addEventListener("keydown", self._proxies.keep(self._pressed))

    def on(self, key: str, handler: Callable[[], object]) -> None:
        """Calls ``handler`` when a key, named as in ``KeyboardEvent.key``, goes down."""
        self._handlers[key] = handler

    def _pressed(self, event: Any) -> None:
        if event.defaultPrevented or event.repeat or event.isComposing:
            return
        if event.ctrlKey or event.altKey or event.metaKey:
            return
        handler = self._handlers.get(str(event.key))
        if handler is None or event.target.closest(TYPING) is not jsnull:
            return
        event.preventDefault()
        handler()
