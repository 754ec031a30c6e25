"""Two hosts on one machine, and between them a network that loses, delays and is cut.

Each host is a Linux network namespace with one interface, a TUN device. Whatever IP packet a
program there sends comes to this process, which carries it to the other host, late or never:
the kernel's own ``netem`` is not built into every kernel. Loopback of each host leads to one
port of ours, as to a web server whose connection suffers the same cut.

Needs Linux, root and ``ip``.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import random
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

T = TypeVar("T")

CLONE_NEWNET: Final = 0x40000000
TUNSETIFF: Final = 0x400454CA
IFF_TUN: Final = 0x0001
IFF_NO_PI: Final = 0x1000
INTERFACE: Final = "eth0"
PACKET_BYTES: Final = 65_536
COPIED_BYTES: Final = 65_536


@dataclass
class Weather:
    """How the network treats each packet.

    Attributes:
        loss: share that vanishes.
        delay_ms: one way.
        jitter_ms: the delay is up to this much shorter or longer, so packets overtake.
        cut: nothing comes through.
    """

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    cut: bool = False


class Host:
    """A network namespace with the address that programs in it have."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address
        self.tun = -1

    def open(self) -> None:
        """Makes it, with one interface up and everything routed there."""
        _ip("netns", "add", self.name)
        self.tun = self.inside(_open_tun)
        for words in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{self.address}/24", "dev", INTERFACE),
            ("link", "set", INTERFACE, "up"),
            ("route", "add", "default", "dev", INTERFACE),
        ):
            _ip("-n", self.name, *words)

    def close(self) -> None:
        if self.tun >= 0:
            os.close(self.tun)
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)

    def inside(self, act: Callable[[], T]) -> T:
        """Does something there: what it opens belongs there for good."""
        results: list[T] = []
        errors: list[BaseException] = []

        def enter() -> None:
            try:
                with Path("/var/run/netns", self.name).open("rb") as place:
                    if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                results.append(act())
            except BaseException as error:
                errors.append(error)

        # A namespace is a thread's: this one takes it along when it ends.
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    def program(self, path: str, folder: Path) -> Path:
        """An executable in ``folder`` that runs the one at ``path`` there."""
        script = folder / f"{Path(path).name}-{self.name}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {path} "$@"\n', "utf-8")
        script.chmod(0o755)
        return script


class RoughNetwork:
    """Two hosts and the way between them, inside a ``with`` block.

    Args:
        port: on loopback, of the server that both hosts shall reach at their own loopback.

    Attributes:
        weather: may be changed at any time; see :meth:`cut` and :meth:`restore`.
        carried, dropped: packets.
    """

    def __init__(self, port: int, weather: Weather | None = None) -> None:
        number = os.getpid()
        self.hosts = Host(f"vp-{number}-a", "10.73.0.1"), Host(f"vp-{number}-b", "10.73.0.2")
        self.weather = weather or Weather()
        self.carried = self.dropped = 0
        self._port = port
        self._chance = random.Random(1)
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = asyncio.Event()
        self._open.set()

    def cut(self) -> None:
        """Takes the way between the hosts, and that to the server."""
        self.weather.cut = True
        self._loop.call_soon_threadsafe(self._open.clear)

    def restore(self) -> None:
        self.weather.cut = False
        self._loop.call_soon_threadsafe(self._open.set)

    def __enter__(self) -> Self:
        try:
            for host in self.hosts:
                host.open()
        except BaseException:
            self._close_hosts()
            raise
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._carry(), self._loop).result(20.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20.0)
        self._loop.close()
        self._close_hosts()

    def _close_hosts(self) -> None:
        for host in self.hosts:
            host.close()

    async def _carry(self) -> None:
        for host, other in (self.hosts, self.hosts[::-1]):
            self._loop.add_reader(host.tun, self._take, host.tun, other.tun)
            listener = host.inside(self._listen)
            self._servers.append(await asyncio.start_server(self._lead, sock=listener))

    def _listen(self) -> socket.socket:
        return socket.create_server(("127.0.0.1", self._port))

    async def _stop(self) -> None:
        for host in self.hosts:
            self._loop.remove_reader(host.tun)
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Transports that were closed free their sockets in the loop's next turn.
        await asyncio.sleep(0)

    def _take(self, source: int, target: int) -> None:
        packet = os.read(source, PACKET_BYTES)
        weather = self.weather
        if weather.cut or self._chance.random() < weather.loss:
            self.dropped += 1
            return
        spread = weather.jitter_ms * (2.0 * self._chance.random() - 1.0)
        delay_s = max(0.0, weather.delay_ms + spread) / 1000.0
        self._loop.call_later(delay_s, self._bring, target, packet)

    def _bring(self, target: int, packet: bytes) -> None:
        self.carried += 1
        with suppress(OSError):  # the host's own filter may refuse it, as a router's may
            os.write(target, packet)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        # Cancelled when all this ends, which is no error to log.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self._copy(reader, forth), self._copy(back, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(COPIED_BYTES):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


def why_not() -> str | None:
    """What is missing here for a rough network; None when nothing is."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need the program ip"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    trial = Host(f"vp-{os.getpid()}-trial", "10.73.0.3")
    try:
        trial.open()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here: {error}"
    finally:
        trial.close()
    return None


def _open_tun() -> int:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack("16sH22x", INTERFACE.encode(), IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(tun, TUNSETIFF, request)
    return tun


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
