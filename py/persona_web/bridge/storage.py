"""What the browser keeps: small strings between visits, or as long as the tab, over reloads; and
bytes that are too much for those."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import js
from pyodide.ffi import JsException, jsnull

from persona_web.bridge.site import Site

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


class BrowserBlobs:
    """Bytes by key. Where the platform forbids it, nothing is kept."""

    def __init__(self, module: Any) -> None:
        self._module = module

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/files/blobs.js"))

    async def get(self, key: str) -> bytes | None:
        """What is kept under a key."""
        data = await self._module.readBlob(key)
        return None if data is None else bytes(data.to_bytes())

    async def set(self, key: str, data: bytes) -> bool:
        """Keeps ``data``; False where the platform forbids it or has no room."""
        array = js.Uint8Array.new(len(data))
        array.assign(data)
        return bool(await self._module.writeBlob(key, array))

    async def remove(self, key: str) -> bool:
        """Deletes what is kept; False where it may still be there."""
        return bool(await self._module.removeBlob(key))
