"""What keeps a call private: the switch that hides our network address from the peers, and the six
digits by which people make sure that nobody sits between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from persona_core.base.ports import Storage
from persona_core.call.keys.verification import DIGITS

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

RELAY_ONLY_KEY = "call.relay-only"


class RelaySwitch:
    """``#relay-only``: kept between visits.

    Args:
        on_change: called with the wish: once now where it is on, then with each change.
    """

    def __init__(self, page: Page, storage: Storage, on_change: Callable[[bool], None]) -> None:
        self._box = page.element("relay-only")
        self._storage = storage
        self._on_change = on_change
        self._box.checked = storage.get(RELAY_ONLY_KEY) == "true"
        self._box.on_change(self._changed)
        if self.on:
            on_change(True)

    @property
    def on(self) -> bool:
        """The wish."""
        return self._box.checked

    def _changed(self) -> None:
        self._storage.set(RELAY_ONLY_KEY, "true" if self.on else "false")
        self._on_change(self.on)


HALF = DIGITS // 2


class ShortCodes:
    """``#codes``: hidden while there is no code to compare."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._page = page
        self._strings = strings
        self._box = page.element("codes")
        self._list = page.element("code-list")
        self._shown: tuple[str | None, ...] = ()
        page.on_language(self._say)

    def show(self, codes: Sequence[str | None]) -> None:
        """Says everybody's code.

        Args:
            codes: of the peers as they stand on the stage; None where it is not known yet.
        """
        if tuple(codes) != self._shown:
            self._shown = tuple(codes)
            self._say()

    def _say(self) -> None:
        self._box.hidden = not any(self._shown)
        self._list.clear()
        for number, code in enumerate(self._shown, start=1):
            if code is not None:
                line = self._page.create("li")
                line.text = self._line(number, f"{code[:HALF]} {code[HALF:]}")
                self._list.append(line)

    def _line(self, number: int, digits: str) -> str:
        if len(self._shown) == 1:
            return digits
        return self._strings.text("call.code-of", number=number, code=digits)
