"""Several people of one page in one room: engines over the browser's real connections."""

from __future__ import annotations

import asyncio
import functools
import random
import secrets
from collections.abc import Callable

from persona_core.call.engine import CallEngine
from persona_core.call.invitation import Invitation
from persona_core.call.ports import CallPorts
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.peer import BrowserPeers
from persona_web.bridge.sealing import BrowserSealer
from persona_web.bridge.site import Site
from persona_web.bridge.socket import BrowserSockets
from testbed.sounds import Tone

PATIENCE_S = 120.0


class Crowd:
    """Engines that join one after the other; every change of one wakes who waits.

    Only the first has a voice: one machine cannot encode and decode those of 56 connections.
    """

    def __init__(self, ports: CallPorts, url: str, room: str) -> None:
        self.engines: list[CallEngine] = []
        self.notices: list[object] = []
        self._ports = ports
        self._url = url
        self._invitation = Invitation(room, bytes(range(16)))
        self._changed = asyncio.Event()
        self._tone = Tone()

    @classmethod
    async def open(cls, url: str, room: str) -> Crowd:
        site = Site()
        ports = CallPorts(
            sockets=BrowserSockets(),
            peers=await BrowserPeers.load(site),
            derive_sealer=functools.partial(BrowserSealer.derive, site),
            clock=BrowserClock(),
            scheduler=BrowserScheduler(),
            token_bytes=secrets.token_bytes,
            random=random.random,
        )
        return cls(ports, url, room)

    async def grow(self, size: int) -> None:
        """Lets people come until there are so many and everybody is connected with everybody."""
        while len(self.engines) < size:
            engine = CallEngine(self._ports, self._url, self._hear)
            if not self.engines:
                engine.set_audio(self._tone.track)
            self.engines.append(engine)
            engine.join(self._invitation)
        await self.until(self.all_connected)

    def all_connected(self) -> bool:
        return all(
            [peer.path for peer in engine.status.peers] == ["direct"] * (len(self.engines) - 1)
            for engine in self.engines
        )

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def close(self) -> None:
        for engine in self.engines:
            engine.leave()
        self._tone.close()

    def _hear(self, _status: object, notice: object) -> None:
        if notice is not None:
            self.notices.append(notice)
        self._changed.set()
