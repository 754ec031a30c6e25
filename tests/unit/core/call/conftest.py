"""The stages on which whole calls are played in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.support.stage import Stage


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    for page in made.pages:
        page.engine.leave()
    await made.time.run(100.0)


@pytest_asyncio.fixture
async def roomy_stage() -> AsyncIterator[Stage]:
    made = Stage(room_size=3)
    yield made
    for page in made.pages:
        page.engine.leave()
    await made.time.run(100.0)
