"""The key of two pages, and how it comes about.

The key: HKDF-SHA-256 (RFC 5869) over the 32 bytes that ECDH gives (P-256, the x-coordinate),
followed by the invitation's secret; salt :data:`~persona_core.wire.sealing.KEY_SALT`, info
:func:`pair_info`, 32 bytes out. The private halves die with their pages: whoever learns the
room's secret or a person's signing key later, opens nothing that was said before.
"""

from __future__ import annotations

import hashlib

from persona_core.call.keys.key_package import KeyPackage
from persona_core.wire import base64url
from persona_core.wire.sealing import KEY_ID_BYTES
from persona_core.wire.signaling import PROTOCOL_VERSION


def pair_info(room: str, one: KeyPackage, other: KeyPackage) -> bytes:
    """The HKDF ``info`` of a pair's key: everything that both must see in the same way."""
    words = [f"VirtualPersona/{PROTOCOL_VERSION} pair key", room]
    for package in sorted((one, other), key=lambda package: package.peer):
        keys = (package.signing_key, package.agreement_key)
        words += [package.peer, package.life, *map(base64url.encode, keys)]
    return "\n".join(words).encode()


def key_id(info: bytes) -> bytes:
    """Names a pair's key in what is sealed with it, and tells nothing of it."""
    return hashlib.sha256(info).digest()[:KEY_ID_BYTES]
