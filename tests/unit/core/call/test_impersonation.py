"""No page ever shows a face under another's name, whatever a member and the server do together."""

from __future__ import annotations

import os

import pytest
from tests.support import adversary

from persona_core.call.keys import key_ring
from persona_core.call.keys.key_package import KeyPackage, open_key_package
from persona_core.call.ports import Sealer, Verify
from persona_core.errors import SignalingError

SOAK = os.environ.get("VP_SOAK") == "1"
SEEDS = range(24 if SOAK else 4)
STEPS = 5_000 if SOAK else 1_500


@pytest.mark.parametrize("seed", SEEDS)
async def test_face_is_never_shown_under_another_name_whatever_a_member_and_the_server_do(
    seed: int,
) -> None:
    world = await adversary.play(seed, STEPS)
    assert world.wrong == set()
    assert world.shown > STEPS / 4, "hardly anybody was seen at all"


async def test_schedule_finds_the_impostor_when_nobody_checks_whose_keys_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def believe(
        sealer: Sealer, verify: Verify, room: str, peer: str, life: str, text: str
    ) -> KeyPackage:
        async def always(*_: bytes) -> bool:
            return True

        monkeypatch.setattr("persona_core.call.keys.key_package.make_peer_id", lambda *_: peer)
        try:
            return await open_key_package(sealer, always, room, peer, life, text)
        except SignalingError:
            raise AssertionError("what remains to be checked is the seal") from None

    monkeypatch.setattr(key_ring, "open_key_package", believe)
    found = [world.wrong for seed in range(6) if (world := await adversary.play(seed, STEPS)).wrong]
    assert found
