"""Jobs that several threads bring, done together where they wait for one another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class Together(Generic[Job, Result]):
    """One batch after the other, each of what has come while the last one was done; nobody is
    waited for.

    Args:
        work: does several jobs at once, and gives their results in the same order.
        most: jobs in one batch.
    """

    def __init__(self, work: Callable[[Sequence[Job]], Sequence[Result]], most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[tuple[Job, Future[Result]]] = deque()
        self._turn = Lock()

    def do(self, job: Job) -> Result:
        """What a job gives. The thread that brings it may do the others' along.

        Raises:
            Exception: what the work raises when this job is alone.
        """
        mine: Future[Result] = Future()
        self._waiting.append((job, mine))
        with self._turn:
            while not mine.done():
                count = min(self._most, len(self._waiting))
                self._serve([self._waiting.popleft() for _ in range(count)])
        return mine.result()

    def _serve(self, batch: list[tuple[Job, Future[Result]]]) -> None:
        """Each job gets its result, or what it raised: one that fails ends no other's."""
        try:
            results = self._work([job for job, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for each in batch:
                self._serve([each])
            return
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
