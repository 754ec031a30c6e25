"""Five-minute calls with all kinds of trouble, in a fraction of a second each."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator

import pytest
from tests.support.call_script import (
    LENGTH_MS,
    ONE_PROCESS,
    QUIET_MS,
    RECOVERY_MS,
    STEADY_MS,
    FlowWatch,
    make_script,
)
from tests.support.device import SwiftTime
from tests.support.keys import PythonCryptography
from tests.support.memory_peers import MemoryPeers
from tests.support.memory_signaling import RELAYING, MemoryServer
from tests.support.rough_calls import play_rooms
from tests.support.scripted_call import ScriptedCall

from persona_core.base import backoff
from persona_core.call.ports import CallPorts

LOOK_MS = 100.0
RATE = 4.0  # faces a second: enough to see a way that is shut
CALLS = [*((seed, 2) for seed in range(16)), *((seed, 3) for seed in range(4))]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hours of calls with trouble log more than anybody reads."""
    logger = logging.getLogger("persona_core")
    before = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(before)


@pytest.mark.parametrize(("seed", "people"), CALLS)
async def test_call_has_no_fault_when_its_network_server_pages_and_devices_have_some(
    seed: int, people: int
) -> None:
    verdict = await ScriptedCall(seed, people, rate=RATE).play()
    assert verdict.faults == []
    assert verdict.longest_ms <= STEADY_MS
    assert max(verdict.recoveries_ms) <= RECOVERY_MS


async def test_call_has_a_fault_when_connections_are_not_repaired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff, "DELAYS_MS", (30_000.0,))
    verdict = await ScriptedCall(0, rate=RATE).play()
    assert verdict.faults


def test_script_is_the_same_for_the_same_seed_and_has_everything_in_some() -> None:
    assert make_script(5, 2) == make_script(5, 2) != make_script(6, 2)
    scripts = [make_script(seed, people) for seed, people in CALLS]
    assert {happening.kind for script in scripts for happening in script} == set(ONE_PROCESS)
    assert min(map(len, scripts)) >= 10
    for script in scripts:
        assert all(h.at_ms <= h.until_ms <= LENGTH_MS - QUIET_MS for h in script)


def watch(pattern: str, *, disturbed_at: int | None = None) -> FlowWatch:
    """Looks at a way ten times a second: ``f`` a face, ``-`` none, ``x`` the way is shut,
    ``s`` no face, and no server to repair anything."""
    watched, frames = FlowWatch(), 0
    for number, sign in enumerate(pattern):
        frames += sign == "f"
        if number == disturbed_at:
            watched.disturb()
        watched.look(number * LOOK_MS, frames, is_open=sign != "x", can_repair=sign != "s")
    return watched


def test_watch_finds_no_fault_when_faces_come_or_cannot_come() -> None:
    for pattern in ("f" * 100, "f" * 30 + "x" * 900 + "f" * 30, "fff-" * 40):
        assert watch(pattern).faults == []


def test_watch_finds_a_fault_when_faces_stay_away_without_a_reason() -> None:
    still = watch("f" * 50 + "-" * 30 + "f" * 50)
    assert len(still.faults) == 1
    assert still.longest_ms == 3_100.0


def test_watch_measures_the_recovery_until_faces_come_steadily() -> None:
    recovered = watch("f" * 50 + "x" * 20 + "-" * 40 + "f" + "-" * 30 + "f" * 50)
    assert recovered.faults == []
    assert recovered.recoveries_ms[-1] == 7_200.0


@pytest.mark.parametrize("pattern", ["-" * 200, ("f" + "-" * 30) * 7 + "f" * 50])
def test_watch_finds_a_fault_when_faces_do_not_recover_in_time(pattern: str) -> None:
    assert len(watch("f" * 50 + "x" + pattern).faults) >= 1


def test_watch_waits_for_the_server_when_only_a_broken_way_needs_it() -> None:
    broken = "f" * 50 + "x" * 10 + "s" * 400 + "-" * 20 + "f" * 50
    assert watch(broken).faults == []
    assert len(watch("f" * 50 + "s" * 400 + "f" * 50).faults) == 1


def test_watch_grants_a_recovery_when_it_is_told_of_a_disturbance() -> None:
    pattern = "f" * 50 + "-" * 60 + "f" * 50
    assert len(watch(pattern).faults) == 1
    assert watch(pattern, disturbed_at=50).faults == []


async def test_rooms_of_the_real_time_calls_have_no_fault_when_they_are_played_in_memory() -> None:
    time = SwiftTime()
    server, chance = MemoryServer(time), random.Random(1)
    server.resume_ms = 10_000.0
    server.limits = RELAYING
    ports = CallPorts(
        sockets=server,
        peers=MemoryPeers(time),
        crypto=PythonCryptography(chance.randbytes),
        clock=time,
        scheduler=time,
        token_bytes=chance.randbytes,
        random=chance.random,
    )
    playing = asyncio.create_task(play_rooms(ports, "ws://signaling", 2, 300.0))
    await time.run(320_000.0)
    verdicts = await playing
    assert [verdict.faults for verdict in verdicts] == [[], []]
    assert all(len(verdict.recoveries_ms) > 2 for verdict in verdicts)
