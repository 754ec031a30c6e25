"""Calls on machines whose main thread takes seconds for every description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage

from persona_core.call.peer.peer_machine import DEADLINE_MS, NEGOTIATION_MS
from persona_core.wire.signaling import Relay

RESUME_MS = 10_000.0
AWAY_MS = 4_000.0
MEETING_MS = 30_000.0
SWIFT_MS = 2.0
SLOW_MS = 3_500.0
"""Of a machine on which two browsers share one weak core."""


@asynccontextmanager
async def peer_list(size: int) -> AsyncIterator[tuple[Stage, list[Page], Page]]:
    """People in a call, and one more whose page has just begun to be loaded anew."""
    stage = Stage(room_size=size + 1)
    stage.server.resume_ms = RESUME_MS
    pages = [stage.page(f"page {number}") for number in range(size)]
    leaving = stage.page("leaving")
    await stage.connect(*pages, leaving)
    leaving.engine.leave(returning=True)
    await stage.time.run(AWAY_MS)
    yield stage, pages, leaving
    for page in stage.pages:
        page.engine.leave()
    await stage.time.run(100.0)


@pytest.mark.parametrize("relays", [False, True], ids=["direct only", "relaying"])
@pytest.mark.parametrize("work_ms", [SWIFT_MS, 1_200.0, 2_000.0, SLOW_MS])
@pytest.mark.parametrize("size", [2, 3])
async def test_reloaded_page_meets_everybody_in_time_when_every_machine_is_slow(
    size: int, work_ms: float, relays: bool
) -> None:
    async with peer_list(size) as (stage, pages, leaving):
        if relays:
            stage.server.limits = RELAYING
        stage.peers.work_ms = work_ms
        made = len(stage.peers.transports)
        returning = stage.page(f"{leaving.name} returning")
        returning.engine.join(INVITATION, leaving.engine.identity)
        await stage.until_good(*pages, returning, patience_ms=MEETING_MS)
        assert len(stage.peers.transports) - made == 2 * size, "each connection was made once"


async def test_large_company_is_met_in_the_end_when_every_machine_is_slow() -> None:
    async with peer_list(7) as (stage, pages, leaving):
        stage.peers.work_ms = SLOW_MS
        returning = stage.page(f"{leaving.name} returning")
        returning.engine.join(INVITATION, leaving.engine.identity)
        await stage.until_good(*pages, returning, patience_ms=180_000.0)


class Unanswered:
    """Drops every answer, so that a negotiation stands still; counts the offers."""

    def __init__(self, stage: Stage) -> None:
        self.offers = 0
        stage.server.tamper = self._tamper

    def _tamper(self, relay: Relay) -> Relay | None:
        self.offers += relay.kind == "offer"
        return relay if relay.kind == "offer" else None


async def test_connection_is_made_anew_when_its_negotiation_stands_still(stage: Stage) -> None:
    unanswered = Unanswered(stage)
    for name in ("ann", "ben"):
        stage.page(name).engine.join(INVITATION)
        await stage.time.run(50.0)
    await stage.time.run(DEADLINE_MS - 1_000.0)
    assert unanswered.offers == 1
    await stage.time.run(2_000.0)
    assert unanswered.offers >= 2


async def test_connection_is_made_anew_when_its_negotiation_moves_on_without_an_end(
    stage: Stage,
) -> None:
    unanswered = Unanswered(stage)
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await stage.time.run(50.0)

    async def move_on(duration_ms: float) -> None:
        for _ in range(round(duration_ms / 1_000.0)):
            for page in (ann, ben):
                page.connections[0].direct.on_candidate('{"fragment": 1, "candidate": "more"}')
            await stage.time.run(1_000.0)

    await move_on(NEGOTIATION_MS - 2_000.0)
    assert unanswered.offers == 1
    await move_on(3_000.0)
    assert unanswered.offers >= 2


async def test_peer_that_draws_out_its_negotiation_delays_no_other_connection(
    roomy_stage: Stage,
) -> None:
    stage = roomy_stage
    hostile, friend = stage.page("hostile"), stage.page("friend")
    victim = stage.page("victim")
    for page in (hostile, friend, victim):
        page.engine.join(INVITATION)
        await stage.time.run(10.0)
    stage.server.tamper = lambda relay: None
    await stage.time.run(100.0)
    connections = {connection.remote.peer_id: connection for connection in victim.connections}
    for _ in range(round(DEADLINE_MS / 1_000.0) + 2):
        connections[hostile.peer_id].on_path_progress()
        await stage.time.run(1_000.0)
    assert connections[hostile.peer_id].machine.generation == 1
    assert connections[friend.peer_id].machine.generation == 2
