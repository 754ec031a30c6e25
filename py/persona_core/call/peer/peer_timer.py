"""``PeerTimer``: the one timer of a :class:`PeerMachine`, set by the machine's commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.call.peer.peer_machine import (
    ABSENCE_MS,
    DEADLINE_MS,
    GRACE_MS,
    NEGOTIATION_MS,
    OFFER_MS,
    SETTLE_MS,
    PeerCommand,
    PeerMachine,
)
from persona_core.call.ports import CallPorts

_DELAYS_MS: Final = {
    PeerCommand.START_DEADLINE: DEADLINE_MS,
    PeerCommand.START_WAITING: OFFER_MS,
    PeerCommand.START_GRACE: GRACE_MS,
    PeerCommand.START_ABSENCE: ABSENCE_MS,
    PeerCommand.START_SETTLING: SETTLE_MS,
}


class PeerTimer:
    """Starting it replaces whatever it was set to."""

    def __init__(self, ports: CallPorts, machine: PeerMachine, on_due: Callable[[], None]) -> None:
        self._clock = ports.clock
        self._machine = machine
        self._timer = Countdown(ports.scheduler, on_due)
        self._due_ms = self._end_ms = 0.0

    def obey(self, command: PeerCommand) -> None:
        """Does what a command says of the timer."""
        match command:
            case PeerCommand.STOP_TIMER:
                self._timer.stop()
            case PeerCommand.START_DEADLINE | PeerCommand.START_WAITING:
                now_ms = self._clock.now_ms()
                self._due_ms, self._end_ms = now_ms, now_ms + NEGOTIATION_MS
                self._move_deadline(now_ms, _DELAYS_MS[command])
            case PeerCommand.MOVE_DEADLINE:
                self._move_deadline(self._clock.now_ms(), DEADLINE_MS)
            case PeerCommand.START_RETRY:
                self._timer.start(self._machine.next_retry_ms())
            case _:
                self._timer.start(_DELAYS_MS[command])

    def _move_deadline(self, now_ms: float, more_ms: float) -> None:
        """Never to an earlier time, and not beyond what the whole negotiation may take."""
        due_ms = min(now_ms + more_ms, self._end_ms)
        if due_ms > self._due_ms:
            self._due_ms = due_ms
            self._timer.start(due_ms - now_ms)
