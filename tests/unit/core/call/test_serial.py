"""Asynchronous work in order."""

from __future__ import annotations

import asyncio
import logging

import pytest

from persona_core.base.serial import SerialWorker

pytestmark = pytest.mark.asyncio


async def test_items_keep_their_order_when_earlier_work_takes_longer() -> None:
    done: list[int] = []
    finished = asyncio.Event()

    async def work(item: int) -> None:
        for _ in range(10 - item):
            await asyncio.sleep(0)
        done.append(item)
        if item == 9:
            finished.set()

    worker = SerialWorker(work, 16)
    assert all(worker.put(item) for item in range(10))
    await asyncio.wait_for(finished.wait(), 10)
    worker.close()
    assert done == list(range(10))


async def test_work_goes_on_when_one_item_fails(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    finished = asyncio.Event()

    async def work(item: int) -> None:
        if item == 0:
            raise ValueError("no")
        done.append(item)
        finished.set()

    worker = SerialWorker(work, 4)
    with caplog.at_level(logging.ERROR):
        worker.put(0)
        worker.put(1)
        await asyncio.wait_for(finished.wait(), 10)
    worker.close()
    assert done == [1]
    assert "work on int failed" in caplog.text


async def test_item_is_refused_and_counted_when_too_many_wait_or_it_is_closed() -> None:
    async def work(item: int) -> None:
        await asyncio.Event().wait()

    worker = SerialWorker(work, 2)
    assert [worker.put(item) for item in range(3)] == [True, True, False]
    worker.close()
    assert not worker.put(4)
    assert worker.refused == 2
