"""Two peer connections of one page, which hand each other what they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persona_web.bridge.network.peer import BrowserPeers
from persona_web.bridge.site import Site
from testbed.hearing import Hearing


class PeerHearing(Hearing):
    """A :class:`persona_core.call.ports.PeerListener` with its transport.

    Attributes:
        other: gets the descriptions and candidates that are heard here.
        offers: whether an offer is made when negotiation is needed.
    """

    def __init__(self, offers: bool = False) -> None:
        super().__init__()
        self.offers = offers
        self.other: PeerHearing | None = None
        self.transport: Any = None  # a BrowserPeer, made to tell this hearing

    @classmethod
    async def open(cls) -> PeerHearing:
        """With a transport of its own, which nobody answers yet."""
        hearing = cls()
        hearing.transport = (await BrowserPeers.load(Site())).create(hearing)
        return hearing

    def on_negotiation_needed(self) -> None:
        self.note("negotiation-needed")
        if self.offers and self.transport is not None:
            self.transport.make_offer()

    def on_local_description(self, kind: str, sdp: str) -> None:
        self.note("description", kind, sdp)
        self._hand_over(lambda other: other.accept_description(kind, sdp))

    def on_candidate(self, candidate: str) -> None:
        self.note("candidate", candidate)
        self._hand_over(lambda other: other.add_candidate(candidate))

    def on_connection_state(self, state: str) -> None:
        self.note("state", state)

    def on_channels_open(self) -> None:
        self.note("open")

    def on_frame(self, data: bytes) -> None:
        self.note("frame", data)

    def on_control(self, text: str) -> None:
        self.note("control", text)

    def on_control_drained(self) -> None:
        self.note("drained")

    def on_audio(self, track: object) -> None:
        self.note("audio", track)

    def on_transport_error(self, detail: str) -> None:
        self.note("error", detail)

    def on_negotiation_stuck(self, detail: str) -> None:
        self.note("stuck", detail)

    def _hand_over(self, give: Callable[[Any], None]) -> None:
        if self.other is not None:
            give(self.other.transport)


async def connected_pair() -> tuple[PeerHearing, PeerHearing]:
    """Caller and callee with open channels."""
    caller, callee = PeerHearing(offers=True), PeerHearing()
    await connect(await BrowserPeers.load(Site()), caller, callee)
    return caller, callee


async def connect(peers: BrowserPeers, caller: PeerHearing, callee: PeerHearing) -> None:
    """Gives both a transport and waits until their channels are open."""
    caller.other, callee.other = callee, caller
    for end in (caller, callee):
        end.transport = peers.create(end)
    for end in (caller, callee):
        await end.hear("open")


def close(*ends: PeerHearing) -> None:
    for end in ends:
        end.transport.close()
