"""A full room with troubles: some minutes in every run, a whole day where VP_SOAK asks for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from statistics import median

import pytest
from tests.support.day_call import APART_MS, HOUR_MS, PEOPLE, DayCall

MINUTES_MS = 300_000.0
BUSY_MS = (1_000.0, 15_000.0)
SOAK = os.environ.get("VP_SOAK") == "1"
HOURS = int(os.environ.get("VP_SOAK_HOURS", "24"))
TRACED_HOURS = 4
SEED = int(os.environ.get("VP_SOAK_SEED", "7"))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A day of calls with trouble logs more than anybody reads."""
    logger = logging.getLogger("persona_core")
    before = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(before)


async def test_nobody_stays_apart_when_a_full_room_has_some_minutes_of_troubles() -> None:
    day = await DayCall(1, MINUTES_MS, census_ms=MINUTES_MS / 4.0, pause_ms=BUSY_MS).play_day()
    assert day.faults == []
    assert day.events > 15
    assert day.longest_apart_ms <= APART_MS
    assert max(census.connections for census in day.censuses) <= PEOPLE * (PEOPLE - 1)


@pytest.mark.skipif(not SOAK, reason="a day takes its time: VP_SOAK=1")
async def test_nobody_stays_apart_and_nothing_piles_up_when_a_full_room_has_troubles_all_day() -> (
    None
):
    day = await DayCall(SEED, HOURS * HOUR_MS, traced_ms=TRACED_HOURS * HOUR_MS).play_day()
    for census in day.censuses:
        print(census)  # noqa: T201
    print(day.events, "events, longest apart", day.longest_apart_ms, "ms")  # noqa: T201
    assert day.faults == []
    first, last = day.censuses[2:8], day.censuses[-6:]
    for name in ("connections", "timers", "remembered", "transports"):
        before, after = (median(getattr(census, name) for census in part) for part in (first, last))
        assert after <= 1.2 * before + 20, name
    # What was there before tracing began is not traced: the first count only shows that it goes.
    traced = [census.traced for census in day.censuses[1 - TRACED_HOURS :]]
    assert min(traced[-2:]) <= 1.02 * traced[0] + 200_000
