"""A server, a network and the pages on it, all in memory, with time that moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from tests.support.memory_peers import MemoryPeers, MemoryTransport, PagePeers
from tests.support.memory_signaling import MemoryServer, MemorySocket
from tests.support.pages import INVITATION, Page
from tests.support.world import ManualTime

from persona_core.call.ports import PeerTransportFactory
from persona_core.face.params import FaceParams
from persona_core.wire.signaling import CloseCode


@dataclass
class Stage:
    """A server, a network and the pages on it."""

    time: ManualTime = field(default_factory=ManualTime)
    room_size: int = 2
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = MemoryServer(self.time, room_size=self.room_size)
        self.peers = MemoryPeers(self.time)

    def page(
        self,
        name: str,
        *,
        peers: PeerTransportFactory | None = None,
        skew_ms: float = 0.0,
        wants_portraits: bool = False,
        with_people: bool = False,
    ) -> Page:
        """
        Args:
            peers: the page's platform; by default one as all have.
        """
        page = Page(
            name,
            self.time,
            self.server,
            peers or PagePeers(self.peers),
            skew_ms=skew_ms,
            wants_portraits=wants_portraits,
            with_people=with_people,
        )
        self.pages.append(page)
        return page

    async def connect(self, *pages: Page) -> None:
        """All join, one after the other, and everybody sees everybody."""
        for page in pages:
            page.engine.join(INVITATION)
            await self.time.run(50.0)
        await self.time.run_until(lambda: self.all_good(*pages))

    async def until_good(self, *pages: Page, patience_ms: float = 60_000.0) -> None:
        """Lets time pass until everybody sees everybody."""
        await self.time.run_until(lambda: self.all_good(*pages), patience_ms)

    @staticmethod
    def all_good(*pages: Page) -> bool:
        return all(page.qualities == ["good"] * (len(pages) - 1) for page in pages)

    def socket_of(self, page: Page) -> MemorySocket:
        """The server's view of a page's socket."""
        [socket] = [
            socket
            for socket in self.server.sockets
            if socket.seat is not None and socket.seat.peer == page.peer_id
        ]
        return socket

    def break_socket(self, page: Page) -> None:
        """Both ends of the socket find it broken."""
        socket = self.socket_of(page)
        self.server.drop(socket)
        socket.lose(CloseCode.BROKEN)

    def transport_of(self, page: Page) -> MemoryTransport:
        """A page's only open connection."""
        [connection] = page.connections
        [transport] = [t for t in self.peers.open_transports if t.listener is connection.direct]
        return transport

    async def send(self, page: Page, seconds: float, rate: float = 30.0) -> None:
        """Sends a moving face for a while."""
        for _ in range(round(seconds * rate)):
            page.engine.send_params(face(page.clock.now_ms()))
            await self.time.run(1000.0 / rate)


def face(time_ms: float) -> FaceParams:
    """A face whose every blendshape is a function of its time."""
    return FaceParams(time_ms, np.full(52, (time_ms % 1000.0) / 1000.0, dtype=np.float32))
