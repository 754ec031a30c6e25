"""``RelayFallback``: sends to a peer through the signaling server while there is no direct path.

It also notices that a peer without a direct path is not heard of by any other way either, and asks
the server after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.base.ports import Scheduler
from persona_core.call.peer.control_channel import ControlChannel
from persona_core.call.peer.peer_machine import PeerMachine, PeerState
from persona_core.call.peer.peer_owner import PeerOwner
from persona_core.call.peer.sealed_channel import SealedChannel
from persona_core.wire.signaling import PeerLost

RELAY_AFTER_MS: Final = 5_000.0
"""How long a direct path may take before frames go through the server: ICE on a good network
needs well under two seconds, and an interruption is seen after five at most."""
PATIENT_RETRY_MS: Final = 45_000.0
"""Pause between two rounds of tries for a direct path while frames go through the server."""

LOST_MS: Final = 3_000.0
"""Silence of a peer that was heard before: over any path it says something every two seconds."""
STRANGER_MS: Final = 8_000.0
"""Silence of one that was not: it may be slow to begin."""
LONGEST_MS: Final = 12_000.0
"""Pause between two times that a peer is asked after, in the long run."""

UNRELAYED: Final = (PeerState.CONNECTED, PeerState.IDLE, PeerState.BARRED)
"""Where no direct path is looked for, so nothing is to go through the server."""


class LostWatch:
    """Calls ``on_lost`` again and again while nothing is heard, with growing pauses."""

    def __init__(self, scheduler: Scheduler, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._timer = Countdown(scheduler, self._due)
        self._pause_ms = LONGEST_MS
        self._heard = False

    def start(self, *, known: bool) -> None:
        """The direct path is gone, or to be found; ``known``: whether there was one before."""
        self._pause_ms = LOST_MS if known else STRANGER_MS
        self._heard = False
        self._timer.start(self._pause_ms)

    def stop(self) -> None:
        self._timer.stop()

    def hear(self) -> None:
        """Something came from the peer, by whatever way."""
        self._heard = True

    def _due(self) -> None:
        if self._heard:
            self._pause_ms = LOST_MS
        else:
            self._pause_ms = min(LONGEST_MS, 2.0 * self._pause_ms)
            self._on_lost()
        self._heard = False
        self._timer.start(self._pause_ms)


class RelayFallback:
    """Switches ``sealed.relays`` on and off.

    Args:
        call_again: looks for a direct path anew.
        on_changed: hears that what is sent goes through the server from now on.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        machine: PeerMachine,
        sealed: SealedChannel,
        control_channel: ControlChannel,
        owner: PeerOwner,
        peer_id: str,
        call_again: Callable[[], None],
        on_changed: Callable[[], None],
    ) -> None:
        self._machine = machine
        self._sealed = sealed
        self._control_channel = control_channel
        self._owner = owner
        self._peer_id = peer_id
        self._call_again = call_again
        self._on_changed = on_changed
        self._timer = Countdown(scheduler, self._due)
        self._lost = LostWatch(scheduler, self._ask_after)

    def hear(self) -> None:
        """Something came from the peer, by whatever way."""
        self._lost.hear()

    def follow(self, was: PeerState) -> None:
        """Counts down to the relay while there is no direct path, and leaves it when there is."""
        state = self._machine.state
        if state in UNRELAYED:
            self._lost.stop()
            self._timer.stop()
            relayed, self._sealed.relays = self._sealed.relays, False
            if state is not PeerState.CONNECTED:
                self._control_channel.end()
            elif relayed:
                # Portraits and what was lost between the paths is asked for anew.
                self._control_channel.begin()
        elif was in UNRELAYED:
            self._lost.start(known=self._machine.was_connected)
            self._timer.start(RELAY_AFTER_MS)

    def take(self) -> None:
        """Sends through the server from now on, if there is a way and no better one."""
        sealed, machine = self._sealed, self._machine
        if sealed.relays or machine.state in UNRELAYED or machine.absent or not self._owner.relays:
            return
        sealed.relays = True
        self._timer.start(PATIENT_RETRY_MS)
        self._control_channel.begin()
        self._on_changed()

    def _ask_after(self) -> None:
        if not self._machine.absent:
            self._owner.send_signal(PeerLost(self._peer_id))

    def _due(self) -> None:
        if self._sealed.relays and self._machine.state is PeerState.LOST:
            self._call_again()
        else:
            self.take()
        if self._sealed.relays:
            self._timer.start(PATIENT_RETRY_MS)
        elif self._machine.state is not PeerState.LOST:
            self._timer.start(RELAY_AFTER_MS)
