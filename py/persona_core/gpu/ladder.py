"""``Ladder``: which rung an avatar is drawn on, from the first try to the end.

It begins on the best rung that the machine has and the mode allows. What fails is left at once;
a lost device is restarted in its place, once; what is only slow is left after a suggestion that
nobody objected to. A rung that was left is tried again when all runs well, after a wait that
doubles each time. A mode that the person pinned is left for failure only, never for slowness.

Sans-I/O: it knows no clock and draws nothing. Methods take the time in ms of one monotonic clock
and return commands for the owner, to be carried out in order; the owner calls :meth:`tick` now
and then (a few times a second will do), and tells only of the rung that the newest
:class:`Start` named.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from persona_core.call.machine import Machine
from persona_core.gpu.capabilities import (
    MODEL_MISSING,
    SOFTWARE_ONLY,
    Capabilities,
)
from persona_core.gpu.fps_watch import FpsWatch
from persona_core.gpu.ladder_table import (
    LADDER_TABLE,
    LadderCommand,
    LadderEvent,
    LadderState,
)
from persona_core.gpu.modes import OWN_RUNGS, REFUGES, GPUMode, Rung
from persona_core.gpu.standing import Standing

DEADLINE_MS: Final = 15_000.0
"""How long a rung may take to draw its first frame; compiling shaders takes seconds at worst."""
GRACE_MS: Final = 10_000.0
"""How long a suggestion waits for an answer."""
LOOK_MS: Final = 5_000.0
"""How often to look whether a better rung may be tried."""
QUIET_MS: Final = 120_000.0
"""How long nothing is suggested after a no; doubles with each."""
MAX_LOG: Final = 64
MAX_DETAIL: Final = 200


class Reason(Enum):
    """Why a rung was entered; the catalogue's key is ``gpu.reason.<value>``."""

    BEGIN = "begin"
    CHOSEN = "chosen"
    CREATION_FAILED = "creation-failed"
    FIRST_RUN_FAILED = "first-run-failed"
    RUN_FAILED = "run-failed"
    TIMED_OUT = "timed-out"
    DEVICE_LOST = "device-lost"
    CONTEXT_LOST = "context-lost"
    SLOW = "slow"
    MEMORY = "memory"
    RECOVERED = "recovered"
    MODEL_LOADED = "model-loaded"
    MODEL_GONE = "model-gone"
    NEEDED = "needed"
    NOT_NEEDED = "not-needed"


STRAINS: Final = frozenset({Reason.SLOW, Reason.MEMORY})
"""Reasons that only strain a rung; leaving it for others is a failure of it."""


@dataclass(frozen=True, slots=True)
class Start:
    """Draw on this rung from now on; what is shown stays until it has drawn."""

    rung: Rung
    reason: Reason


