"""A crowd of signaling peers in one process: ``python -m tools.bench.socket_crowd URL [URL]``.

Rooms of two, one of them at each server where there are two. Each peer sends the other one sealed
message a second, with the time in it. The crowd grows step by step; after each step a line of
JSON tells what was measured.

The WebSocket (RFC 6455) is spoken by hand and as cheaply as can be, with an all-zero mask, so
that one core of clients can keep one core of server busy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import numpy as np
from prometheus_client.parser import text_string_to_metric_families
from tests.support.polling import until

from persona_core.call.keys.identity import Identity, random_id
from persona_core.call.keys.key_package import KEY_BYTES, PACKAGE_BYTES
from persona_core.call.keys.key_ring import LIFE_BYTES
from persona_core.wire.sealing import MIN_SEALED_BYTES
from persona_core.wire.signaling import PROTOCOL_VERSION, Join
from persona_core.wire.signaling_json import encode_client_message

WELCOME = b'{"type":"welcome"'
COUNTER = b'"counter":'
PAYLOAD = "A" * 220
"""As long as a sealed ICE candidate."""

SIGNING_KEY = bytes(KEY_BYTES)
KEY_PACKAGE = "A" * ((PACKAGE_BYTES + MIN_SEALED_BYTES) * 4 // 3)
"""As long as a real one."""

JOINS_AT_ONCE = 64
JOIN_PATIENCE_S = 60.0
TAIL_S = 5.0
"""How long the last messages are waited for."""


def masked(data: bytes, opcode: int = 1) -> bytes:
    """A client's frame; the mask is zero, so the data stay as they are."""
    if len(data) < 126:
        head = bytes((0x80 | opcode, 0x80 | len(data)))
    else:
        head = bytes((0x80 | opcode, 0x80 | 126)) + len(data).to_bytes(2, "big")
    return head + b"\x00\x00\x00\x00" + data


def upgrade_request(url: str) -> bytes:
    parts = urlsplit(url)
    return (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


@dataclass
class Tally:
    """What the crowd has seen in one step.

    Attributes:
        delays_ms: from the sender's socket to the receiver's, one a message.
        late_ms: how much later than planned the crowd itself came to send, one a tick.
        lost: peers whose sockets ended.
    """

    delays_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    sent: int = 0
    lost: int = 0


class Peer(asyncio.Protocol):
    """One socket."""

    def __init__(self, crowd: Crowd, url: str, room: str) -> None:
        self._identity = Identity.create(SIGNING_KEY, secrets.token_bytes)
        self.peer = self._identity.peer
        self.other: Peer | None = None
        self.welcomed = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._room = room
        self._upgrade = upgrade_request(url)
        self._upgraded = False
        self._data = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._upgrade)

    def data_received(self, data: bytes) -> None:
        data = self._data + data if self._data else data
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._data = data
                return
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            self._upgraded = True
            data = data[end + 4 :]
            self._write(masked(encode_client_message(self._join()).encode()))
        at, size = 0, len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if start + length > size:
                break
            self._heard(data[at] & 0xF, data[start : start + length])
            at = start + length
        self._data = data[at:]

    def _join(self) -> Join:
        identity = self._identity
        return Join(
            PROTOCOL_VERSION,
            self._room,
            identity.peer,
            identity.token,
            identity.claim,
            KEY_PACKAGE,
            random_id(secrets.token_bytes, LIFE_BYTES),
        )

    def connection_lost(self, error: Exception | None) -> None:
        self._crowd.tally.lost += 1
        if not self.welcomed.done():
            self.welcomed.set_exception(error or ConnectionError("closed before it was welcome"))

    def say(self) -> None:
        """Sends the other one the time."""
        assert self.other is not None
        now = time.monotonic_ns() // 1000
        text = f'{{"type":"ice","to":"{self.other.peer}","counter":{now},"payload":"{PAYLOAD}"}}'
        self._write(masked(text.encode()))
        self._crowd.tally.sent += 1

    def _heard(self, opcode: int, data: bytes) -> None:
        if opcode == 1:
            at = data.find(COUNTER)
            if at >= 0:
                then = int(data[at + len(COUNTER) : data.index(b",", at)])
                delay = time.monotonic_ns() // 1000 - then
                self._crowd.tally.delays_ms.append(delay / 1000)
            elif data.startswith(WELCOME) and not self.welcomed.done():
                self.welcomed.set_result(None)
        elif opcode == 9:
            self._write(masked(data, 10))
        elif opcode == 8 and self.transport is not None:
            self.transport.close()

    def _write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)


