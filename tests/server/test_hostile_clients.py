"""A hundred thousand hostile messages against the real parser, connection and hub."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.websockets import WebSocket
from tests.support.figures import PREFIX, read_figures
from tests.support.hostile_messages import HostileMessages
from tests.support.polling import until

from persona_server.config import ServerConfig
from persona_server.hub import Hub

MESSAGES = 100_000
AT_ONCE = 8
PER_SOCKET = 12
SLACK_BLOCKS = 2_000
"""Python objects that caches may add between 40,000 messages and 100,000."""


class Wire:
    """The ASGI server's end of a socket: gives what a client says, swallows what it is told."""

    def __init__(self, messages: HostileMessages) -> None:
        self._messages = messages
        self._left = PER_SOCKET
        self.sent = 0
        self.closed = False

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        self._left -= 1
        match self._left:
            case n if n == PER_SOCKET - 1:
                return {"type": "websocket.connect"}
            case n if n == PER_SOCKET - 2:
                return self._said(self._messages.join())
            case 0:
                return {"type": "websocket.disconnect", "code": 1006}
            case n if n < 0:
                raise AssertionError("read on after the end")
            case _:
                return self._said(self._messages.message())

    async def send(self, event: dict[str, Any]) -> None:
        assert not self.closed, "wrote on after the end"
        self.closed = event["type"] == "websocket.close"

    def _said(self, message: str | bytes) -> dict[str, Any]:
        self.sent += 1
        name = "text" if isinstance(message, str) else "bytes"
        return {"type": "websocket.receive", name: message}


SCOPE = {"type": "websocket", "path": "/signal", "headers": [], "client": ("192.0.2.7", 5000)}


@pytest.fixture
def failures() -> Iterator[list[str]]:
    """What the server's journal calls a failure, or the event loop an unhandled one."""
    found: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: found.append(str(record.__dict__))  # type: ignore[method-assign]
    logger = logging.getLogger("persona_server")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    yield found
    logger.removeHandler(handler)
    logger.setLevel(level)


async def attack(hub: Hub, messages: HostileMessages, count: int) -> None:
    """Has ``count`` messages sent, by several sockets at once."""
    loop = asyncio.get_running_loop()
    sent = 0

    async def one_client() -> None:
        nonlocal sent
        while sent < count:
            wire = Wire(messages)
            await hub.serve(WebSocket(SCOPE, wire.receive, wire.send))  # type: ignore[arg-type]
            sent += wire.sent

    await asyncio.gather(*(loop.create_task(one_client()) for _ in range(AT_ONCE)))


@pytest.mark.asyncio
async def test_nothing_escapes_and_nothing_grows_when_clients_are_hostile(
    failures: list[str],
) -> None:
    config = ServerConfig(
        address_joins_per_minute=0,
        address_handshakes_per_minute=0,
        resume_seconds=0.01,
        messages_per_second=1e6,
        message_burst=5,
        relay_per_second=3.0,
        room_secrets=(),
    )
    hub = Hub(config)
    await hub.start()
    unhandled: deque[str] = deque(maxlen=10)
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: unhandled.append(str(context))
    )

    async def no_seat_is_held() -> bool:
        return not hub.switchboard.held_count

    messages = HostileMessages(seed=7)
    await attack(hub, messages, MESSAGES // 10)
    blocks = []
    for _ in range(3):
        await attack(hub, messages, MESSAGES * 3 // 10)
        await until(no_seat_is_held)
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert failures == []
    assert list(unhandled) == []
    found = read_figures(hub.metrics.render().decode())
    assert [found[PREFIX + name] for name in ("rooms", "peers", "sockets")] == [0, 0, 0]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert blocks[-1] - blocks[0] < SLACK_BLOCKS, blocks
