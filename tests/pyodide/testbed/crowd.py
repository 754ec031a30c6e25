"""Several people of one page in one room: engines over the browser's real connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from persona_core.call.engine import CallEngine
from persona_core.call.invitation import Invitation
from persona_core.call.ports import CallPorts
from persona_web.bridge.network.call_ports import browser_call_ports
from persona_web.bridge.site import Site
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
        return cls(await browser_call_ports(Site()), url, room)

    async def grow(self, size: int) -> None:
        """Lets people come until there are so many and everybody is connected with everybody."""
        while len(self.engines) < size:
            engine = CallEngine(self._ports, self._url, self._hear)
            if not self.engines:
                engine.set_audio(self._tone.track)
                engine.set_muted(False)
            self.engines.append(engine)
            engine.join(self._invitation)
        await self.until(self.all_connected)

    def all_connected(self) -> bool:
        return all(
            [peer.path for peer in engine.status.peers] == ["direct"] * (len(self.engines) - 1)
            for engine in self.engines
        )

    def all_hear_one(self) -> bool:
        """Whether all but the first hear exactly one voice; peers stand in any order."""
        return all(
            sum(remote.audio is not None for remote in engine.remotes) == 1
            for engine in self.engines[1:]
        )

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for it; where it does not come, the error tells what everybody sees."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError("\n".join(str(engine.status) for engine in self.engines)) from None

    def close(self) -> None:
        for engine in self.engines:
            engine.leave()
        self._tone.close()

    def _hear(self, _status: object, notice: object) -> None:
        if notice is not None:
            self.notices.append(notice)
        self._changed.set()
