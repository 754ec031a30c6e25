"""The :class:`Sealer` port with the ``cryptography`` package: real HKDF, real AES-GCM."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from persona_core.call.ports import Sealer
from persona_core.errors import WrongSecretError

NONCE_BYTES = 12


class AesGcmSealer:
    """AES-256-GCM under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    async def seal(self, plain: bytes, associated: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, associated)

    async def unseal(self, sealed: bytes, associated: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
        except InvalidTag:
            raise WrongSecretError("the room key does not open this message") from None


async def derive_sealer(secret: bytes, salt: bytes, info: bytes) -> Sealer:
    """HKDF-SHA-256 to a 32-byte key."""
    return AesGcmSealer(HKDF(SHA256(), 32, salt, info).derive(secret))
