"""Pages in a call: engines with everything around them in memory."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.keys import PythonCryptography
from tests.support.world import SkewedClock, World

from persona_core.call.engine import CallEngine
from persona_core.call.invitation import Invitation
from persona_core.call.notices import Notice, NoticeCode
from persona_core.call.peer.peer_connection import PeerConnection
from persona_core.call.people.chat_log import ChatLine
from persona_core.call.people.people import People
from persona_core.call.ports import CallPorts, PeerTransportFactory, SocketFactory
from persona_core.call.signaling.signaling_client import SignalingClient
from persona_core.call.status import CallStatus
from persona_core.wire.people_messages import ReactionKind

INVITATION = Invitation("test-room", bytes(range(16)))


class Page:
    """One engine and all it told its listener."""

    def __init__(
        self,
        name: str,
        time: World,
        sockets: SocketFactory,
        peers: PeerTransportFactory,
        *,
        skew_ms: float = 0.0,
        url: str = "ws://signaling",
        wants_portraits: bool = False,
        with_people: bool = False,
    ) -> None:
        """
        Args:
            name: its first word names the person, whose pages have one signing key.
        """
        chance = random.Random(name)
        person = name.split()[0].removesuffix("'s")
        self.name = name
        self.statuses: list[CallStatus] = []
        self.notices: list[Notice] = []
        self.on_change: Callable[[], object] = lambda: None
        self.clock = SkewedClock(time, skew_ms)
        crypto = PythonCryptography(chance.randbytes, person)
        self._signing_key = crypto.signer.public
        ports = CallPorts(
            sockets=sockets,
            peers=peers,
            crypto=crypto,
            clock=self.clock,
            scheduler=time,
            token_bytes=chance.randbytes,
            random=chance.random,
        )
        self.engine = CallEngine(
            ports,
            url,
            self._hear,
            app=name,
            wants_portraits=wants_portraits,
            with_people=with_people,
        )
        self.said: list[ChatLine] = []
        self.reactions: list[tuple[str | None, ReactionKind]] = []
        self.mute_requests = 0
        if self.engine.people is not None:
            self.engine.people.listener = self

    def _hear(self, status: CallStatus, notice: Notice | None) -> None:
        self.statuses.append(status)
        if notice is not None:
            self.notices.append(notice)
        self.on_change()

    @property
    def people(self) -> People:
        assert self.engine.people is not None
        return self.engine.people

    @property
    def signing_key(self) -> bytes:
        return self._signing_key

    def on_chat(self, line: ChatLine) -> None:
        self.said.append(line)

    def on_reaction(self, peer: str | None, kind: ReactionKind) -> None:
        self.reactions.append((peer, kind))

    def on_mute_request(self) -> None:
        self.mute_requests += 1

    @property
    def codes(self) -> list[NoticeCode]:
        return [notice.code for notice in self.notices]

    @property
    def qualities(self) -> list[str]:
        """The quality of each peer who is there."""
        return [peer.quality for peer in self.engine.status.peers]

    @property
    def peer_id(self) -> str:
        assert self.engine.identity is not None
        return self.engine.identity.peer

    @property
    def connections(self) -> list[PeerConnection]:
        return list(self.engine._roster)

    @property
    def signaling(self) -> SignalingClient:
        assert self.engine._signaling is not None
        return self.engine._signaling

    @property
    def discarded(self) -> int:
        """What came out of turn or made no sense; 0 in an honest world."""
        return sum(connection.discarded for connection in self.connections)
