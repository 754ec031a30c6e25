"""``KeyRing``: our keys in a room, and those that we share with each page we met.

A pair's key: HKDF-SHA-256 (RFC 5869) over the 32 bytes that ECDH gives (P-256, the x-coordinate),
followed by the invitation's secret; salt :data:`~persona_core.wire.sealing.KEY_SALT`, info
:func:`pair_info`, 32 bytes out. The private halves die with their pages: whoever learns the
room's secret or a person's signing key later, opens nothing that was said before.
"""

from __future__ import annotations

import hashlib
from typing import Final, Self

from persona_core.call.invitation import Invitation
from persona_core.call.keys.envelope import Envelope
from persona_core.call.keys.identity import Identity, random_id
from persona_core.call.keys.key_package import KeyPackage, open_key_package, seal_key_package
from persona_core.call.keys.verification import NUMBER_BYTES, Verification
from persona_core.call.ports import CallPorts, KeyAgreement, Sealer
from persona_core.wire import base64url
from persona_core.wire.sealing import KEY_ID_BYTES, KEY_SALT, key_info
from persona_core.wire.signaling import PROTOCOL_VERSION

LIFE_BYTES: Final = 9
MAX_PAGES: Final = 256
"""Pages remembered, so that a server inventing peers cannot fill memory."""


class KeyRing:
    """Made once for each time a page enters a room.

    Attributes:
        key_package: our own, as others are to be told it.
        life: of this page in the room.
    """

    def __init__(
        self,
        ports: CallPorts,
        invitation: Invitation,
        sealer: Sealer,
        own: KeyPackage,
        agreement: KeyAgreement,
        key_package: str,
    ) -> None:
        self.key_package = key_package
        self.life = own.life
        self._crypto = ports.crypto
        self._token_bytes = ports.token_bytes
        self._invitation = invitation
        self._sealer = sealer
        self._own = own
        self._agreement = agreement
        self._envelopes: dict[tuple[str, str], Envelope] = {}

    @classmethod
    async def create(cls, ports: CallPorts, invitation: Invitation, identity: Identity) -> Self:
        """Makes this page's keys.

        Raises:
            Exception: whatever the platform raises where its cryptography does not work.
        """
        crypto, room = ports.crypto, invitation.room
        sealer = await crypto.derive_sealer(invitation.secret, KEY_SALT, key_info(room))
        agreement = await crypto.agree()
        life = random_id(ports.token_bytes, LIFE_BYTES)
        signer = crypto.signer
        text = await seal_key_package(sealer, signer, room, identity, life, agreement.public)
        own = KeyPackage(identity.peer, life, signer.public, agreement.public)
        return cls(ports, invitation, sealer, own, agreement, text)

    async def introduce(self, peer: str, life: str, key_package: str) -> Envelope:
        """What we share with the page ``life`` of ``peer``; the same for the same page.

        Raises:
            WrongSecretError: the peer has another secret than we.
            SignalingError: ``bad-key-package``: somebody passes for the peer.
        """
        known = self._envelopes.pop((peer, life), None)
        if known is None:
            known = await self._meet(peer, life, key_package)
        self._envelopes[peer, life] = known
        if len(self._envelopes) > MAX_PAGES:
            del self._envelopes[next(iter(self._envelopes))]
        return known

    async def _meet(self, peer: str, life: str, key_package: str) -> Envelope:
        room = self._invitation.room
        package = await open_key_package(
            self._sealer, self._crypto.verify, room, peer, life, key_package
        )
        info = pair_info(room, self._own, package)
        sealer = await self._agreement.derive_sealer(
            package.agreement_key, self._invitation.secret, KEY_SALT, info
        )
        number = self._token_bytes(NUMBER_BYTES)
        verification = Verification(self._own.peer, peer, info, number)
        return Envelope(sealer, key_id(info), self._own.peer, package, verification)


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
