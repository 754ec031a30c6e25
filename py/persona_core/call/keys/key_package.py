"""``KeyPackage``: what a page tells of its keys, once, to everybody in the room.

The word is that of Messaging Layer Security (RFC 9420, section 10). A page makes one when it
joins; the server hands it to the members, with the peer id and the life that it belongs to. It
is sealed with the room's key, so that no server learns a person's key, and signed with that
key, so that no member can speak for another one. Sealed are

    byte 0      format, always 1
    65 bytes    signing key, of the person: ECDSA, P-256, an uncompressed point (SEC 1, 2.3.3)
    65 bytes    agreement key, of this page: ECDH, P-256, likewise
    32 bytes    SHA-256 of the seat's token (see :mod:`persona_core.call.keys.identity`)
    64 bytes    signature over :func:`signed_text`: r, then s (IEEE P1363)

P-256, because every browser of the last ten years has it in WebCrypto.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from persona_core.call.keys.identity import Identity, make_claim, make_peer_id, token_digest
from persona_core.call.ports import Sealer, Signer, Verify
from persona_core.errors import SignalingError
from persona_core.wire import base64url
from persona_core.wire.signaling import PROTOCOL_VERSION

FORMAT: Final = 1
KEY_BYTES: Final = 65
DIGEST_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
PACKAGE_BYTES: Final = 1 + 2 * KEY_BYTES + DIGEST_BYTES + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class KeyPackage:
    """The keys of one page.

    Attributes:
        peer: its peer id.
        life: see :class:`~persona_core.wire.signaling.Join`.
        signing_key: of the person; the same in all rooms and on all days on one device.
        agreement_key: of the page.
    """

    peer: str
    life: str
    signing_key: bytes
    agreement_key: bytes


def signed_text(room: str, peer: str, life: str, agreement_key: bytes) -> bytes:
    """What is signed. No field but the last can hold a line break, so it is unambiguous."""
    head = (f"VirtualPersona/{PROTOCOL_VERSION} key package", room, peer, life)
    return "\n".join(head).encode() + b"\n" + agreement_key


async def seal_key_package(
    sealer: Sealer, signer: Signer, room: str, identity: Identity, life: str, agreement_key: bytes
) -> str:
    """Our own, as the text that ``join`` carries.

    Args:
        sealer: has the room's key.
        signer: has the person's.
        agreement_key: the public half of this page's.
    """
    signature = await signer.sign(signed_text(room, identity.peer, life, agreement_key))
    plain = bytes((FORMAT,)) + signer.public + agreement_key
    plain += token_digest(identity.token) + signature
    return base64url.encode(await sealer.seal(plain, _bound_to(room, identity.peer, life)))


async def open_key_package(
    sealer: Sealer, verify: Verify, room: str, peer: str, life: str, text: str
) -> KeyPackage:
    """What ``peer`` tells of the keys of its page ``life``.

    Raises:
        WrongSecretError: sealed with another room's key, for another peer or another life.
        SignalingError: ``bad-key-package``: somebody who has the room's key made it, but not
            the person whom the peer id stands for.
    """
    try:
        sealed = base64url.decode(text)
    except ValueError:
        raise SignalingError("not base64url", code="bad-key-package") from None
    plain = await sealer.unseal(sealed, _bound_to(room, peer, life))
    if len(plain) != PACKAGE_BYTES or plain[0] != FORMAT:
        raise SignalingError(f"{len(plain)} bytes", code="bad-key-package")
    signing_key, agreement_key, digest, signature = _split(plain[1:])
    if make_peer_id(make_claim(signing_key, digest), digest) != peer:
        raise SignalingError("the peer id is not this key's", code="bad-key-package")
    if not await verify(signing_key, signature, signed_text(room, peer, life, agreement_key)):
        raise SignalingError("the signature is not this key's", code="bad-key-package")
    return KeyPackage(peer, life, signing_key, agreement_key)


def _split(fields: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Signing key, agreement key, digest and signature."""
    keys, rest = fields[: 2 * KEY_BYTES], fields[2 * KEY_BYTES :]
    return keys[:KEY_BYTES], keys[KEY_BYTES:], rest[:DIGEST_BYTES], rest[DIGEST_BYTES:]


def _bound_to(room: str, peer: str, life: str) -> bytes:
    """The associated data of the seal."""
    head = f"VirtualPersona/{PROTOCOL_VERSION} sealed package"
    return "\n".join((head, room, peer, life)).encode()
