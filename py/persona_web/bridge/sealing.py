"""Authenticated encryption of signaling with the browser's WebCrypto."""

from __future__ import annotations

from typing import Any, Self

from pyodide.ffi import to_js

from persona_core.errors import WrongSecretError
from persona_web.bridge.site import Site


class BrowserSealer:
    """AES-256-GCM under a key that never leaves WebCrypto."""

    def __init__(self, module: Any, key: Any) -> None:
        self._module = module
        self._key = key

    @classmethod
    async def derive(cls, site: Site, secret: bytes, salt: bytes, info: bytes) -> Self:
        """HKDF-SHA-256 of the room's secret."""
        module = await site.load("bridge/sealing.js")
        return cls(module, await module.deriveKey(to_js(secret), to_js(salt), to_js(info)))

    async def seal(self, plain: bytes, associated: bytes) -> bytes:
        sealed = await self._module.seal(self._key, to_js(plain), to_js(associated))
        return sealed.to_bytes()

    async def unseal(self, sealed: bytes, associated: bytes) -> bytes:
        plain = await self._module.unseal(self._key, to_js(sealed), to_js(associated))
        if plain is None:
            raise WrongSecretError("the room key does not open this message")
        return plain.to_bytes()
