"""The :class:`Cryptography` port with the ``cryptography`` package: a second implementation."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.sealer import derive_sealer

from persona_core.call.ports import Sealer
from persona_core.errors import SignalingError

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256's base point (SEC 2, 2.4.2)."""
HALF = 32
"""Bytes of r, and of s."""


class PythonSigner:
    """One signing key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public = _point(key)

    async def sign(self, data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self._key.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")


class PythonAgreement:
    """One ephemeral key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public = _point(key)

    async def derive_sealer(self, public: bytes, secret: bytes, salt: bytes, info: bytes) -> Sealer:
        try:
            other = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public)
        except ValueError:
            raise SignalingError("not a point of P-256", code="bad-key-package") from None
        return await derive_sealer(self._key.exchange(ec.ECDH(), other) + secret, salt, info)


class PythonCryptography:
    """One page's.

    Args:
        token_bytes: where ephemeral keys come from, so that a test can be had again.
        person: pages of one person have the same signing key; None: nobody else has it.
    """

    def __init__(
        self, token_bytes: Callable[[int], bytes] = os.urandom, person: str | None = None
    ) -> None:
        self._token_bytes = token_bytes
        of_person = token_bytes if person is None else random.Random(person).randbytes
        self.signer = PythonSigner(_make_key(of_person))

    async def agree(self) -> PythonAgreement:
        return PythonAgreement(_make_key(self._token_bytes))

    async def verify(self, public: bytes, signature: bytes, data: bytes) -> bool:
        r, s = (int.from_bytes(half, "big") for half in (signature[:HALF], signature[HALF:]))
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public)
            key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        except (ValueError, InvalidSignature):
            return False
        return True

    async def derive_sealer(self, secret: bytes, salt: bytes, info: bytes) -> Sealer:
        return await derive_sealer(secret, salt, info)


def _make_key(token_bytes: Callable[[int], bytes]) -> ec.EllipticCurvePrivateKey:
    scalar = int.from_bytes(token_bytes(HALF + 8), "big") % (ORDER - 1) + 1
    return ec.derive_private_key(scalar, CURVE)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
