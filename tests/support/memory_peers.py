"""Peer connections in memory: what ``RTCPeerConnection`` does, as far as a call can tell.

Descriptions are JSON. A transport has an identity (as DTLS has a fingerprint) and an ICE
username fragment that a restart renews. Two transports connect when both negotiations are
stable, each was given the other's candidates for the current fragments, and the way between
them is open. Accepting an offer while an own one is pending rolls the own one back.
"""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass

from tests.support.world import World

from persona_core.call.ports import DescriptionKind, PeerListener
from persona_core.wire.signaling import IceServer

WORK_MS = 2.0
"""What the platform takes for a description, on a swift machine."""
EVENT_SHARE = 0.1
"""What it takes to hand over or take in anything smaller, as a part of that."""
CHECK_MS = 20.0
"""What connectivity checks take."""
NOTICE_MS = 1_000.0
"""After which an interrupted connection is seen to be."""
LOW_WATER = 32_768
"""A backlog that falls so low is told of."""
GIVE_UP_MS = 15_000.0
"""After which an interrupted connection has failed."""


@dataclass
class Weather:
    """How the network treats what travels.

    Attributes:
        delay_ms: one way.
        spread_ms: each frame takes up to this much longer, so frames overtake one another.
        loss: share of frames that vanish. Control messages never do: they are sent again.
        control_bytes_per_ms: what the reliable channel carries.
    """

    delay_ms: float = 20.0
    spread_ms: float = 0.0
    loss: float = 0.0
    control_bytes_per_ms: float = float("inf")


class MainThread:
    """Of one device: does one thing at a time, in the order in which they come."""

    def __init__(self, peers: MemoryPeers) -> None:
        self._peers = peers
        self._free_ms = 0.0

    def wait_ms(self, now_ms: float, share: float) -> float:
        """Takes on something that costs a ``share`` of a description; after how long it is done."""
        self._free_ms = max(now_ms, self._free_ms) + share * self._peers.work_ms
        return self._free_ms - now_ms


class PagePeers:
    """The platform as one page has it: what its connections take, they take from one another."""

    def __init__(self, peers: MemoryPeers) -> None:
        self._peers = peers
        self._thread = MainThread(peers)

    def create(self, listener: PeerListener) -> MemoryTransport:
        return self._peers.create(listener, thread=self._thread)

    def configure(self, servers: tuple[IceServer, ...], *, relay_only: bool) -> None:
        self._peers.configure(servers, relay_only=relay_only)


class MemoryPeers:
    """The platform of all pages in a test, and the network between them.

    Attributes:
        work_ms: what a description takes of a device's main thread.
    """

    def __init__(self, time: World, weather: Weather | None = None) -> None:
        self.time = time
        self.work_ms = WORK_MS
        self._numbers = itertools.count(1)
        self.weather = weather or Weather()
        self.random = random.Random(7)
        self.transports: dict[int, MemoryTransport] = {}
        self.servers: tuple[IceServer, ...] = ()
        self.relay_only = False
        self.blocked = False
        """While True no two transports can reach one another."""
        self.cut_off: set[object] = set()
        """The times of devices that nobody can reach, and that can reach nobody."""

    def create(
        self,
        listener: PeerListener,
        time: World | None = None,
        thread: MainThread | None = None,
    ) -> MemoryTransport:
        """
        Args:
            time: of the device it is on, where each has its own.
            thread: of that device; by default the connection has one for itself.
        """
        transport = MemoryTransport(
            self, listener, next(self._numbers), time or self.time, thread or MainThread(self)
        )
        self.transports[transport.identity] = transport
        return transport

    def apart(self, one: MemoryTransport, other: MemoryTransport) -> bool:
        """Whether nothing gets from one to the other now."""
        return self.blocked or not self.cut_off.isdisjoint((one.time, other.time))

    def configure(self, servers: tuple[IceServer, ...], *, relay_only: bool) -> None:
        self.servers, self.relay_only = servers, relay_only

    @property
    def open_transports(self) -> list[MemoryTransport]:
        return [transport for transport in self.transports.values() if not transport.closed]

    def forget_closed(self) -> None:
        """Whatever was closed has no say any more; for days of calls."""
        open_ones = {transport.identity: transport for transport in self.open_transports}
        self.transports.clear()
        self.transports.update(open_ones)

    def cut(self) -> None:
        """Interrupts everything; what is not restored in time fails."""
        self.blocked = True
        for transport in self.open_transports:
            transport.interrupt()

    def restore(self, *, by_itself: bool = True) -> None:
        """Opens the way again; ``by_itself``: interrupted connections recover without help."""
        self.blocked = False
        for transport in self.open_transports:
            if by_itself:
                transport.recover()
            else:
                transport.need_restart()


