"""Small strings kept as long as the tab, over reloads, in ``sessionStorage``."""

from __future__ import annotations

import js
from pyodide.ffi import jsnull

from persona_web.bridge.storage import FORBIDDEN, PREFIX


class TabStorage:
    """``sessionStorage`` under our prefix. Where the platform forbids it, nothing is kept."""

    def get(self, key: str) -> str | None:
        try:
            value = js.sessionStorage.getItem(PREFIX + key)
        except FORBIDDEN:
            return None
        return None if value is jsnull else str(value)

    def set(self, key: str, value: str) -> bool:
        try:
            js.sessionStorage.setItem(PREFIX + key, value)
        except FORBIDDEN:
            return False
        return True

    def remove(self, key: str) -> None:
        try:
            js.sessionStorage.removeItem(PREFIX + key)
        except FORBIDDEN:
            return