@dataclass(frozen=True, slots=True)
class Suggest:
    """Offer the person a lower rung, which is taken at ``due_ms`` unless they object."""

    rung: Rung
    reason: Reason
    due_ms: float


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the suggestion back, for it was answered or is past."""


Command = Start | Suggest | Withdraw
Commands = tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class LadderEntry:
    """One line of the log.

    Attributes:
        left: the rung before; None at the very beginning; the same as ``entered`` for a restart.
        detail: what the platform said, for reports.
    """

    time_ms: float
    left: Rung | None
    entered: Rung
    reason: Reason
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {
            "time_ms": round(self.time_ms),
            "from": None if self.left is None else self.left.value,
            "to": self.entered.value,
            "reason": self.reason.value,
            "detail": self.detail,
        }


class Ladder:
    """The ladder of one avatar.

    Attributes:
        rung: the one that is running or being started.
        mode: what the person lets it draw with.
        suggestion: what is being suggested, or None.
    """

    def __init__(
        self,
        capabilities: Capabilities,
        mode: GPUMode = GPUMode.AUTO,
        neural: frozenset[Rung] = frozenset(),
        *,
        plain: bool = False,
    ) -> None:
        """
        Args:
            neural: the neural rungs that a model is loaded for; see :meth:`set_neural`.
            plain: whether a plain canvas would show all there is; see :meth:`set_plain`.
        """
        self.mode = mode
        self.suggestion: Suggest | None = None
        self._capabilities = capabilities
        self._neural = neural
        self._plain = plain
        self._machine = Machine(LADDER_TABLE, LadderState.STARTING)
        self._standings = {rung: Standing() for rung in Rung}
        self._watch = FpsWatch()
        self._log: deque[LadderEntry] = deque(maxlen=MAX_LOG)
        self._due_ms: float | None = None
        self._quiet_until_ms = 0.0
        self._quiet_ms = QUIET_MS
        self.rung = self._best(0.0)

    @property
    def state(self) -> LadderState:
        return self._machine.state

    @property
    def log(self) -> tuple[LadderEntry, ...]:
        """The newest :data:`MAX_LOG` changes, the oldest first."""
        return tuple(self._log)

    @property
    def is_starting(self) -> bool:
        """Whether the rung has drawn nothing yet."""
        return self.state in (LadderState.STARTING, LadderState.STARTING_UNSEEN)

    @property
    def is_spared(self) -> bool:
        """Whether a better rung is left alone because a plain canvas does the same for less."""
        higher = (rung for rung in self._allowed() if rung.is_above(self.rung))
        return any(self.lack_of(rung) == SOFTWARE_ONLY for rung in higher)

    def lack_of(self, rung: Rung) -> str | None:
        """Why a rung cannot be had at all now, as a reason code; None where it can."""
        lack = self._capabilities.lack_of(rung)
        if lack is None and rung.is_neural and rung not in self._neural:
            return MODEL_MISSING
        spared = self._plain and self.mode is GPUMode.AUTO
        if lack is None and spared and self._capabilities.is_software(rung):
            return SOFTWARE_ONLY
        return lack

    # What happens

    def begin(self, now_ms: float) -> Commands:
        """The first start; to be called once, before anything else."""
        return (self._start(None, self.rung, Reason.BEGIN, now_ms, ""),)

    def started(self, now_ms: float) -> Commands:
        """The rung has drawn its first frame."""
        if self.is_starting:
            self._standings[self.rung].started(now_ms)
            self._watch.reset()
        return self._take(LadderEvent.STARTED, now_ms)

    def failed(self, reason: Reason, now_ms: float, detail: str = "") -> Commands:
        """The rung could not be made, or raised an error while drawing."""
        target = self._below(self._allowed(), now_ms)
        event = LadderEvent.FAILED_AT_FLOOR if target is None else LadderEvent.FAILED
        return self._take(event, now_ms, target, reason, detail)

    def lost(self, reason: Reason, now_ms: float, detail: str = "") -> Commands:
        """The platform took away the rung's device or context."""
        if self._standings[self.rung].take_restart(now_ms):
            return self._take(LadderEvent.LOST, now_ms, self.rung, reason, detail)
        target = self._below(self._allowed(), now_ms)
        event = LadderEvent.FAILED_AT_FLOOR if target is None else LadderEvent.LOST_AGAIN
        return self._take(event, now_ms, target, reason, detail)

    def observe(self, fps: float, now_ms: float, *, relief_left: bool = False) -> Commands:
        """The frame rate over the last moment, to be told a few times a second while shown.

        Args:
            relief_left: whether a lower quality may still help; slowness counts from when it
                may no longer.
        """
        self._watch.observe(fps, now_ms)
        if relief_left:
            self._watch.forgive()
        if self._watch.is_slow(now_ms):
            return self._strained(Reason.SLOW, now_ms)
        slow = self.suggestion is not None and self.suggestion.reason is Reason.SLOW
        if slow and self._watch.is_fine(now_ms):
            return self._take(LadderEvent.EASED, now_ms)
        return ()

    def memory_short(self, now_ms: float) -> Commands:
        """The platform could not give the memory that was asked for."""
        return self._strained(Reason.MEMORY, now_ms)

    def hidden(self, now_ms: float) -> Commands:
        """Nobody sees the page any more."""
        return self._take(LadderEvent.HIDE, now_ms)

    def shown(self, now_ms: float) -> Commands:
        """The page can be seen again."""
        self._watch.reset()
        return self._take(LadderEvent.SHOW, now_ms)

    def choose(self, mode: GPUMode, now_ms: float) -> Commands:
        """The person chose a mode; old failures are forgiven."""
        self.mode = mode
        self._standings = {rung: Standing() for rung in Rung}
        self._quiet_until_ms, self._quiet_ms = now_ms, QUIET_MS
        return self._redirect(self._best(now_ms), Reason.CHOSEN, now_ms)

    def accept(self, now_ms: float) -> Commands:
        """The person takes the suggestion."""
        return self._answered(LadderEvent.ACCEPTED, now_ms)

    def dismiss(self, now_ms: float) -> Commands:
        """The person wants things to stay as they are."""
        return self._answered(LadderEvent.DISMISSED, now_ms)

    def set_neural(self, ready: frozenset[Rung], now_ms: float) -> Commands:
        """Which neural rungs can be used from now on: those that a loaded model serves, and
        serves fast enough."""
        for rung in self._neural - ready:
            self._standings[rung].left(now_ms, failed=False)
        self._neural = ready
        if given := self._let_go(Reason.MODEL_GONE, now_ms):
            return given
        best = self._best(now_ms)
        better = best.is_neural and best.is_above(self.rung)
        if better and self.state is LadderState.RUNNING:
            return self._redirect(best, Reason.MODEL_LOADED, now_ms)
        return ()

    def set_plain(self, plain: bool, now_ms: float) -> Commands:
        """Whether a plain canvas shows all there is: drawn characters without effects.

        Where a CPU plays the GPU, they are then drawn the shorter way, unless the person pinned
        a mode.
        """
        if plain is self._plain:
            return ()
        self._plain = plain
        best = self._best(now_ms)
        if not self._log:  # not begun
            self.rung = best
            return ()
        if not plain and best.is_above(self.rung) and self._capabilities.is_software(best):
            return self._redirect(best, Reason.NEEDED, now_ms)
        return self._let_go(Reason.NOT_NEEDED, now_ms)

    def tick(self, now_ms: float) -> Commands:
        """Time has passed, while the avatar could be drawn."""
        if self._due_ms is None and self.state is LadderState.STARTING:
            # The deadline runs from the first chance to draw: a page may be long in coming.
            self._due_ms = now_ms + DEADLINE_MS
        if self._due_ms is None or now_ms < self._due_ms:
            return ()
        self._due_ms = None
        if self.state is LadderState.STARTING:
            target = self._below(self._allowed(), now_ms)
            event = LadderEvent.DUE_AT_FLOOR if target is None else LadderEvent.DUE
            return self._take(event, now_ms, target, Reason.TIMED_OUT)
        if self.state is LadderState.SUGGESTING:
            return self._answered(LadderEvent.DUE, now_ms)
        above = self._above(now_ms) if self._watch.is_fine(now_ms) else None
        event = LadderEvent.DUE if above is None else LadderEvent.DUE_CLIMB
        return self._take(event, now_ms, above, Reason.RECOVERED)

    # Guards

    def _allowed(self) -> tuple[Rung, ...]:
        return OWN_RUNGS[self.mode] + REFUGES[self.mode]

    def _can(self, rung: Rung) -> bool:
        return self.lack_of(rung) is None

    def _may_enter(self, rung: Rung, now_ms: float) -> bool:
        if rung is Rung.CANVAS:
            return True
        return self._can(rung) and self._standings[rung].may_enter(now_ms)

    def _best(self, now_ms: float) -> Rung:
        return next(rung for rung in self._allowed() if self._may_enter(rung, now_ms))

    def _below(self, among: tuple[Rung, ...], now_ms: float) -> Rung | None:
        lower = (rung for rung in among if self.rung.is_above(rung))
        return next((rung for rung in lower if self._may_enter(rung, now_ms)), None)

    def _above(self, now_ms: float) -> Rung | None:
        """The nearest one: a step at a time shows what the machine bears."""
        higher = [rung for rung in self._allowed() if rung.is_above(self.rung)]
        return next((rung for rung in reversed(higher) if self._may_enter(rung, now_ms)), None)

    def _strained(self, reason: Reason, now_ms: float) -> Commands:
        target = self._below(OWN_RUNGS[self.mode], now_ms)
        if target is None or now_ms < self._quiet_until_ms:
            return self._take(LadderEvent.STRAINED_MUTE, now_ms)
        return self._take(LadderEvent.STRAINED, now_ms, target, reason)

    def _answered(self, event: LadderEvent, now_ms: float) -> Commands:
        if self.suggestion is None:
            return self._take(event, now_ms)
        return self._take(event, now_ms, self.suggestion.rung, self.suggestion.reason)

    def _redirect(self, target: Rung, reason: Reason, now_ms: float) -> Commands:
        event = LadderEvent.CONFIRM if target is self.rung else LadderEvent.REDIRECT
        return self._take(event, now_ms, target, reason)

    def _let_go(self, reason: Reason, now_ms: float) -> Commands:
        """Leaves the rung, or takes the suggestion back, if it can be had no more."""
        if self.lack_of(self.rung) is not None:
            return self._redirect(self._best(now_ms), reason, now_ms)
        if self.suggestion is not None and self.lack_of(self.suggestion.rung) is not None:
            return self._take(LadderEvent.CONFIRM, now_ms)
        return ()

    # What follows

    def _take(
        self,
        event: LadderEvent,
        now_ms: float,
        target: Rung | None = None,
        reason: Reason = Reason.BEGIN,
        detail: str = "",
    ) -> Commands:
        given: list[Command] = []
        for command in self._machine.handle(event):
            match command:
                case LadderCommand.START_DEADLINE:
                    self._due_ms = now_ms + DEADLINE_MS
                case LadderCommand.START_GRACE:
                    self._due_ms = now_ms + GRACE_MS
                case LadderCommand.START_LOOK:
                    self._due_ms = now_ms + LOOK_MS
                case LadderCommand.STOP_TIMER:
                    self._due_ms = None
                case LadderCommand.QUIET:
                    self._quiet_until_ms = now_ms + self._quiet_ms
                    self._quiet_ms *= 2.0
                case LadderCommand.WITHDRAW:
                    self.suggestion = None
                    given.append(Withdraw())
                case LadderCommand.SUGGEST:
                    assert target is not None
                    self.suggestion = Suggest(target, reason, now_ms + GRACE_MS)
                    given.append(self.suggestion)
                case _:
                    given.append(self._go(command, target, reason, now_ms, detail))
        return tuple(given)

    def _go(
        self,
        command: LadderCommand,
        target: Rung | None,
        reason: Reason,
        now_ms: float,
        detail: str,
    ) -> Start:
        """Starts a rung, for one of the commands that do."""
        left = self.rung
        if command is LadderCommand.DESCEND:
            self._standings[left].left(now_ms, failed=reason not in STRAINS)
        if command is not LadderCommand.AGAIN:
            assert target is not None
            self.rung = target
        return self._start(left, self.rung, reason, now_ms, detail)

    def _start(
        self, left: Rung | None, entered: Rung, reason: Reason, now_ms: float, detail: str
    ) -> Start:
        self._log.append(LadderEntry(now_ms, left, entered, reason, detail[:MAX_DETAIL]))
        return Start(entered, reason)