@dataclass(frozen=True)
class ServerState:
    """What ``/metrics`` says: CPU time used so far, memory in use."""

    cpu_s: float
    memory_bytes: float

    @classmethod
    def read(cls, urls: list[str]) -> ServerState:
        """Of all servers together."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        found: dict[str, float] = {}
        for url in urls:
            with opener.open(f"http://{urlsplit(url).netloc}/metrics", timeout=60) as answer:
                text = answer.read().decode()
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    found[sample.name] = found.get(sample.name, 0.0) + sample.value
        prefix = "virtualpersona_process_"
        return cls(found[f"{prefix}cpu_seconds_total"], found[f"{prefix}resident_memory_bytes"])


@dataclass(frozen=True)
class StepResult:
    """What one step gave.

    Attributes:
        joins_per_s: how fast the newcomers of this step were let in.
        join_cpu_ms: what one of them cost the server.
        message_cpu_us: what one message cost the server.
        cpu: the server's share of one core while messages were sent.
        crowd_late_ms: how late the crowd itself was (99th percentile): where this is as large as
            the delays, the crowd was the bottleneck.
        missing: share of the messages that had not come when the step was over.
        lost: sockets that ended.
    """

    peers: int
    joins_per_s: float
    join_cpu_ms: float
    messages_per_s: float
    message_cpu_us: float
    p50_ms: float
    p99_ms: float
    cpu: float
    memory_per_peer_kb: float
    crowd_late_ms: float
    missing: float
    lost: int


class Crowd:
    """All peers of this process."""

    def __init__(self, urls: list[str]) -> None:
        self._urls = urls
        self.tally = Tally()
        self.peers: list[Peer] = []
        self._idle = ServerState.read(urls)

    async def step(self, target: int, seconds: float) -> StepResult:
        """Grows to ``target`` peers and lets them talk for ``seconds``."""
        before, start = ServerState.read(self._urls), time.perf_counter()
        newcomers = target - len(self.peers)
        await self._grow(target)
        joined_s, joined = time.perf_counter() - start, ServerState.read(self._urls)
        await self._talk(1.0)  # one round to warm up
        self.tally = Tally()
        warm, start = ServerState.read(self._urls), time.perf_counter()
        await self._talk(seconds)
        passed, after = time.perf_counter() - start, ServerState.read(self._urls)
        tally, heard = self.tally, np.array(self.tally.delays_ms or [np.inf])
        return StepResult(
            peers=target,
            joins_per_s=newcomers / joined_s,
            join_cpu_ms=(joined.cpu_s - before.cpu_s) / newcomers * 1e3,
            messages_per_s=len(tally.delays_ms) / passed,
            message_cpu_us=(after.cpu_s - warm.cpu_s) / max(1, len(tally.delays_ms)) * 1e6,
            p50_ms=float(np.percentile(heard, 50)),
            p99_ms=float(np.percentile(heard, 99)),
            cpu=(after.cpu_s - warm.cpu_s) / passed,
            memory_per_peer_kb=(after.memory_bytes - self._idle.memory_bytes) / target / 1024,
            crowd_late_ms=float(np.percentile(tally.late_ms, 99)),
            missing=1.0 - len(tally.delays_ms) / max(1, tally.sent),
            lost=tally.lost,
        )

    async def _grow(self, target: int) -> None:
        gate = asyncio.Semaphore(JOINS_AT_ONCE)

        async def pair() -> None:
            room = secrets.token_hex(8)
            async with gate:
                one = await self._join(self._urls[0], room)
                other = await self._join(self._urls[-1], room)
            one.other, other.other = other, one
            self.peers += (one, other)

        await asyncio.gather(*(pair() for _ in range((target - len(self.peers)) // 2)))

    async def _join(self, url: str, room: str) -> Peer:
        loop, parts = asyncio.get_running_loop(), urlsplit(url)
        _, peer = await loop.create_connection(
            lambda: Peer(self, url, room), parts.hostname, parts.port
        )
        async with asyncio.timeout(JOIN_PATIENCE_S):
            await peer.welcomed
        return peer

    async def _talk(self, seconds: float) -> None:
        """Everybody speaks once a second, spread evenly over it."""
        loop, order = asyncio.get_running_loop(), self.peers.copy()
        random.Random(1).shuffle(order)
        pause, due = 1.0 / len(order), loop.time()
        for turn in range(int(len(order) * seconds)):
            due += pause
            ahead = due - loop.time()
            if ahead > 0.002 or turn % 64 == 0:
                await asyncio.sleep(max(0.0, ahead))
                self.tally.late_ms.append(max(0.0, loop.time() - due) * 1e3)
            order[turn % len(order)].say()

        async def all_came() -> bool:
            return len(self.tally.delays_ms) >= self.tally.sent

        with suppress(TimeoutError):
            await until(all_came, TAIL_S)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.socket_crowd")
    parser.add_argument("urls", nargs="+", metavar="url", help="ws://host:port/signal")
    parser.add_argument("--steps", default="1000,2000", help="crowd sizes, growing")
    parser.add_argument("--seconds", type=float, default=3.0, help="talk in each step")
    options = parser.parse_args()
    crowd = Crowd(options.urls)
    for target in map(int, options.steps.split(",")):
        result = await crowd.step(target, options.seconds)
        sys.stdout.write(json.dumps(asdict(result)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
