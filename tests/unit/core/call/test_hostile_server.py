"""A signaling server that tries to sit in the middle: it swaps fingerprints, or tries to."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support.pages import INVITATION, Page
from tests.support.sealer import derive_sealer
from tests.support.stage import Stage, face

from persona_core.call.keys.envelope import Envelope
from persona_core.call.keys.identity import Identity
from persona_core.call.keys.key_package import KeyPackage
from persona_core.call.keys.verification import Verification
from persona_core.call.notices import NoticeCode
from persona_core.call.status import Phase
from persona_core.wire import base64url
from persona_core.wire.sealing import KEY_ID_BYTES, KEY_SALT, SealedMessage
from persona_core.wire.signaling import Relay

NOBODY = Verification("", "", b"", b"")
ATTACKER = 999  # its transport's identity, in the place of a DTLS fingerprint


def run_now(awaitable: object) -> Relay:
    """What an awaitable that waits for nothing comes to."""
    try:
        awaitable.send(None)  # type: ignore[attr-defined]
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")


async def swapping_server(stage: Stage) -> Callable[[Relay], Relay | None]:
    """Puts its own fingerprint into every description, as well as one can without the key."""
    guessed = await derive_sealer(b"a guess at it :)", KEY_SALT, b"and at its info")
    sdp = json.dumps({"identity": ATTACKER, "fragment": 1, "audio": False})

    def swap(relay: Relay) -> Relay:
        if relay.kind == "ice":
            return relay
        # The seal binds both and the counter, so the attacker writes in the sender's name; the
        # key's id travels in clear.
        key_id = base64url.decode(relay.payload)[:KEY_ID_BYTES]
        [receiver] = {page.peer_id for page in stage.pages} - {relay.peer}
        envelope = Envelope(guessed, key_id, relay.peer, KeyPackage(receiver, "", b"", b""), NOBODY)
        envelope._sent[""] = relay.counter - 1
        forged = run_now(envelope.seal(SealedMessage(relay.kind, 1, sdp)))
        return replace(forged, peer=relay.peer, counter=relay.counter)

    return swap


def flip_a_bit(relay: Relay) -> Relay:
    letter = relay.payload[40]
    return replace(relay, payload=relay.payload[:40] + ("A" if letter != "A" else "B")
                   + relay.payload[41:])  # fmt: skip


async def test_nobody_is_connected_and_both_are_told_when_fingerprints_are_swapped_from_the_start(
    stage: Stage,
) -> None:
    stage.server.tamper = await swapping_server(stage)
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await stage.time.run(100.0)
    await stage.time.run(20_000.0)
    assert set(ann.codes) | set(ben.codes) == {NoticeCode.SIGNALING_TAMPERED}
    assert [page.engine.status.phase for page in (ann, ben)] == [Phase.INSIDE] * 2
    assert ATTACKER not in [transport._remote for transport in stage.peers.transports.values()]
    assert not any(transport.state == "connected" for transport in stage.peers.open_transports)


@pytest.mark.parametrize("attack", ["swap", "flip"])
async def test_call_goes_on_and_the_forgery_is_named_when_the_server_turns_hostile_in_between(
    stage: Stage, attack: str
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    swap = await swapping_server(stage)
    stage.server.tamper = swap if attack == "swap" else flip_a_bit
    ann.engine.network_changed()
    await stage.time.run(3_000.0)
    assert ben.codes == [NoticeCode.SIGNALING_TAMPERED]
    assert stage.all_good(ann, ben)
    assert ATTACKER not in [transport._remote for transport in stage.peers.transports.values()]
    stage.server.tamper = lambda relay: relay
    frames = ben.engine.remotes[0].stats.frames
    await stage.send(ann, 1.0)
    await stage.time.run(100.0)
    assert ben.engine.remotes[0].stats.frames > frames + 25


async def test_call_comes_up_when_the_server_only_drops_or_repeats_mail_now_and_then(
    stage: Stage,
) -> None:
    count = 0

    def drop_some(relay: Relay) -> Relay | None:
        nonlocal count
        count += 1
        return None if count % 5 == 0 else relay

    stage.server.tamper = drop_some
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await stage.time.run(100.0)
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    assert ann.notices == ben.notices == []


async def intrude(stage: Stage, victim: Page) -> Page:
    """A member's page that passes for the victim before a server that looks away."""
    assert victim.engine.identity is not None
    stage.server.asks_for_proof = False
    eve = stage.page("eve")
    eve.engine.set_avatar({"who": "eve"})
    own = eve.engine._ports.crypto.signer.public
    stolen = replace(Identity.create(own, random.Random(1).randbytes), peer=victim.peer_id)
    eve.engine.join(INVITATION, stolen)
    return eve


@pytest.mark.parametrize("where", ["there", "without a socket"])
async def test_members_show_nobody_else_when_another_one_takes_the_id_of_a_peer(
    roomy_stage: Stage, where: str
) -> None:
    stage = roomy_stage
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.set_avatar({"who": "ann"})
    ann.engine.set_portrait(b"ann's portrait")
    await stage.connect(ann, ben)
    await stage.time.run(500.0)
    if where == "without a socket":
        ann.signaling.abandon()
        await stage.time.run(1_000.0)
    eve = await intrude(stage, ann)
    for _ in range(60):
        ann.engine.send_params(face(1_000.0))
        eve.engine.send_params(face(90_000.0))
        await stage.time.run(33.0)
    await stage.time.run(20_000.0)
    [of_ann] = [remote for remote in ben.engine.remotes if remote.peer_id == ann.peer_id]
    assert of_ann.avatar == {"who": "ann"}
    assert of_ann.path == "direct"
    assert of_ann.stats.frames == 60
    shown = of_ann.sample(ben.clock.now_ms())
    assert shown is not None
    assert shown.time_ms < 90_000.0
    assert eve.engine.remotes == () or {r.stats.frames for r in eve.engine.remotes} == {0}
    assert NoticeCode.SIGNALING_TAMPERED in ben.codes
