"""Bytes kept between visits, in IndexedDB: what is too much for ``localStorage``."""

from __future__ import annotations

from typing import Any, Self

import js

from persona_web.bridge.site import Site


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
