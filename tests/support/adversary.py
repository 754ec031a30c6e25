"""A member of the room and the server, both hostile and in league, against honest pages.

The server is nobody's: what pages say goes to the adversary, and pages hear only what it tells
them. It forwards honestly, replays, mixes fields of what it recorded, makes up what a member can
make up, and holds connections of its own. Faces carry whose they are, so that it is seen whose
face a page would show under whose name.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tests.support.device import SwiftTime
from tests.support.keys import PythonCryptography
from tests.support.memory_peers import MemoryPeers, MemoryTransport
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page

from persona_core.call.keys.envelope import Envelope
from persona_core.call.keys.identity import Identity, random_id
from persona_core.call.keys.key_package import seal_key_package
from persona_core.call.keys.key_ring import LIFE_BYTES, KeyRing
from persona_core.call.ports import CallPorts, SocketListener
from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import SignalingError, WrongSecretError
from persona_core.face.params import FaceParams
from persona_core.wire.codec import decode_frame, encode_frame
from persona_core.wire.control import AvatarChange, encode_control
from persona_core.wire.relay_frame import encode_relay_frame, parse_relay_frame
from persona_core.wire.sealing import SealedMessage
from persona_core.wire.signaling import (
    Join,
    Member,
    PeerJoined,
    PeerLeft,
    Relay,
    RelayFrame,
    ServerMessage,
    Welcome,
)
from persona_core.wire.signaling_json import encode_server_message, parse_client_message

EVE = "eve"
NAMES = ("ann", "ben", "cat")
TAGS = {name: 0.2 * number for number, name in enumerate((*NAMES, EVE), start=1)}
"""What a person's blendshapes are, all of them."""
MOST_RECORDED = 400


def tagged(name: str, time_ms: float) -> FaceParams:
    return FaceParams(time_ms, np.full(52, TAGS[name], dtype=np.float32))


def owner_of(frame: bytes) -> str:
    """Whose face it is."""
    value = float(decode_frame(frame).params.blendshapes[1])
    return min(TAGS, key=lambda name: abs(TAGS[name] - value))


@dataclass
class PageSocket:
    """A page's socket, whose other end is the adversary's."""

    adversary: Adversary
    listener: SocketListener | None
    name: str = ""

    def send(self, text: str) -> None:
        if self.listener is not None:
            self.adversary.hear(self, text)

    def send_bytes(self, data: bytes) -> bool:
        if self.listener is not None:
            self.adversary.hear_frame(self, parse_relay_frame(data))
        return self.listener is not None

    def close(self, code: int = 1000) -> None:
        self.listener = None

    def tell(self, message: ServerMessage | RelayFrame) -> None:
        """What the page hears next."""

        def now() -> None:
            if self.listener is None:
                return
            if isinstance(message, RelayFrame):
                self.listener.on_socket_bytes(encode_relay_frame(message))
            else:
                self.listener.on_socket_text(encode_server_message(message))

        self.adversary.time.call_later(1.0, now)


class EvesEnd:
    """One of Eve's own connections, offered to a page in somebody's name.

    Args:
        to: whom it is offered to.
        shared: what Eve shares with that page, if it took her keys for those of somebody.
    """

    def __init__(self, adversary: Adversary, to: PageSocket, shared: Envelope) -> None:
        self.transport: MemoryTransport = adversary.peers.create(self)  # type: ignore[arg-type]
        self.open = False
        self._adversary = adversary
        self._to = to
        self._shared = shared
        self.transport.make_offer()

    async def take(self, relay: Relay) -> None:
        """What the page answers, where it can be read."""
        with suppress(SignalingError, WrongSecretError):
            message = await self._shared.open(relay)
            if message.kind == "ice":
                self.transport.add_candidate(message.body)
            elif message.kind in ("offer", "answer"):
                self.transport.accept_description(message.kind, message.body)  # type: ignore[arg-type]

    def on_channels_open(self) -> None:
        self.open = True

    def on_local_description(self, kind: Any, sdp: str) -> None:
        self._say(kind, sdp)

    def on_candidate(self, candidate: str) -> None:
        self._say("ice", candidate)

    def _say(self, kind: Any, body: str) -> None:
        self._adversary.descriptions.append((kind, body))
        self._adversary.do(self._post(SealedMessage(kind, 1, body)))

    async def _post(self, message: SealedMessage) -> None:
        relay = await self._shared.seal(message)
        self._to.tell(replace(relay, peer=self._shared.me))

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("on_"):
            return lambda *_: None
        raise AttributeError(name)


