"""The browser's WebCrypto: see :class:`persona_core.call.ports.Cryptography`."""

from __future__ import annotations

from typing import Any, Self

from pyodide.ffi import JsException, to_js

from persona_core.call.ports import KeyAgreement, Sealer, Signer
from persona_core.errors import SignalingError, WrongSecretError
from persona_web.bridge.site import Site

NO_KEY = bytes(65)
"""Stands in where the platform has no cryptography; the call says so when it begins."""


class BrowserSealer:
    """AES-256-GCM under a key that never leaves WebCrypto."""

    def __init__(self, module: Any, key: Any) -> None:
        self._module = module
        self._key = key

    async def seal(self, plain: bytes, associated: bytes) -> bytes:
        sealed = await self._module.seal(self._key, to_js(plain), to_js(associated))
        return bytes(sealed.to_bytes())

    async def unseal(self, sealed: bytes, associated: bytes) -> bytes:
        plain = await self._module.unseal(self._key, to_js(sealed), to_js(associated))
        if plain is None:
            raise WrongSecretError("the key does not open this message")
        return bytes(plain.to_bytes())


class BrowserSigner:
    """The person's key, kept in IndexedDB where that works."""

    def __init__(self, module: Any, signer: Any) -> None:
        self._module = module
        self._signer = signer
        self._public = NO_KEY if signer is None else signer.public.to_bytes()

    @property
    def public(self) -> bytes:
        return self._public

    async def sign(self, data: bytes) -> bytes:
        return bytes((await self._module.sign(self._signer, to_js(data))).to_bytes())


class BrowserKeyAgreement:
    """One page's key in one room."""

    def __init__(self, module: Any, agreement: Any) -> None:
        self._module = module
        self._agreement = agreement

    @property
    def public(self) -> bytes:
        return bytes(self._agreement.public.to_bytes())

    async def derive_sealer(self, public: bytes, secret: bytes, salt: bytes, info: bytes) -> Sealer:
        key = await self._module.deriveSharedKey(
            self._agreement, to_js(public), to_js(secret), to_js(salt), to_js(info)
        )
        if key is None:
            raise SignalingError("not a point of P-256", code="bad-key-package")
        return BrowserSealer(self._module, key)


class BrowserCryptography:
    """Made once for each page."""

    def __init__(self, module: Any, signer: Signer) -> None:
        self._module = module
        self._signer = signer

    @classmethod
    async def load(cls, site: Site) -> Self:
        module = await site.load("bridge/network/cryptography.js")
        try:
            signer = await module.openSigner()
        except (JsException, AttributeError):  # no subtle crypto: the page is not secure
            signer = None
        return cls(module, BrowserSigner(module, signer))

    @property
    def signer(self) -> Signer:
        return self._signer

    async def agree(self) -> KeyAgreement:
        return BrowserKeyAgreement(self._module, await self._module.makeAgreement())

    async def verify(self, public: bytes, signature: bytes, data: bytes) -> bool:
        return bool(await self._module.verify(to_js(public), to_js(signature), to_js(data)))

    async def derive_sealer(self, secret: bytes, salt: bytes, info: bytes) -> Sealer:
        key = await self._module.deriveKey(to_js(secret), to_js(salt), to_js(info))
        return BrowserSealer(self._module, key)
