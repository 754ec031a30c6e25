"""What pages tell of their keys: true for one peer, one page and one room, or not taken."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from tests.support.keys import PythonCryptography

from persona_core.call.keys.identity import Identity, token_digest
from persona_core.call.keys.key_package import (
    FORMAT,
    PACKAGE_BYTES,
    KeyPackage,
    open_key_package,
    seal_key_package,
    signed_text,
)
from persona_core.call.ports import Sealer
from persona_core.errors import SignalingError, WrongSecretError
from persona_core.wire import base64url
from persona_core.wire.sealing import KEY_SALT, key_info
from persona_core.wire.signaling import KEY_PACKAGE_PATTERN

ROOM = "test-room"
LIFE = "life-of-ann"
SECRET = bytes(range(16))


@dataclass
class Member:
    """Somebody in the room."""

    crypto: PythonCryptography
    identity: Identity
    agreement_key: bytes

    @classmethod
    async def make(cls, name: str) -> Member:
        crypto = PythonCryptography(random.Random(name).randbytes)
        identity = Identity.create(crypto.signer.public, random.Random(name).randbytes)
        return cls(crypto, identity, (await crypto.agree()).public)

    async def package(self, *, identity: Identity | None = None, life: str = LIFE) -> str:
        who = identity or self.identity
        signer = self.crypto.signer
        return await seal_key_package(
            await room_sealer(), signer, ROOM, who, life, self.agreement_key
        )


async def room_sealer(room: str = ROOM, secret: bytes = SECRET) -> Sealer:
    return await PythonCryptography().derive_sealer(secret, KEY_SALT, key_info(room))


async def opened(peer: str, text: str, *, life: str = LIFE, room: str = ROOM) -> KeyPackage:
    verify = PythonCryptography().verify
    return await open_key_package(await room_sealer(), verify, room, peer, life, text)


async def sealed(plain: bytes, peer: str) -> str:
    """What a member seals who does not keep to the rules."""
    head = b"VirtualPersona/2 sealed package"
    bound = b"\n".join((head, ROOM.encode(), peer.encode(), LIFE.encode()))
    return base64url.encode(await (await room_sealer()).seal(plain, bound))


async def test_package_tells_the_keys_of_its_page_when_the_room_opens_it() -> None:
    ann = await Member.make("ann")
    text = await ann.package()
    assert KEY_PACKAGE_PATTERN.fullmatch(text)
    assert await opened(ann.identity.peer, text) == KeyPackage(
        ann.identity.peer, LIFE, ann.crypto.signer.public, ann.agreement_key
    )


async def test_package_hides_the_person_when_somebody_outside_the_room_has_it() -> None:
    ann = await Member.make("ann")
    raw = base64url.decode(await ann.package())
    assert ann.crypto.signer.public not in raw
    assert token_digest(ann.identity.token) not in raw


@pytest.mark.parametrize("change", [{"life": "another-life"}, {"peer": "somebody-else"}])
async def test_package_stays_shut_when_it_is_told_of_another_page(change: dict[str, str]) -> None:
    ann = await Member.make("ann")
    told = {"peer": ann.identity.peer, "life": LIFE} | change
    with pytest.raises(WrongSecretError):
        await opened(told["peer"], await ann.package(), life=told["life"])


@pytest.mark.parametrize(
    "other", [{"room": "another-room"}, {"secret": bytes(16)}], ids=["room", "secret"]
)
async def test_package_stays_shut_when_the_room_or_its_secret_is_another(
    other: dict[str, object],
) -> None:
    ann = await Member.make("ann")
    sealer = await room_sealer(**other)  # type: ignore[arg-type]
    with pytest.raises(WrongSecretError):
        await open_key_package(
            sealer, PythonCryptography().verify, ROOM, ann.identity.peer, LIFE, await ann.package()
        )


async def test_package_is_refused_when_a_member_takes_the_id_of_another() -> None:
    ann, eve = await Member.make("ann"), await Member.make("eve")
    stolen = await eve.package(identity=ann.identity)  # even with the token
    with pytest.raises(SignalingError, match="bad-key-package"):
        await opened(ann.identity.peer, stolen)


async def test_package_is_refused_when_a_member_puts_another_key_under_a_signature() -> None:
    ann, eve = await Member.make("ann"), await Member.make("eve")
    signature = await ann.crypto.signer.sign(
        signed_text(ROOM, ann.identity.peer, LIFE, ann.agreement_key)
    )
    keys = ann.crypto.signer.public + eve.agreement_key
    plain = bytes((FORMAT,)) + keys + token_digest(ann.identity.token) + signature
    assert len(plain) == PACKAGE_BYTES
    with pytest.raises(SignalingError, match="signature"):
        await opened(ann.identity.peer, await sealed(plain, ann.identity.peer))


@pytest.mark.parametrize("change", ["format", "short", "long", "empty", "no point"])
async def test_package_is_refused_when_a_member_seals_nonsense(change: str) -> None:
    ann = await Member.make("ann")
    peer = ann.identity.peer
    signed = await ann.crypto.signer.sign(signed_text(ROOM, peer, LIFE, ann.agreement_key))
    keys = ann.crypto.signer.public + ann.agreement_key
    right = bytes((FORMAT,)) + keys + token_digest(ann.identity.token) + signed
    assert (await opened(peer, await sealed(right, peer))).peer == peer
    plain = {
        "format": bytes((FORMAT + 1,)) + right[1:],
        "short": right[:-1],
        "long": right + b"x",
        "empty": b"",
        "no point": right[:1] + bytes(65) + right[66:],
    }[change]
    with pytest.raises(SignalingError, match="bad-key-package"):
        await opened(peer, await sealed(plain, peer))


@pytest.mark.parametrize("text", ["A", "=", "a b", "A" * 39, "-"])
async def test_package_is_refused_when_it_cannot_be_sealed_text(text: str) -> None:
    with pytest.raises((SignalingError, WrongSecretError)):
        await opened("somebody", text)