class Adversary:
    """Runs the whole world; :meth:`step` does one thing, drawn at random.

    Attributes:
        wrong: (page, name shown, whose face it is) of each face under another's name.
        shown: how many faces were taken under the right name.
    """

    def __init__(self, seed: int) -> None:
        self.time = SwiftTime()
        self.chance = random.Random(seed)
        self.peers = MemoryPeers(self.time)
        self.wrong: set[tuple[str, str, str]] = set()
        self.shown = 0
        self.descriptions: list[tuple[str, str]] = []
        self.owners: dict[str, str] = {}
        self.pages: dict[str, Page] = {}
        self._identities: dict[str, Identity] = {}
        self._sockets: dict[str, PageSocket] = {}
        self._joins: list[tuple[str, Join]] = []
        self._recorded: list[tuple[str, Relay]] = []
        self._frames: list[RelayFrame] = []
        self._waiting: list[tuple[str, ServerMessage | RelayFrame]] = []
        self._orders = 0
        self._loads = 0
        self._ends: list[EvesEnd] = []
        self._envelopes: list[Envelope] = []
        self._packages: list[Member] = []
        self._seen: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        """Everybody arrives."""
        crypto = PythonCryptography(self.chance.randbytes, EVE)
        nothing: Any = None
        ports = CallPorts(
            nothing, nothing, crypto, nothing, nothing, self.chance.randbytes, self.chance.random
        )
        self._ports = ports
        self._identity = Identity.create(crypto.signer.public, self.chance.randbytes)
        self.owners[self._identity.peer] = EVE
        self._ring = await KeyRing.create(ports, INVITATION, self._identity)
        self._crypto = crypto
        self._packages.append(
            Member(self._identity.peer, 1, self._ring.life, self._ring.key_package)
        )
        for name in NAMES:
            await self._load(name)
        await self.time.run(50.0)

    async def step(self) -> None:
        """One thing happens; honest forwarding is the most likely one."""
        acts = (
            (20, self._forward), (6, self._send_faces), (3, self._tell_of_somebody),
            (3, self._replay), (3, self._forge), (2, self._replay_frame), (1, self._welcome),
            (1, self._forget), (2, self._intrude), (0.2, self._reload),
        )  # fmt: skip
        [act] = self.chance.choices([act for _, act in acts], [weight for weight, _ in acts])
        await act()
        await self.time.run(self.chance.choice((1.0, 5.0, 20.0, 100.0)))
        self._watch()

    def open(self, url: str, listener: SocketListener) -> PageSocket:
        socket = PageSocket(self, listener)
        self.time.call_later(1.0, lambda: socket.listener and listener.on_socket_open())
        return socket

    # What pages say

    def hear(self, socket: PageSocket, text: str) -> None:
        message = parse_client_message(text)
        match message:
            case Join():
                self._take_join(socket, message)
            case Relay(peer=peer):
                sender = self._peer_of(socket.name)
                self._remember(self._recorded, (peer, replace(message, peer=sender)))
                self._waiting.append((peer, replace(message, peer=sender)))
                for end in self._ends:
                    self.do(end.take(replace(message, peer=sender)))

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Soon."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def hear_frame(self, socket: PageSocket, frame: RelayFrame) -> None:
        told = RelayFrame(self._peer_of(socket.name), frame.payload)
        self._remember(self._frames, told)
        self._waiting.append((frame.peer, told))

    def _take_join(self, socket: PageSocket, join: Join) -> None:
        self._orders += 1
        socket.name = self.owners[join.peer]
        self._sockets[socket.name] = socket
        member = Member(join.peer, self._orders, join.life, join.key_package)
        there = {one.peer: one for one in self._packages if one.peer != join.peer}
        self._joins.append((socket.name, join))
        self._packages.append(member)
        socket.tell(Welcome(join.peer, member.order, tuple(there.values()), RELAYING))
        news = PeerJoined(member.peer, member.order, member.life, member.key_package)
        for name, other in self._sockets.items():
            if name != socket.name:
                other.tell(news)

    # What the adversary does

    async def _forward(self) -> None:
        waiting, self._waiting = self._waiting[:12], self._waiting[12:]
        for peer, message in waiting:
            if (socket := self._sockets.get(self.owners.get(peer, ""))) is not None:
                socket.tell(message)

    async def _send_faces(self) -> None:
        for name, page in self.pages.items():
            page.engine.send_params(tagged(name, page.clock.now_ms()))
        for number, end in enumerate(self._ends):
            if end.open:
                end.transport.send_frame(encode_frame(tagged(EVE, self.time.now_ms()), number))

    async def _tell_of_somebody(self) -> None:
        member = await self._mixed_member()
        news = PeerJoined(member.peer, member.order, member.life, member.key_package)
        self._anybody().tell(news)

    async def _welcome(self) -> None:
        """A page joins anew by itself when its socket breaks; then it hears a welcome of ours."""
        name, socket = self.chance.choice(list(self._sockets.items()))
        if socket.listener is not None:
            listener, socket.listener = socket.listener, None
            listener.on_socket_closed(1006, "")
            await self.time.run(400.0)
        members = [await self._mixed_member() for _ in range(self.chance.randrange(4))]
        own = self._peer_of(name)
        told = {member.peer: member for member in members if member.peer != own}
        self._sockets[name].tell(Welcome(own, self._orders, tuple(told.values()), RELAYING))

    async def _forget(self) -> None:
        self._anybody().tell(PeerLeft(self.chance.choice(list(self.owners))))

    async def _replay(self) -> None:
        """Something that was said before, to anybody, in anybody's name."""
        if self._recorded:
            _, relay = self.chance.choice(self._recorded)
            if self.chance.random() < 0.5:
                relay = replace(relay, peer=self.chance.choice(list(self.owners)))
            self._anybody().tell(relay)

    async def _replay_frame(self) -> None:
        if self._frames:
            frame = self.chance.choice(self._frames)
            if self.chance.random() < 0.5:
                frame = replace(frame, peer=self.chance.choice(list(self.owners)))
            self._anybody().tell(frame)

    async def _forge(self) -> None:
        """A letter or a frame that Eve sealed, in anybody's name."""
        if not self._joins:
            return
        _, join = self.chance.choice(self._joins)
        envelope = await self._ring.introduce(join.peer, join.life, join.key_package)
        name = self.chance.choice(list(self.owners))
        to = self._sockets.get(self.owners[join.peer]) or self._anybody()
        if self.chance.random() < 0.3:
            frame = encode_frame(tagged(EVE, self.time.now_ms()), self.chance.randrange(60_000))
            to.tell(RelayFrame(name, await envelope.seal_frame(frame)))
            return
        kind, body = ("control", encode_control(AvatarChange({"who": EVE})))
        if self.descriptions and self.chance.random() < 0.8:
            kind, body = self.chance.choice(self.descriptions[-30:])
        message = SealedMessage(kind, self.chance.randrange(1, 6), body)  # type: ignore[arg-type]
        to.tell(replace(await envelope.seal(message), peer=name))

    async def _intrude(self) -> None:
        """Eve tells a page that somebody's keys are hers, and calls it in that name."""
        name, join = self.chance.choice(self._joins)
        member = self.chance.choice(self._packages)
        to = self._sockets[name]
        life = self.chance.choice((member.life, random_id(self.chance.randbytes, LIFE_BYTES)))
        ring = await self._ring_as(member.peer, life)
        to.tell(PeerJoined(member.peer, member.order, life, ring.key_package))
        if member.peer == join.peer:
            return
        shared = await ring.introduce(join.peer, join.life, join.key_package)
        self._ends = [*self._ends[-20:], EvesEnd(self, to, shared)]
        await self.time.run(50.0)
        frame = encode_frame(tagged(EVE, self.time.now_ms()), 1)
        to.tell(RelayFrame(member.peer, await shared.seal_frame(frame)))

    async def _reload(self) -> None:
        name = self.chance.choice(NAMES)
        self.pages[name].engine.leave(returning=True)
        await self._load(name)

    # Parts

    async def _load(self, name: str) -> None:
        self._loads += 1
        page = Page(f"{name} {self._loads}", self.time, self, self.peers)
        page.engine.set_avatar({"who": name})
        page.engine.join(INVITATION, self._identities.get(name))
        assert page.engine.identity is not None
        self._identities[name] = page.engine.identity
        self.owners[page.engine.identity.peer] = name
        self.pages[name] = page

    async def _mixed_member(self) -> Member:
        """A member as recorded, with fields of others, or with keys that Eve made for it."""
        one, other = (self.chance.choice(self._packages) for _ in range(2))
        match self.chance.randrange(5):
            case 0:
                return replace(one, life=other.life)
            case 1:
                return replace(one, key_package=other.key_package)
            case 2:
                ring = await self._ring_as(one.peer, one.life)
                return replace(one, key_package=ring.key_package)
            case 3:
                return replace(one, peer=other.peer)
            case _:
                return one

    async def _ring_as(self, peer: str, life: str) -> KeyRing:
        """Eve's keys, sealed and signed by her for somebody else's peer id."""
        signer, own = self._crypto.signer, self._ring._own
        stolen = replace(self._identity, peer=peer)
        text = await seal_key_package(
            self._ring._sealer, signer, INVITATION.room, stolen, life, own.agreement_key
        )
        posing = replace(own, peer=peer, life=life)
        ring, agreement = self._ring, self._ring._agreement
        return KeyRing(self._ports, INVITATION, ring._sealer, posing, agreement, text)

    def _anybody(self) -> PageSocket:
        return self.chance.choice(list(self._sockets.values()))

    def _peer_of(self, name: str) -> str:
        return self._identities[name].peer

    @staticmethod
    def _remember(into: list[Any], what: object) -> None:
        into.append(what)
        if len(into) > MOST_RECORDED:
            del into[: MOST_RECORDED // 2]

    def _watch(self) -> None:
        """Looks at every face that a page takes, from now on, under whose name it takes it."""
        for name, page in self.pages.items():
            for connection in page.connections:
                if id(connection.remote) not in self._seen:
                    self._seen.add(id(connection.remote))
                    self._listen(name, connection.remote)

    def _listen(self, name: str, remote: RemotePeer) -> None:
        take = remote.take_frame

        def taken(data: bytes, now_ms: float) -> None:
            face_of, shown_as = owner_of(data), self.owners[remote.peer_id]
            if face_of == shown_as:
                self.shown += 1
            else:
                self.wrong.add((name, shown_as, face_of))
            take(data, now_ms)

        remote.take_frame = taken  # type: ignore[method-assign]

    def avatars(self) -> set[tuple[str, str]]:
        """(name, whose avatar it wears) of every peer of every page that wears one."""
        return {
            (self.owners[connection.remote.peer_id], str(connection.remote.avatar["who"]))
            for page in self.pages.values()
            for connection in page.connections
            if connection.remote.avatar
        }


async def play(seed: int, steps: int) -> Adversary:
    """A world after so many steps."""
    adversary = Adversary(seed)
    await adversary.begin()
    for _ in range(steps):
        await adversary.step()
    for page in adversary.pages.values():
        page.engine.leave()
    await adversary.time.run(100.0)
    return adversary
