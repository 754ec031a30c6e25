"""``Roster``: the connections to everybody whom we met in a room, gone ones included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from persona_core.call.peer.peer_connection import PeerConnection
from persona_core.call.peer.peer_machine import PeerState
from persona_core.call.peer_choices import PeerChoices
from persona_core.wire.control import ControlMessage

MAX_PEERS: Final = 64
"""Remembered at once; a server that invents more is not believed."""


class Roster:
    """By peer id, in the order in which they were first seen; may change while it is iterated.

    Attributes:
        choices: what the person wants of whom.
    """

    def __init__(self) -> None:
        self._connections: dict[str, PeerConnection] = {}
        self.choices = PeerChoices()

    def __iter__(self) -> Iterator[PeerConnection]:
        return iter(tuple(self._connections.values()))

    def find(self, peer: str) -> PeerConnection | None:
        return self._connections.get(peer)

    def take_in(self, peer: str, make: Callable[[str], PeerConnection]) -> PeerConnection | None:
        """The connection to ``peer``, made if there is none; None where there are too many."""
        if peer not in self._connections:
            if len(self._connections) >= MAX_PEERS and not self._forget_one():
                return None
            self._connections[peer] = make(peer)
        return self._connections[peer]

    @property
    def present(self) -> list[PeerConnection]:
        """Those to peers who are there."""
        return [one for one in self if one.machine.state is not PeerState.IDLE]

    @property
    def is_running(self) -> bool:
        """Whether there is a connection, however shaky, that was up before."""
        return any(connection.is_running for connection in self)

    def say(self, message: ControlMessage) -> None:
        """Tells everybody."""
        for connection in self:
            connection.control_channel.say(message)

    def choose_for(self, peer: str, **changes: bool) -> bool:
        """Notes it; see :meth:`~persona_core.call.engine.CallEngine.choose_for`."""
        chosen = self.find(peer)
        if chosen is None or chosen.sealed.signing_key is None:
            return False
        self.choices.change(chosen.sealed.signing_key, **changes)
        return True

    @property
    def blocked(self) -> tuple[str, ...]:
        """The ids of the peers who are blocked."""
        return tuple(one.remote.peer_id for one in self if one.remote.choice.blocked)

    def _forget_one(self) -> bool:
        for peer, connection in self._connections.items():
            if connection.machine.state is PeerState.IDLE:
                connection.close()
                del self._connections[peer]
                return True
        return False
