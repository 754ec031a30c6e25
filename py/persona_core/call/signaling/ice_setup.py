"""``IceSetup``: which servers connections may use, and credentials that are renewed in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.call.ports import CallPorts
from persona_core.wire.signaling import IceServers

LONGEST_WAIT_MS: Final = 86_400_000.0
"""A day, whatever a stranger says: a browser's timer wraps at 25."""
SHORTEST_WAIT_MS: Final = 10_000.0


class IceSetup:
    """Keeps the platform's connections configured.

    Args:
        ask: asks the signaling server for its servers anew.
    """

    def __init__(self, ports: CallPorts, ask: Callable[[], None]) -> None:
        self._peers = ports.peers
        self._ice = IceServers()
        self._relay_only = False
        self._timer = Countdown(ports.scheduler, ask)

    def take(self, ice: IceServers) -> None:
        """The signaling server named these."""
        self._ice = ice
        self._configure()
        if ice.ttl_s > 0:
            # In time for the restart of a connection whose credentials would have expired.
            self._timer.start(max(SHORTEST_WAIT_MS, min(LONGEST_WAIT_MS, ice.ttl_s * 500.0)))

    def hide_address(self, hidden: bool) -> bool:
        """Whether only paths through TURN servers are used; False when that is no change."""
        if hidden == self._relay_only:
            return False
        self._relay_only = hidden
        self._configure()
        return True

    def stop(self) -> None:
        """Asks no more, until servers are named again."""
        self._timer.stop()

    def _configure(self) -> None:
        self._peers.configure(self._ice.servers, relay_only=self._relay_only)
