"""The switch that hides our network address from the peers."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.base.ports import Storage
from persona_web.bridge.page import Page

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
        self._box.node.checked = storage.get(RELAY_ONLY_KEY) == "true"
        self._box.on_change(self._changed)
        if self.on:
            on_change(True)

    @property
    def on(self) -> bool:
        """The wish."""
        return bool(self._box.node.checked)

    def _changed(self) -> None:
        self._storage.set(RELAY_ONLY_KEY, "true" if self.on else "false")
        self._on_change(self.on)
