"""Sealed letters, with real HKDF and AES-GCM."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sealer import AesGcmSealer, derive_sealer

from persona_core.call.sealing import (
    KEY_SALT,
    MAX_REMEMBERED_PEERS,
    Envelope,
    Letter,
    associated_data,
    key_info,
)
from persona_core.call.signaling import PAYLOAD_PATTERN, Relay, RelayKind
from persona_core.errors import SignalingError, WrongSecretError

SECRET = bytes(range(16))
ROOM = "test-room"
LETTER = Letter("offer", 1, "v=0\r\n가")

pytestmark = pytest.mark.asyncio


async def envelope(me: str, *, secret: bytes = SECRET, room: str = ROOM) -> Envelope:
    return Envelope(await derive_sealer(secret, KEY_SALT, key_info(room)), room, me)


async def seal_one(letter: Letter = LETTER) -> Relay:
    """A message as the server hands it on: the address is the sender's."""
    relay = await (await envelope("ann")).seal("ben", letter)
    return replace(relay, peer="ann")


async def test_letter_is_read_by_its_addressee_when_both_share_the_secret() -> None:
    relay = await seal_one()
    assert PAYLOAD_PATTERN.fullmatch(relay.payload)
    assert await (await envelope("ben")).open(relay) == LETTER


@pytest.mark.parametrize(
    "reader",
    [{"secret": bytes(16)}, {"room": "other-room"}, {"me": "cat"}],
    ids=["another secret", "another room", "another addressee"],
)
async def test_letter_stays_shut_when_the_reader_is_not_the_one_meant(
    reader: dict[str, object],
) -> None:
    relay = await seal_one()
    other = await envelope(**{"me": "ben", **reader})  # type: ignore[arg-type]
    with pytest.raises(WrongSecretError):
        await other.open(relay)


@pytest.mark.parametrize(
    "change",
    [{"kind": "answer"}, {"peer": "cat"}, {"counter": 2}],
    ids=["kind", "sender", "counter"],
)
async def test_letter_stays_shut_when_its_clear_part_was_changed(
    change: dict[str, object],
) -> None:
    relay = replace(await seal_one(), **change)  # type: ignore[arg-type]
    with pytest.raises(WrongSecretError):
        await (await envelope("ben")).open(relay)


async def test_letter_stays_shut_when_any_byte_was_changed() -> None:
    relay = await seal_one()
    sealed = bytearray(base64.urlsafe_b64decode(relay.payload + "=" * (-len(relay.payload) % 4)))
    for place in range(0, len(sealed), 7):
        sealed[place] ^= 1
        text = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        with pytest.raises(WrongSecretError):
            await (await envelope("ben")).open(replace(relay, payload=text))
        sealed[place] ^= 1


async def test_letter_is_taken_once_and_in_order_when_it_is_played_again() -> None:
    ann, ben = await envelope("ann"), await envelope("ben")
    first, second, third = [replace(await ann.seal("ben", LETTER), peer="ann") for _ in range(3)]
    await ben.open(first)
    await ben.open(third)
    for old in (first, second, third):
        with pytest.raises(SignalingError, match="replayed"):
            await ben.open(old)


async def test_letter_stays_shut_when_it_is_sent_back_to_its_sender() -> None:
    ann = await envelope("ann")
    relay = await ann.seal("ben", LETTER)
    with pytest.raises(WrongSecretError):
        await ann.open(replace(relay, peer="ben"))


async def test_genuine_letter_is_read_when_a_forged_counter_came_before() -> None:
    ben = await envelope("ben")
    relay = await seal_one()
    with pytest.raises(WrongSecretError):
        await ben.open(replace(relay, counter=10**9))
    assert await ben.open(relay) == LETTER


@pytest.mark.parametrize("payload", ["A", "AAAA", "=", "a b", "A" * 39])
async def test_payload_is_refused_when_it_cannot_be_sealed_text(payload: str) -> None:
    with pytest.raises((SignalingError, WrongSecretError)):
        await (await envelope("ben")).open(Relay("offer", "ann", 1, payload))


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
    sealer = await derive_sealer(SECRET, KEY_SALT, key_info(ROOM))
    sealed = await sealer.seal(plain, associated_data(ROOM, "ann", "ben", "offer", 1))
    text = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    with pytest.raises(SignalingError, match="bad-letter"):
        await (await envelope("ben")).open(Relay("offer", "ann", 1, text))


async def test_memory_stays_bounded_when_peers_are_invented_without_end() -> None:
    ann = await envelope("ann")
    for number in range(MAX_REMEMBERED_PEERS + 50):
        await ann.seal(f"peer-{number}", LETTER)
    assert len(ann._sent) == MAX_REMEMBERED_PEERS


async def test_key_is_the_one_of_the_documented_derivation() -> None:
    """HKDF-SHA-256 written out from RFC 5869, so that another implementation can be checked."""
    import hashlib
    import hmac

    extracted = hmac.digest(KEY_SALT, SECRET, hashlib.sha256)
    key = hmac.digest(extracted, key_info(ROOM) + b"\x01", hashlib.sha256)
    relay = await seal_one()
    by_hand = Envelope(AesGcmSealer(key), ROOM, "ben")
    assert await by_hand.open(relay) == LETTER


@given(
    kind=st.sampled_from(("offer", "answer", "ice")),
    generation=st.integers(1, 2**53 - 1),
    body=st.text(),
)
async def test_letter_survives_the_round_trip_whatever_it_says(
    kind: RelayKind, generation: int, body: str
) -> None:
    letter = Letter(kind, generation, body)
    assert Letter.from_bytes(kind, letter.to_bytes()) == letter
