"""Getting to know a peer's pages, which may change faster than they are introduced."""

from __future__ import annotations

import asyncio

import pytest

from persona_core.call.keys.envelope import Envelope
from persona_core.call.keys.key_package import KeyPackage
from persona_core.call.keys.verification import Verification
from persona_core.call.peer.introduction import Introduction
from persona_core.errors import SignalingError, WrongSecretError


def envelope_of(life: str) -> Envelope:
    package = KeyPackage("ann", life, b"", b"")
    nothing: object = None
    return Envelope(nothing, b"", "ben", package, Verification("", "", b"", b""))  # type: ignore[arg-type]


class Doorman:
    """Introduces when it is told to, and writes down what came of it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.asked: dict[str, asyncio.Future[Envelope]] = {}
        self.introduction = Introduction(self._introduce, "ann", self.on_introduced, self)

    async def _introduce(self, peer: str, life: str, key_package: str) -> Envelope:
        self.asked[life] = asyncio.get_running_loop().create_future()
        return await self.asked[life]

    async def meet(self, life: str) -> None:
        self.introduction.meet(life, f"keys of {life}")
        await asyncio.sleep(0)

    async def settle(self, life: str, error: Exception | None = None) -> None:
        future = self.asked[life]
        future.set_exception(error) if error else future.set_result(envelope_of(life))
        for _ in range(3):
            await asyncio.sleep(0)

    def on_introduced(self, envelope: Envelope) -> None:
        self.told.append(envelope.package.life)

    def on_wrong_secret(self) -> None:
        self.told.append("wrong secret")

    def on_forgery(self) -> None:
        self.told.append("impostor")


async def test_page_is_introduced_once_when_the_server_tells_of_it_again() -> None:
    doorman = Doorman()
    await doorman.meet("first")
    await doorman.settle("first")
    await doorman.meet("first")
    assert doorman.told == ["first"]
    envelope = await doorman.introduction.envelope()
    assert envelope is not None
    assert envelope.package.life == "first"


async def test_newest_page_counts_when_the_one_before_is_introduced_later() -> None:
    doorman = Doorman()
    await doorman.meet("first")
    await doorman.meet("second")
    await doorman.settle("second")
    await doorman.settle("first")
    assert doorman.told == ["second"]
    envelope = await doorman.introduction.envelope()
    assert envelope is not None
    assert envelope.package.life == "second"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WrongSecretError(), ["wrong secret"]),
        (SignalingError(code="bad-key-package"), ["impostor"]),
        (RuntimeError("the platform's, which is nobody's fault"), []),
    ],
    ids=["secret", "keys", "platform"],
)
async def test_nothing_is_shared_when_the_introduction_fails(
    error: Exception, told: list[str]
) -> None:
    doorman = Doorman()
    assert await doorman.introduction.envelope() is None
    await doorman.meet("first")
    waiting = asyncio.ensure_future(doorman.introduction.envelope())
    await doorman.settle("first", error)
    assert await waiting is None
    assert doorman.told == told


async def test_introduction_goes_on_when_one_who_waited_for_it_is_stopped() -> None:
    doorman = Doorman()
    await doorman.meet("first")
    waiting = asyncio.ensure_future(doorman.introduction.envelope())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    await doorman.settle("first")
    assert doorman.told == ["first"]