class RefusingPeers:
    """A platform that makes no connections, for as long as there is an ``error``."""

    def __init__(self, peers: MemoryPeers, error: Exception) -> None:
        self.error: Exception | None = error
        self.asked = 0
        self._peers = peers

    def create(self, listener: PeerListener) -> MemoryTransport:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self._peers.create(listener)

    def configure(self, servers: tuple[IceServer, ...], *, relay_only: bool) -> None:
        self._peers.configure(servers, relay_only=relay_only)


class MemoryTransport:
    """One connection; see :class:`persona_core.call.ports.PeerTransport`."""

    def __init__(
        self,
        peers: MemoryPeers,
        listener: PeerListener,
        identity: int,
        time: World,
        thread: MainThread,
    ) -> None:
        self._thread = thread
        self.identity = identity
        self.time = time
        self.closed = False
        self.state = "new"
        self._peers = peers
        self.listener = listener
        self._signaling = "stable"
        self._fragment = 1
        self._restart = True
        self._offered: int | None = None
        self._remote: int | None = None
        self._remote_fragment = 0
        self._remote_candidates: set[int] = set()
        self._channels_open = False
        self._backlog = 0
        self.audio: object | None = None
        self._audio_heard = False
        self._interruption = 0
        self._unsent: list[str] = []
        self._later(0.0, self._need_negotiation)

    # The port

    def make_offer(self) -> None:
        self._work(self._describe_offer)

    def accept_description(self, kind: DescriptionKind, sdp: str) -> None:
        self._work(lambda: self._accept(kind, json.loads(sdp)))

    def add_candidate(self, candidate: str) -> None:
        self._work(lambda: self._add(json.loads(candidate)), EVENT_SHARE)

    def restart_ice(self) -> None:
        self._restart = True
        self._later(0.0, self._need_negotiation)

    def send_frame(self, data: bytes) -> bool:
        if not self._channels_open or self.closed:
            return False
        weather, chance = self._peers.weather, self._peers.random
        if self.state == "connected" and chance.random() >= weather.loss:
            self._deliver(weather.delay_ms + chance.random() * weather.spread_ms, "frame", data)
        return True

    def send_control(self, text: str) -> bool:
        if not self._channels_open or self.closed:
            return False
        self._backlog += len(text)
        leaves_ms = self._backlog / self._peers.weather.control_bytes_per_ms
        self._later(leaves_ms, lambda: self._drain(len(text)))
        self._deliver(leaves_ms + self._peers.weather.delay_ms, "control", text)
        return True

    def control_backlog(self) -> int:
        return self._backlog

    def set_audio(self, track: object | None) -> None:
        self.audio = track

    def close(self) -> None:
        self.closed = True
        other = self._other()
        if other is not None:
            other._later(self._peers.weather.delay_ms, other.interrupt)

    def _drain(self, count: int) -> None:
        was, self._backlog = self._backlog, self._backlog - count
        if self._backlog <= LOW_WATER < was:
            self.listener.on_control_drained()

    # Negotiation

    def _need_negotiation(self) -> None:
        if self._signaling == "stable" and self._restart:
            self.listener.on_negotiation_needed()

    def _describe_offer(self) -> None:
        if self._signaling == "have-remote-offer":
            return
        self._signaling = "have-local-offer"
        self._offered = self._fragment + 1 if self._restart else self._fragment
        self.listener.on_local_description("offer", self._sdp(self._offered))
        self._gather(self._offered)

    def _accept(self, kind: DescriptionKind, sdp: dict[str, int]) -> None:
        if kind == "answer" and self._signaling != "have-local-offer":
            self.listener.on_transport_error(f"answer in {self._signaling}")
            return
        if self._remote is not None and self._remote != sdp["identity"]:
            self.listener.on_transport_error("another fingerprint")
            self._change("failed")
            return
        self._remote = sdp["identity"]
        if self.state == "new":
            self._change("connecting")
        if not self._audio_heard:
            self._audio_heard = True
            self.listener.on_audio(("audio of", sdp["identity"]))
        renewed = sdp["fragment"] != self._remote_fragment
        self._remote_fragment = sdp["fragment"]
        if kind == "answer":
            assert self._offered is not None
            self._fragment, self._offered, self._restart = self._offered, None, False
            self._settle()
        else:
            self._offered = None
            self._signaling = "have-remote-offer"
            self._work(lambda: self._answer(renewed))
        self._later(CHECK_MS, self._check)

    def _answer(self, renewed: bool) -> None:
        if self._signaling != "have-remote-offer":
            return
        if renewed:
            self._fragment += 1
        self._restart = False
        self.listener.on_local_description("answer", self._sdp(self._fragment))
        self._settle()
        self._gather(self._fragment)
        self._later(CHECK_MS, self._check)

    def _gather(self, fragment: int) -> None:
        for host in ("10.0.0.1", "10.0.0.2"):
            text = json.dumps({"fragment": fragment, "candidate": host})
            self._work(lambda text=text: self.listener.on_candidate(text), EVENT_SHARE)

    def _add(self, candidate: dict[str, int]) -> None:
        if self._remote is None or candidate["fragment"] != self._remote_fragment:
            self.listener.on_transport_error("candidate for another description")
            return
        self._remote_candidates.add(candidate["fragment"])
        self._later(CHECK_MS, self._check)

    def _sdp(self, fragment: int) -> str:
        """A description, with room for the voices of both sides."""
        return json.dumps({"identity": self.identity, "fragment": fragment})

    def _settle(self) -> None:
        """The exchange is over."""
        self._signaling = "stable"

    # Connectivity

    @property
    def _ready(self) -> bool:
        return (
            not self.closed
            and self._signaling == "stable"
            and self._remote is not None
            and self._remote_fragment in self._remote_candidates
        )

    def _other(self) -> MemoryTransport | None:
        return None if self._remote is None else self._peers.transports.get(self._remote)

    def _check(self) -> None:
        other = self._other()
        if other is None or not (self._ready and other._ready) or self._peers.apart(self, other):
            return
        if (other._remote, other._remote_fragment) != (self.identity, self._fragment):
            return
        if self._remote_fragment != other._fragment:
            return
        for end in (self, other):
            end._interruption += 1
            end._change("connected")
            end._send_again()
            if not end._channels_open:
                end._channels_open = True
                end._work(end.listener.on_channels_open, EVENT_SHARE)

    def _change(self, state: str) -> None:
        if state != self.state and self.state != "failed":
            self.state = state
            self._later(0.0, lambda: self.listener.on_connection_state(state))  # type: ignore[arg-type]

    def interrupt(self) -> None:
        """The way to the other side is gone."""
        if self.state not in ("connected", "disconnected"):
            return
        self._interruption += 1
        number = self._interruption

        def later(state: str) -> None:
            if number == self._interruption:
                self._change(state)

        self._later(NOTICE_MS, lambda: later("disconnected"))
        self._later(GIVE_UP_MS, lambda: later("failed"))

    def recover(self) -> None:
        """The way is back as it was."""
        other = self._other()
        if other is None or other.closed:
            return
        if self.state in ("connected", "disconnected"):
            self._interruption += 1
            self._change("connected")
            self._send_again()
        else:
            self._check()

    def _send_again(self) -> None:
        """What is reliable and did not arrive goes out when the way is back."""
        unsent, self._unsent = self._unsent, []
        for text in unsent:
            self._deliver(self._peers.weather.delay_ms, "control", text)

    def need_restart(self) -> None:
        """The way is back, but elsewhere: only new candidates help."""
        self._remote_candidates.clear()

    def _deliver(self, delay_ms: float, kind: str, payload: bytes | str) -> None:
        other = self._other()
        if other is None:
            return
        if self._peers.apart(self, other):
            if kind == "control":
                assert isinstance(payload, str)
                self._unsent.append(payload)
            return
        if kind == "frame":
            assert isinstance(payload, bytes)
            other._later(delay_ms, lambda: other.listener.on_frame(payload))
        else:
            assert isinstance(payload, str)
            other._later(delay_ms, lambda: other.listener.on_control(payload))

    def _work(self, act: object, share: float = 1.0) -> None:
        """Does something when the device's main thread comes to it."""
        self._later(self._thread.wait_ms(self.time.now_ms(), share), act)

    def _later(self, delay_ms: float, act: object) -> None:
        assert callable(act)

        def unless_closed() -> None:
            if not self.closed:
                act()

        self.time.call_later(delay_ms, unless_closed)
