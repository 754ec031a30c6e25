"""Small strings kept between visits, in ``localStorage``."""

from __future__ import annotations

import js
from pyodide.ffi import JsException, jsnull

PREFIX = "vp."


class BrowserStorage:
    """``localStorage`` under our prefix. Where the platform forbids it, nothing is kept."""

    def get(self, key: str) -> str | None:
        try:
            value = js.localStorage.getItem(PREFIX + key)
        except JsException:
            return None
        return None if value is jsnull else str(value)

    def set(self, key: str, value: str) -> bool:
        try:
            js.localStorage.setItem(PREFIX + key, value)
        except JsException:
            return False
        return True

    def remove(self, key: str) -> None:
        try:
            js.localStorage.removeItem(PREFIX + key)
        except JsException:
            return
