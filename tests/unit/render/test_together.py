"""Jobs of several threads in batches: everybody gets their own result, or their own error."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_render.engines.together import Together

PATIENCE = 30.0


def negated(numbers: Sequence[int]) -> list[int]:
    """Fails where a job is none."""
    if 13 in numbers:
        raise ValueError(f"13 of {len(numbers)}")
    return [-number for number in numbers]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.integers(1, 5))
def test_everybody_gets_their_own_result_or_error_when_many_threads_ask(
    numbers: list[int], most: int
) -> None:
    sizes: list[int] = []

    def work(jobs: Sequence[int]) -> list[int]:
        sizes.append(len(jobs))
        return negated(jobs)

    together = Together(work, most)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(together.do, number) for number in numbers]
        for number, future in zip(numbers, asked, strict=True):
            if number == 13:
                with pytest.raises(ValueError, match="13 of 1"):
                    future.result(PATIENCE)
            else:
                assert future.result(PATIENCE) == -number
    assert max(sizes) <= most
    assert not together._waiting


def test_those_who_wait_are_the_next_batch_when_one_is_being_done() -> None:
    begun, may_end, batches = Event(), Event(), []

    def work(jobs: Sequence[int]) -> list[int]:
        batches.append(list(jobs))
        begun.set()
        assert may_end.wait(PATIENCE)
        return negated(jobs)

    together = Together(work, 3)
    with ThreadPoolExecutor(6) as pool:
        asked: list[Future[int]] = [pool.submit(together.do, 0)]
        assert begun.wait(PATIENCE)
        for number in range(1, 6):
            asked.append(pool.submit(together.do, number))
            while len(together._waiting) < number:
                time.sleep(0.001)
        may_end.set()
        assert [each.result(PATIENCE) for each in asked] == [0, -1, -2, -3, -4, -5]
    assert batches == [[0], [1, 2, 3], [4, 5]]
