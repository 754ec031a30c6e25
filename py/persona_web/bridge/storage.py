"""Small strings kept between visits, in ``localStorage``."""

from __future__ import annotations

import js
from pyodide.ffi import JsException, jsnull

PREFIX = "vp."
FORBIDDEN = (JsException, AttributeError)
"""What asking a store that is forbidden raises: it throws, or there is null in its place."""


class BrowserStorage:
    """``localStorage`` under our prefix. Where the platform forbids it, nothing is kept."""

    def get(self, key: str) -> str | None:
        try:
            value = js.localStorage.getItem(PREFIX + key)
        except FORBIDDEN:
            return None
        return None if value is jsnull else str(value)

    def set(self, key: str, value: str) -> bool:
        try:
            js.localStorage.setItem(PREFIX + key, value)
        except FORBIDDEN:
            return False
        return True

    def remove(self, key: str) -> None:
        try:
            js.localStorage.removeItem(PREFIX + key)
        except FORBIDDEN:
            return
