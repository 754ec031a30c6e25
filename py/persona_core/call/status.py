"""What a call tells the page: snapshots of where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from persona_core.call.notices import Notice
from persona_core.call.peer.peer_machine import Quality
from persona_core.call.peer_choices import OPEN, PeerChoice
from persona_core.call.remote_peer import Path
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.wire.people_messages import Presence


class Phase(Enum):
    """Where the person stands."""

    OUTSIDE = "outside"
    ENTERING = "entering"
    INSIDE = "inside"
    """In the room; stays so while the connection to the server is being repaired."""
    ENDED = "ended"
    """Left, or not let in: ``CallStatus.notice`` says why if it was not the person's wish."""


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """One peer in a snapshot.

    Attributes:
        audio: the peer's voice, see :class:`~persona_core.call.remote_peer.RemotePeer`: in a steady
            call nothing else tells that one came.
        code: see there.
        choice: see there.
        name: see there.
        presence: see there.
    """

    peer_id: str
    quality: Quality
    path: Path | None = None
    audio: object | None = None
    code: str | None = None
    choice: PeerChoice = OPEN
    name: str = ""
    presence: Presence | None = None


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A snapshot of the call.

    Attributes:
        signaling: the connection to the signaling server.
        peers: those who are there, in the order in which they were first seen.
        notice: the last thing there was to tell; None after joining.
        is_host: whether the person on this page is host of the room.
        is_locked: whether the host lets nobody in.
        host: peer id of another one who is host, if one is.
    """

    phase: Phase
    signaling: SignalingState
    peers: tuple[PeerStatus, ...]
    notice: Notice | None
    is_host: bool = False
    is_locked: bool = False
    host: str | None = None
