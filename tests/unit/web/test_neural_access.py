"""The way to neural models: nothing is opened before somebody wants one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.support.storage import DictStorage

from persona_web.neural.neural_access import MODEL_KEY, ModelChoice, NeuralAccess


class FakeStatus:
    problem: str | None = None


class FakeHost:
    """A host that resumes at once, or fails with ``problem``."""

    def __init__(self) -> None:
        self.is_idle = True
        self.status = FakeStatus()
        self.resumed: list[str] = []
        self.problem: str | None = None

    async def resume(self, name: str) -> None:
        self.resumed.append(name)
        self.status.problem = self.problem

    def report(self) -> dict[str, Any]:
        return {"state": "none"}


class Gate:
    """An access with everything around it."""

    def __init__(self, name: str | None = "lite") -> None:
        self.host = FakeHost()
        self.opened = 0
        self.fault: Exception | None = None
        self.told: list[str] = []
        self.choice = ModelChoice(DictStorage({} if name is None else {MODEL_KEY: name}))
        self.access = NeuralAccess(self._open, self.choice, self.told.append)

    async def _open(self, choice: ModelChoice) -> Any:
        assert choice is self.choice
        await asyncio.sleep(0)
        self.opened += 1
        if self.fault is not None:
            raise self.fault
        return self.host

    async def steps(self, wanted: bool, count: int = 5) -> None:
        for _ in range(count):
            self.access.step(wanted)
            await asyncio.sleep(0)


async def test_access_opens_nothing_when_no_model_was_chosen_or_nobody_is_to_be_drawn() -> None:
    newcomer, undrawn = Gate(None), Gate()
    await newcomer.steps(wanted=True)
    await undrawn.steps(wanted=False)
    assert newcomer.opened == undrawn.opened == 0
    assert undrawn.access.report() == {"state": "unopened"}


async def test_access_brings_the_last_model_back_once_when_there_is_somebody_to_draw() -> None:
    gate = Gate()
    heard: list[Any] = []
    gate.access.on_open(heard.append)
    await gate.steps(wanted=True, count=10)
    assert gate.host.resumed == ["lite"]
    assert gate.opened == 1
    assert heard == [gate.host]
    assert gate.told == []
    assert gate.access.report() == {"state": "none"}


async def test_access_opens_one_host_when_several_ask() -> None:
    gate = Gate()
    hosts = await asyncio.gather(gate.access.open(), gate.access.open())
    assert hosts == [gate.host, gate.host]
    assert gate.opened == 1


async def test_access_leaves_the_host_alone_when_the_person_was_faster() -> None:
    gate = Gate()
    gate.host.is_idle = False
    await gate.steps(wanted=True)
    assert gate.host.resumed == []


@pytest.mark.parametrize("problem", ["model-not-here", None])
async def test_access_says_why_when_the_last_model_cannot_be_had(problem: str | None) -> None:
    gate = Gate()
    gate.host.problem = problem
    gate.fault = None if problem else RuntimeError("no such file")
    await gate.steps(wanted=True)
    assert gate.told == [f"error.{problem or 'model-failed'}"]


async def test_access_tries_to_open_again_when_it_failed_before() -> None:
    gate = Gate()
    gate.fault = RuntimeError("no such file")
    with pytest.raises(RuntimeError):
        await gate.access.open()
    gate.fault = None
    assert await gate.access.open() is gate.host


def test_choice_is_kept_until_it_is_forgotten() -> None:
    choice = ModelChoice(DictStorage())
    choice.keep("lite")
    assert choice.name == "lite"
    choice.forget()
    assert choice.name is None
    assert ModelChoice().name is None
