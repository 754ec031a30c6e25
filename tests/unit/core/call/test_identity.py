"""Who we are in a room, over reloads, and what proves it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace

import pytest
from tests.support.storage import DictStorage

from persona_core.call.invitation import Invitation
from persona_core.call.keys.identity import (
    KEY,
    Identity,
    forget_identity,
    is_proven,
    keep_identity,
    keeps_identity,
    kept_identity,
)
from persona_core.wire import base64url
from persona_core.wire.signaling import (
    CLAIM_PATTERN,
    PEER_PATTERN,
    PROTOCOL_VERSION,
    TOKEN_PATTERN,
    Join,
)

HERE = Invitation("here", bytes(16))
ELSEWHERE = [Invitation("there", bytes(16)), Invitation("here", bytes(range(16)))]
SIGNING_KEY = bytes(range(65))


def join_of(identity: Identity) -> Join:
    return Join(
        PROTOCOL_VERSION, "room", identity.peer, identity.token, identity.claim, "keys", "a-life"
    )


def test_identity_is_made_of_valid_words_and_never_shown_in_logs() -> None:
    identity = Identity.create(SIGNING_KEY, secrets.token_bytes)
    assert PEER_PATTERN.fullmatch(identity.peer)
    assert len(identity.peer) == 24  # it goes with every relayed frame
    assert TOKEN_PATTERN.fullmatch(identity.token)
    assert CLAIM_PATTERN.fullmatch(identity.claim)
    assert identity.token not in repr(identity)
    assert identity.token not in repr(join_of(identity))


def test_peer_id_is_the_one_of_the_documented_derivation() -> None:
    def text(data: bytes) -> bytes:
        return base64url.encode(data).encode()

    identity = Identity.of(SIGNING_KEY, "t" * 22)
    digest = hashlib.sha256(b"t" * 22).digest()
    claim = text(hashlib.sha256(b"VirtualPersona claim" + SIGNING_KEY + digest).digest())
    hashed = hashlib.sha256(b"VirtualPersona peer" + claim + digest).digest()
    assert identity.claim.encode() == claim
    assert identity.peer.encode() == text(hashed[:18])


def test_identity_comes_back_in_its_room_only_until_it_is_forgotten() -> None:
    store, identity = DictStorage(), Identity.create(SIGNING_KEY, secrets.token_bytes)
    assert kept_identity(store, HERE, SIGNING_KEY) is None
    keep_identity(store, HERE, identity)
    assert kept_identity(store, HERE, SIGNING_KEY) == identity
    assert keeps_identity(store, HERE)
    assert [kept_identity(store, other, SIGNING_KEY) for other in ELSEWHERE] == [None, None]
    forget_identity(store)
    assert kept_identity(store, HERE, SIGNING_KEY) is None
    assert not keeps_identity(store, HERE)


def test_identity_is_another_when_the_device_has_another_signing_key() -> None:
    store, identity = DictStorage(), Identity.create(SIGNING_KEY, secrets.token_bytes)
    keep_identity(store, HERE, identity)
    again = kept_identity(store, HERE, bytes(65))
    assert again is not None
    assert again.peer != identity.peer
    assert is_proven(join_of(again))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "5", '"x"', '{"room":"x"}',
     '{"room":"x","token":"a b"}', '{"room":"x","token":[]}'],
)  # fmt: skip
def test_identity_is_made_anew_when_what_was_kept_is_damaged(text: str) -> None:
    assert kept_identity(DictStorage({KEY: text}), HERE, SIGNING_KEY) is None


def test_join_is_proven_only_when_claim_and_token_are_those_of_the_peer_id() -> None:
    own, other = (Identity.create(SIGNING_KEY, secrets.token_bytes) for _ in range(2))
    join = join_of(own)
    assert is_proven(join)
    for change in (
        {"peer": other.peer},
        {"token": other.token},
        {"claim": other.claim},
        {"claim": other.claim, "token": other.token},
        {"claim": ""},
        {"key_package": ""},
        {"life": ""},
    ):
        assert not is_proven(replace(join, **change)), change
