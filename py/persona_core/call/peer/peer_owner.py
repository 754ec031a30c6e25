"""What a connection to a peer needs from the call it is part of, as a port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from persona_core.call.notices import NoticeCode
from persona_core.call.peer_choices import PeerChoice
from persona_core.wire.control import ControlMessage
from persona_core.wire.host_messages import HostMessage
from persona_core.wire.people_messages import PeopleMessage
from persona_core.wire.signaling import ClientMessage, RelayFrame

if TYPE_CHECKING:
    from persona_core.call.peer.peer_connection import PeerConnection


class PeerOwner(Protocol):
    """The call."""

    @property
    def audio(self) -> object | None:
        """Our voice, an opaque handle of the platform."""
        ...

    @property
    def relays(self) -> bool:
        """Whether the signaling server can be reached and carries frames."""
        ...

    def send_signal(self, message: ClientMessage) -> bool: ...

    def send_relay(self, frame: RelayFrame) -> bool: ...

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What a peer is told first: a Hello, and what else it has to know."""
        ...

    def is_watched(self) -> bool:
        """Whether our page can be seen."""
        ...

    def choice_of(self, signing_key: bytes) -> PeerChoice:
        """What the person wants of whoever has this key."""
        ...

    def on_device_busy(self) -> None:
        """Our device was at work on a connection: the others' turn comes."""
        ...

    def on_peer_changed(self, connection: PeerConnection) -> None:
        """Quality, path, avatar, emotion, voice, portrait or presence may be others."""
        ...

    def on_people_said(
        self, connection: PeerConnection, message: PeopleMessage | HostMessage
    ) -> None:
        """The person there said something of themselves, or to us; not too often."""
        ...

    def on_peer_notice(self, connection: PeerConnection, code: NoticeCode) -> None:
        """There is something to tell about the peer. Said once for each occasion."""
        ...
