"""Small strings that the browser keeps: between visits, or as long as the tab, over reloads."""

from __future__ import annotations

from typing import Any, ClassVar

import js
from pyodide.ffi import JsException, jsnull

PREFIX = "vp."
FORBIDDEN = (JsException, AttributeError)
"""What asking a store that is forbidden raises: it throws, or there is null in its place."""


class WebStorage:
    """A store under our prefix. Where the platform forbids it, nothing is kept."""

    _name: ClassVar[str]

    @property
    def _store(self) -> Any:
        return getattr(js, self._name)

    def get(self, key: str) -> str | None:
        try:
            value = self._store.getItem(PREFIX + key)
        except FORBIDDEN:
            return None
        return None if value is jsnull else str(value)

    def set(self, key: str, value: str) -> bool:
        try:
            self._store.setItem(PREFIX + key, value)
        except FORBIDDEN:
            return False
        return True

    def remove(self, key: str) -> None:
        try:
            self._store.removeItem(PREFIX + key)
        except FORBIDDEN:
            return


class BrowserStorage(WebStorage):
    """``localStorage``: kept between visits."""

    _name = "localStorage"


class TabStorage(WebStorage):
    """``sessionStorage``: kept as long as the tab."""

    _name = "sessionStorage"
