"""A bare signaling client for tests: says exactly what it is told to."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from persona_core.call.signaling import (
    PROTOCOL_VERSION,
    Join,
    RelayFrame,
    ServerMessage,
    Welcome,
)
from persona_core.call.signaling_frames import parse_relay_frame
from persona_core.call.signaling_json import encode_client_message, parse_server_message

PATIENCE_S = 20.0


class Client:
    """One socket, with its peer id and token."""

    def __init__(self, socket: ClientConnection, peer: str, token: str) -> None:
        self.socket = socket
        self.peer = peer
        self.token = token

    async def say(self, message: dict[str, Any] | str | bytes) -> None:
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.send(text)

    async def join(self, room: str, **wishes: Any) -> None:
        """Asks for a seat; ``wishes`` are further fields of :class:`Join`."""
        join = Join(PROTOCOL_VERSION, room, self.peer, self.token, **wishes)
        await self.say(encode_client_message(join))

    async def enter(self, room: str, **wishes: Any) -> Welcome:
        """Joins and expects to be let in."""
        await self.join(room, **wishes)
        welcome = await self.hear()
        assert isinstance(welcome, Welcome), welcome
        return welcome

    async def hear(self) -> ServerMessage:
        async with asyncio.timeout(PATIENCE_S):
            text = await self.socket.recv()
        assert isinstance(text, str)
        return parse_server_message(text)

    async def hear_frame(self) -> RelayFrame:
        async with asyncio.timeout(PATIENCE_S):
            data = await self.socket.recv()
        assert isinstance(data, bytes), data
        return parse_relay_frame(data)

    async def end(self) -> tuple[int, str, list[ServerMessage]]:
        """Waits for the close; returns its code, its reason and what was heard before it."""
        heard: list[ServerMessage] = []
        with suppress(ConnectionClosed):
            while True:
                heard.append(await self.hear())
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or "", heard


@asynccontextmanager
async def client(
    url: str, *, peer: str | None = None, token: str | None = None, origin: str | None = None
) -> AsyncIterator[Client]:
    """An open socket to ``url``; ids are random where not given."""
    async with connect(url, origin=origin, proxy=None, close_timeout=1) as socket:  # type: ignore[arg-type]
        yield Client(socket, peer or secrets.token_hex(8), token or secrets.token_hex(16))
