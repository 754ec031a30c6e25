"""Who we are in a room, over reloads."""

from __future__ import annotations

import secrets

import pytest

from persona_core.call.identity import (
    KEY,
    Identity,
    forget_identity,
    keep_identity,
    kept_identity,
)
from persona_core.call.invitation import Invitation
from persona_core.call.signaling import PEER_PATTERN, TOKEN_PATTERN


class DictStorage(dict[str, str]):
    """A store that forgets nothing."""

    def set(self, key: str, value: str) -> bool:
        self[key] = value
        return True

    def remove(self, key: str) -> None:
        self.pop(key, None)


HERE = Invitation("here", bytes(16))
ELSEWHERE = [Invitation("there", bytes(16)), Invitation("here", bytes(range(16)))]


def test_identity_is_made_of_valid_words_and_never_shown_in_logs() -> None:
    identity = Identity.create(secrets.token_bytes)
    assert PEER_PATTERN.fullmatch(identity.peer)
    assert TOKEN_PATTERN.fullmatch(identity.token)
    assert identity.token not in repr(identity)


def test_identity_comes_back_in_its_room_only_until_it_is_forgotten() -> None:
    store, identity = DictStorage(), Identity.create(secrets.token_bytes)
    assert kept_identity(store, HERE) is None
    keep_identity(store, HERE, identity)
    assert kept_identity(store, HERE) == identity
    assert [kept_identity(store, other) for other in ELSEWHERE] == [None, None]
    forget_identity(store)
    assert kept_identity(store, HERE) is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "5", '"x"', '{"room":"x"}',
     '{"room":"x","peer":"a b","token":"x"}', '{"room":"x","peer":5,"token":[]}'],
)  # fmt: skip
def test_identity_is_made_anew_when_what_was_kept_is_damaged(text: str) -> None:
    assert kept_identity(DictStorage({KEY: text}), HERE) is None
