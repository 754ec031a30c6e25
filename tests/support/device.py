"""A device in memory: it can be out of reach, and asleep. What it misses, it gets afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.memory_peers import MainThread, MemoryPeers, MemoryTransport
from tests.support.memory_signaling import MemoryServer, MemorySocket
from tests.support.world import ManualTime, ManualTimer

from persona_core.call.ports import PeerListener, SocketListener
from persona_core.wire.signaling import IceServer

MOST_ROUNDS = 200
"""Turns after which something keeps itself busy."""

Act = Callable[[], object]


class SwiftTime(ManualTime):
    """Settles in as few turns of the event loop as there are: for hours of calls."""

    @staticmethod
    async def _settle() -> None:
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
        for _ in range(MOST_ROUNDS):
            await asyncio.sleep(0)
            if not ready:
                return


@dataclass
class DeviceTimer:
    """A timer that runs out on a device that is awake, or when it wakes."""

    callback: Act | None
    inner: ManualTimer | None = None

    def cancel(self) -> None:
        self.callback = None
        if self.inner is not None:
            self.inner.cancel()

    def run_out(self) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()


class Device:
    """Clock, timers, sockets and connections of one person's pages.

    What it sends by its sockets while it is out of reach arrives afterwards, as TCP does it;
    while it sleeps, the server forgets them.
    """

    def __init__(self, time: ManualTime, server: MemoryServer, peers: MemoryPeers) -> None:
        self._time = time
        self._server = server
        self._peers = peers
        self._thread = MainThread(peers)
        self.asleep = False
        self._missed: list[DeviceTimer] = []
        self._lines: list[HeldLine] = []
        self.in_reach = True

    # Time

    def now_ms(self) -> float:
        return self._time.now_ms()

    def call_later(self, delay_ms: float, callback: Act) -> DeviceTimer:
        timer = DeviceTimer(callback)
        timer.inner = self._time.call_later(delay_ms, lambda: self._due(timer))
        return timer

    def _due(self, timer: DeviceTimer) -> None:
        if self.asleep:
            self._missed.append(timer)
        else:
            timer.run_out()

    @property
    def is_there(self) -> bool:
        """Whether it is awake and can be reached."""
        return self.in_reach and not self.asleep

    # Connections

    def create(self, listener: PeerListener) -> MemoryTransport:
        return self._peers.create(listener, self, self._thread)

    def configure(self, servers: tuple[IceServer, ...], *, relay_only: bool) -> None:
        self._peers.configure(servers, relay_only=relay_only)

    def open(self, url: str, listener: SocketListener) -> HeldLine:
        self._lines = [line for line in self._lines if not line.dead]
        line = HeldLine(self, self._server, url, listener)
        self._lines.append(line)
        return line

    # Troubles

    def leave_reach(self) -> None:
        self.in_reach = False
        self._peers.cut_off.add(self)
        self._interrupt()

    def come_back(self, *, elsewhere: bool = False) -> None:
        """
        Args:
            elsewhere: on another network, where only fresh candidates help.
        """
        self.in_reach = True
        self._peers.cut_off.discard(self)
        for transport in self._transports():
            if elsewhere:
                transport.need_restart()
            elif (other := transport._other()) is not None:
                if not self._peers.apart(transport, other):
                    transport.recover()
                    other.recover()
        for line in self._lines:
            line.release()

    def sleep(self) -> None:
        self.leave_reach()
        self.asleep = True

    def wake(self) -> None:
        """What should have happened meanwhile happens now, in order."""
        self.asleep = False
        self.kill_lines()
        self.come_back()
        missed, self._missed = self._missed, []
        for timer in missed:
            timer.run_out()

    def kill_lines(self) -> None:
        """The sockets are gone; the server finds out, and keeps the seats for a while."""
        for line in self._lines:
            line.die()

    def replace(self) -> Device:
        """Whatever runs here ends; gives the device as it is with nothing running on it."""
        for transport in self._transports():
            transport.close()
        self.kill_lines()
        self.asleep = True
        return Device(self._time, self._server, self._peers)

    def break_lines(self) -> None:
        """Both ends of each socket find it broken."""
        for line in self._lines:
            line.snap()

    def _interrupt(self) -> None:
        for transport in self._transports():
            transport.interrupt()
            other = transport._other()
            if other is not None:
                other.interrupt()

    def _transports(self) -> list[MemoryTransport]:
        return [transport for transport in self._peers.open_transports if transport.time is self]


class HeldLine:
    """A socket whose device may be out of reach; both a :class:`Socket` and its listener."""

    def __init__(
        self, device: Device, server: MemoryServer, url: str, listener: SocketListener
    ) -> None:
        self.dead = False
        self._device = device
        self._listener = listener
        self._held: list[Act] = []
        self._server = server
        self._socket: MemorySocket = server.open(url, self)

    def release(self) -> None:
        """The device is back."""
        held, self._held = self._held, []
        for act in held:
            if not self.dead:
                act()

    def die(self) -> None:
        """Nothing comes or goes any more, and nobody is told."""
        if not self.dead:
            self.dead = True
            self._socket._listener = None
            self._server.break_socket(self._socket)

    def snap(self) -> None:
        if not self.dead and self._socket in self._server.sockets:
            self._server.break_socket(self._socket)
            self._socket.lose(1006)

    def _when_in_reach(self, act: Act) -> None:
        if self.dead:
            return
        if self._device.is_there:
            act()
        else:
            self._held.append(act)

    # As the page's socket

    def send(self, text: str) -> None:
        self._when_in_reach(lambda: self._socket.send(text))

    def send_bytes(self, data: bytes) -> bool:
        self._when_in_reach(lambda: self._socket.send_bytes(data))
        return not self.dead

    def close(self, code: int = 1000) -> None:
        self.dead = True
        self._socket.close(code)

    # As the listener

    def on_socket_open(self) -> None:
        self._when_in_reach(self._listener.on_socket_open)

    def on_socket_text(self, text: str) -> None:
        self._when_in_reach(lambda: self._listener.on_socket_text(text))

    def on_socket_bytes(self, data: bytes) -> None:
        self._when_in_reach(lambda: self._listener.on_socket_bytes(data))

    def on_socket_closed(self, code: int, reason: str) -> None:
        def end() -> None:
            self.dead = True
            self._listener.on_socket_closed(code, reason)

        self._when_in_reach(end)
