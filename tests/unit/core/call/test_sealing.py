"""Letters and frames between two pages, with real ECDH, HKDF and AES-GCM."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.keys import PythonCryptography
from tests.support.pages import INVITATION
from tests.support.sealer import AesGcmSealer

from persona_core.call.invitation import Invitation
from persona_core.call.keys import key_ring
from persona_core.call.keys.envelope import Envelope
from persona_core.call.keys.identity import Identity
from persona_core.call.keys.key_ring import KeyRing
from persona_core.call.ports import CallPorts
from persona_core.errors import SignalingError, WrongSecretError
from persona_core.wire import base64url
from persona_core.wire.sealing import (
    KEY_ID_BYTES,
    KEY_SALT,
    SealedMessage,
    associated_data,
    key_info,
)
from persona_core.wire.signaling import PAYLOAD_PATTERN, Relay, RelayKind

LETTER = SealedMessage("offer", 1, "v=0\r\n가")
FRAME = bytes(62)


class Member:
    """One page in the room, with its keys."""

    def __init__(self, identity: Identity, ring: KeyRing) -> None:
        self.peer = identity.peer
        self.ring = ring

    @classmethod
    async def make(cls, name: str, invitation: Invitation = INVITATION, load: int = 0) -> Member:
        chance = random.Random(f"{name} {load}")
        crypto = PythonCryptography(chance.randbytes, name)
        nothing: object = None
        ports = CallPorts(
            nothing, nothing, crypto, nothing, nothing, chance.randbytes, chance.random  # type: ignore[arg-type]
        )  # fmt: skip
        identity = Identity.create(crypto.signer.public, random.Random(name).randbytes)
        return cls(identity, await KeyRing.create(ports, invitation, identity))

    async def to(self, other: Member) -> Envelope:
        """What this page shares with the other."""
        return await self.ring.introduce(other.peer, other.ring.life, other.ring.key_package)


async def pair() -> tuple[Envelope, Envelope]:
    """Ann's envelope to Ben, and Ben's to Ann."""
    ann, ben = await Member.make("ann"), await Member.make("ben")
    return await ann.to(ben), await ben.to(ann)


async def test_letter_is_read_by_its_addressee_when_both_share_the_secret() -> None:
    ann, ben = await pair()
    relay = await ann.seal(LETTER)
    assert PAYLOAD_PATTERN.fullmatch(relay.payload)
    assert await ben.open(relay) == LETTER


async def test_letter_stays_shut_when_a_third_member_of_the_room_opens_it() -> None:
    ann, ben, cat = [await Member.make(name) for name in ("ann", "ben", "cat")]
    relay = await (await ann.to(ben)).seal(LETTER)
    with pytest.raises(SignalingError, match="other-key"):
        await (await cat.to(ann)).open(relay)
    # Nor when the id of the key is made to fit.
    of_cat = await cat.to(ann)
    sealed = base64url.decode(relay.payload)[KEY_ID_BYTES:]
    disguised = base64url.encode(of_cat._key_id + sealed)
    with pytest.raises(WrongSecretError):
        await of_cat.open(replace(relay, payload=disguised))


async def test_letter_stays_shut_when_it_was_sealed_to_an_earlier_page() -> None:
    ann, ben = await Member.make("ann"), await Member.make("ben")
    again = await Member.make("ben", load=1)
    assert again.peer == ben.peer
    relay = await (await ann.to(ben)).seal(LETTER)
    frame = await (await ann.to(ben)).seal_frame(FRAME)
    with pytest.raises(SignalingError, match="other-key"):
        await (await again.to(ann)).open(relay)
    with pytest.raises(WrongSecretError):
        await (await again.to(ann)).open_frame(frame)


async def test_key_is_another_when_the_secret_of_the_link_is_another() -> None:
    other = Invitation(INVITATION.room, bytes(16))
    ann, ben = await Member.make("ann"), await Member.make("ben", other)
    with pytest.raises(WrongSecretError):
        await ann.to(ben)


@pytest.mark.parametrize(
    "change", [{"kind": "answer"}, {"counter": 2}], ids=["kind", "counter"]
)  # fmt: skip
async def test_letter_stays_shut_when_its_clear_part_was_changed(
    change: dict[str, object],
) -> None:
    ann, ben = await pair()
    relay = replace(await ann.seal(LETTER), **change)  # type: ignore[arg-type]
    with pytest.raises(WrongSecretError):
        await ben.open(relay)


async def test_letter_stays_shut_when_any_byte_was_changed() -> None:
    ann, ben = await pair()
    relay = await ann.seal(LETTER)
    sealed = bytearray(base64url.decode(relay.payload))
    for place in range(0, len(sealed), 5):
        sealed[place] ^= 1
        with pytest.raises((WrongSecretError, SignalingError)):
            await ben.open(replace(relay, payload=base64url.encode(sealed)))
        sealed[place] ^= 1
    assert await ben.open(relay) == LETTER


async def test_letter_is_taken_once_and_in_order_when_it_is_played_again() -> None:
    ann, ben = await pair()
    first, second, third = [await ann.seal(LETTER) for _ in range(3)]
    await ben.open(first)
    await ben.open(third)
    for old in (first, second, third):
        with pytest.raises(SignalingError, match="replayed"):
            await ben.open(old)


async def test_letter_is_not_taken_again_when_the_peer_is_met_again() -> None:
    ann, ben = await Member.make("ann"), await Member.make("ben")
    relay = await (await ann.to(ben)).seal(LETTER)
    await (await ben.to(ann)).open(relay)
    with pytest.raises(SignalingError, match="replayed"):
        await (await ben.to(ann)).open(relay)


async def test_letter_stays_shut_when_it_is_sent_back_to_its_sender() -> None:
    ann, _ = await pair()
    with pytest.raises(WrongSecretError):
        await ann.open(await ann.seal(LETTER))


async def test_genuine_letter_is_read_when_a_forged_counter_came_before() -> None:
    ann, ben = await pair()
    relay = await ann.seal(LETTER)
    with pytest.raises(WrongSecretError):
        await ben.open(replace(relay, counter=10**9))
    assert await ben.open(relay) == LETTER


@pytest.mark.parametrize("payload", ["A", "AAAA", "=", "a b", "A" * 39])
async def test_payload_is_refused_when_it_cannot_be_sealed_text(payload: str) -> None:
    _, ben = await pair()
    with pytest.raises(SignalingError, match="bad-payload"):
        await ben.open(Relay("offer", "ann", 1, payload))


@pytest.mark.parametrize(
    "plain",
    [
        b"", b"\xff", b"[]", b'{"kind":"answer","generation":1,"sdp":"x"}',
        b'{"kind":"offer","generation":0,"sdp":"x"}', b'{"kind":"offer","generation":1}',
        b'{"kind":"offer","generation":true,"sdp":"x"}',
        b'{"kind":"offer","generation":1,"candidate":"x"}', b"[" * 5_000,
    ],
)  # fmt: skip
async def test_content_is_refused_when_a_peer_sealed_nonsense(plain: bytes) -> None:
    ann, ben = await pair()
    bound = associated_data(ben.package.peer, ann.package.peer, "offer", 1)
    sealed = await ann._sealer.seal(plain, bound)
    relay = Relay("offer", ben.package.peer, 1, base64url.encode(ann._key_id + sealed))
    with pytest.raises(SignalingError, match="bad-letter"):
        await ben.open(relay)


async def test_frame_is_read_once_when_it_is_played_again() -> None:
    ann, ben = await pair()
    payload = await ann.seal_frame(FRAME)
    assert await ben.open_frame(payload) == FRAME
    with pytest.raises(SignalingError, match="replayed"):
        await ben.open_frame(payload)
    with pytest.raises(SignalingError, match="bad-payload"):
        await ben.open_frame(payload[:20])


async def test_frame_takes_no_more_than_its_counter_and_its_seal_when_it_is_relayed() -> None:
    ann, _ = await pair()
    assert len(await ann.seal_frame(FRAME)) == len(FRAME) + 8 + 12 + 16


async def test_memory_stays_bounded_when_pages_are_invented_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_ring, "MAX_PAGES", 8)
    ann = await Member.make("ann")
    for number in range(20):
        await ann.to(await Member.make("eve", load=number))
    assert len(ann.ring._envelopes) == 8


async def test_rooms_key_is_the_one_of_the_documented_derivation() -> None:
    """HKDF-SHA-256 written out from RFC 5869, so that another implementation can be checked."""
    secret = INVITATION.secret
    extracted = hmac.digest(KEY_SALT, secret, hashlib.sha256)
    key = hmac.digest(extracted, key_info(INVITATION.room) + b"\x01", hashlib.sha256)
    sealer = await PythonCryptography().derive_sealer(secret, KEY_SALT, key_info(INVITATION.room))
    assert (
        await AesGcmSealer(key).unseal(await sealer.seal(b"plain", b"bound"), b"bound") == b"plain"
    )


@given(
    kind=st.sampled_from(("offer", "answer", "ice", "control")),
    generation=st.integers(1, 2**53 - 1),
    body=st.text(),
)
def test_letter_survives_the_round_trip_whatever_it_says(
    kind: RelayKind, generation: int, body: str
) -> None:
    async def there() -> SealedMessage:
        ann, ben = await pair()
        return await ben.open(await ann.seal(SealedMessage(kind, generation, body)))

    assert asyncio.run(there()) == SealedMessage(kind, generation, body)
