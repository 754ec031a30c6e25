"""A bare signaling client for tests: says exactly what it is told to."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.support.joins import KEY_PACKAGE, LIFE, identity_of, make_join
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from persona_core.wire.relay_frame import parse_relay_frame
from persona_core.wire.signaling import Member, PeerJoined, RelayFrame, ServerMessage, Welcome
from persona_core.wire.signaling_json import encode_client_message, parse_server_message

PATIENCE_S = 20.0


class Client:
    """One socket of a person in a seat.

    Attributes:
        peer: the id that goes with both.
        life: of the page, once it asked to join.
    """

    def __init__(self, socket: ClientConnection, person: str, token: str) -> None:
        self.socket = socket
        self.peer = identity_of(person, token).peer
        self.life = LIFE
        self._person = person
        self._token = token

    async def say(self, message: dict[str, Any] | str | bytes) -> None:
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.send(text)

    async def join(self, room: str, **wishes: Any) -> None:
        """Asks for a seat; ``wishes`` are further fields of :class:`Join`."""
        join = make_join(self._person, room, self._token, **wishes)
        self.life = join.life
        await self.say(encode_client_message(join))

    async def enter(self, room: str, **wishes: Any) -> Welcome:
        """Joins and expects to be let in."""
        await self.join(room, **wishes)
        welcome = await self.hear()
        assert isinstance(welcome, Welcome), welcome
        return welcome

    def news(self, order: int) -> PeerJoined:
        """What the others hear when this page joins."""
        return PeerJoined(self.peer, order, self.life, KEY_PACKAGE)

    def member(self, order: int) -> Member:
        """What a newcomer hears of this page."""
        return Member(self.peer, order, self.life, KEY_PACKAGE)

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
    url: str, *, person: str | None = None, token: str | None = None, origin: str | None = None
) -> AsyncIterator[Client]:
    """An open socket to ``url``; person and seat are random where not given."""
    async with connect(url, origin=origin, proxy=None, close_timeout=1) as socket:  # type: ignore[arg-type]
        yield Client(socket, person or secrets.token_hex(8), token or secrets.token_hex(16))
