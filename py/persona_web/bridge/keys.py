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


INTERACTIVE = "a[href], button, input, select, summary, textarea, [contenteditable], [role=button]"
"""Where the space bar presses or types."""


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


def code_of(key: str) -> str:
    """``KeyboardEvent.code`` of the key that bears this sign on a US keyboard: where it lies, so
    that it is the same key whatever language is typed."""
    if len(key) == 1 and key.isascii() and key.isalnum():
        return f"Key{key.upper()}" if key.isalpha() else f"Digit{key}"
    return {" ": "Space", "?": "Slash"}.get(key, key)


class Shortcuts(Keys):
    """Shortcuts by the place of the key, which the person may switch off; Escape stays.

    Attributes:
        is_on: the person's wish.
        is_live: whether there is anything that they are for now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_on = True
        self.is_live: Callable[[], bool] = lambda: True
        self._held: dict[str, Callable[[bool], object]] = {}
        self._down: str | None = None
        for target, event, handler in (
            (js.document, "keyup", self._released),
            (js.window, "blur", lambda _event: self._let_go()),
        ):
            target.addEventListener(event, self._proxies.keep(handler))

    def on(self, key: str, handler: Callable[[], object]) -> None:
        """Calls ``handler`` when a key, named by its sign on a US keyboard, goes down. One that
        returns False has found nothing to do, and others may heed the key."""
        super().on(code_of(key), handler)

    def hold(self, key: str, handler: Callable[[bool], object]) -> None:
        """Calls ``handler`` with True when a key goes down, and with False once it is let go, or
        the window is left meanwhile. Not where the key presses a button."""
        self._held[code_of(key)] = handler

    def _pressed(self, event: Any) -> None:
        code = self._code_of(event)
        if event.defaultPrevented or event.isComposing or self._is_off(code):
            return
        if event.ctrlKey or event.altKey or event.metaKey:
            return
        if code in self._held and event.target.closest(INTERACTIVE) is jsnull:
            event.preventDefault()
            if self._down is None:
                self._down = code
                self._held[code](True)
            return
        handler = self._handlers.get(code)
        if handler is None or event.repeat or event.target.closest(TYPING) is not jsnull:
            return
        if handler() is not False:
            event.preventDefault()

    @staticmethod
    def _code_of(event: Any) -> str:
        """The key's place; the question mark lies elsewhere on many keyboards, and on this one it
        takes the shift key."""
        code, sign = str(event.code), str(event.key)
        if code == "Slash" and not event.shiftKey:
            code = ""
        return "Slash" if sign == "?" else code

    def _is_off(self, code: str) -> bool:
        return code != "Escape" and not (self.is_on and self.is_live())

    def _released(self, event: Any) -> None:
        if str(event.code) == self._down:
            self._let_go()

    def _let_go(self) -> None:
        code, self._down = self._down, None
        if code is not None:
            self._held[code](False)
