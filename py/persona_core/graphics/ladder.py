"""``Ladder``: which rung an avatar is drawn on, from the first try to the end.

It begins on the best rung that the machine has and the mode allows. What fails is left at once;
a lost device is restarted in its place, once; what is only slow is left after a suggestion that
nobody objected to. A rung that was left is tried again when all runs well, after a wait that
doubles each time. A mode that the person pinned is left for failure only, never for slowness.

A model draws whom it is let draw. While the rung is neural the others stand beside it, on the
``base``, the best rung that is not; what happens there is told apart and never moves the rung.

The lowest rung is never refused: a still photo where anybody goes as a portrait, else the canvas.

Sans-I/O: it knows no clock and draws nothing. Methods take the time in ms of one monotonic clock
and return commands for the owner, to be carried out in order; the owner calls :meth:`tick` now
and then (a few times a second will do), and tells only of the rung that the newest
:class:`Start` named.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from persona_core.base.machine import Machine
from persona_core.graphics.capabilities import (
    MODEL_MISSING,
    PORTRAIT_MISSING,
    SERVER_MISSING,
    SOFTWARE_ONLY,
    Capabilities,
)
from persona_core.graphics.fps_watch import FpsWatch
from persona_core.graphics.ladder_commands import (
    Command,
    Commands,
    LadderEntry,
    Reason,
    Start,
    StartBase,
    Suggest,
    Withdraw,
)
from persona_core.graphics.ladder_table import (
    LADDER_TABLE,
    LadderCommand,
    LadderEvent,
    LadderState,
)
from persona_core.graphics.modes import OWN_RUNGS, REFUGES, GPUMode, Rung
from persona_core.graphics.rung_history import RungHistory

DEADLINE_MS: Final = 15_000.0
"""How long a rung may take to draw its first frame; compiling shaders takes seconds at worst."""
NEURAL_DEADLINE_MS: Final = 60_000.0
"""The same where a model computes a portrait first, or is loaded from the disk."""
GRACE_MS: Final = 10_000.0
"""How long a suggestion waits for an answer."""
LOOK_MS: Final = 5_000.0
"""How often to look whether a better rung may be tried."""
QUIET_MS: Final = 120_000.0
"""How long nothing is suggested after a no; doubles with each."""
MAX_LOG: Final = 64
MAX_DETAIL: Final = 200


STRAINS: Final = frozenset({Reason.SLOW, Reason.MEMORY})
"""Reasons that only strain a rung; leaving it for others is a failure of it."""


class Ladder:
    """The ladder of the avatars of one page.

    Attributes:
        rung: the one that is running or being started.
        base: where those stand whom no model draws: ``rung`` itself where that is not neural.
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
        wanted: bool = True,
        pictured: bool = True,
    ) -> None:
        """
        Args:
            neural: the neural rungs that can be had; see :meth:`set_neural`.
            plain: whether a plain canvas shows all that was chosen; see :meth:`set_plain`.
            wanted: whether there is anybody for a model to draw; see :meth:`set_wanted`.
            pictured: whether anybody goes as a portrait; see :meth:`set_pictured`.
        """
        self.mode = mode
        self.suggestion: Suggest | None = None
        self._capabilities = capabilities
        self._neural = neural
        self._plain = plain
        self._wanted = wanted
        self._pictured = pictured
        self._rising: Reason | None = None
        self._machine = Machine(LADDER_TABLE, LadderState.STARTING)
        self._standings = {rung: RungHistory() for rung in Rung}
        self._watch = FpsWatch()
        self._log: deque[LadderEntry] = deque(maxlen=MAX_LOG)
        self._due_ms: float | None = None
        self._quiet_until_ms = 0.0
        self._quiet_ms = QUIET_MS
        self.rung = self._best(0.0)
        self.base = self._best_base(0.0)

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
        if lack is None and rung.is_neural:
            if rung not in self._neural:
                return SERVER_MISSING if rung is Rung.SERVER else MODEL_MISSING
            if not self._wanted:
                return PORTRAIT_MISSING
        if rung is Rung.STILL and not self._pictured:
            return PORTRAIT_MISSING
        spared = self._plain and self.mode is GPUMode.AUTO and not rung.is_neural
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
        given = self._take(LadderEvent.STARTED, now_ms)
        if self._rising is None:
            return given
        reason, self._rising = self._rising, None
        return given + self._rise(reason, now_ms)

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

    def base_failed(self, reason: Reason, now_ms: float, detail: str = "") -> Commands:
        """Beside a neural rung, the base could not be made, or raised an error while drawing."""
        return self._leave_base(reason, now_ms, detail)

    def base_lost(self, reason: Reason, now_ms: float, detail: str = "") -> Commands:
        """Beside a neural rung, the platform took away the base's device or context."""
        if self._standings[self.base].take_restart(now_ms):
            return (self._start_base(self.base, reason, now_ms, detail),)
        return self._leave_base(reason, now_ms, detail)

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
        self._standings = {rung: RungHistory() for rung in Rung}
        self._quiet_until_ms, self._quiet_ms = now_ms, QUIET_MS
        given = self._redirect(self._best(now_ms), Reason.CHOSEN, now_ms)
        base = self._best_base(now_ms)
        if self.rung.is_neural and base is not self.base:
            given += (self._start_base(base, Reason.CHOSEN, now_ms, ""),)
        return given

    def accept(self, now_ms: float) -> Commands:
        """The person takes the suggestion."""
        return self._answered(LadderEvent.ACCEPTED, now_ms)

    def dismiss(self, now_ms: float) -> Commands:
        """The person wants things to stay as they are."""
        return self._answered(LadderEvent.DISMISSED, now_ms)

    def set_neural(
        self,
        ready: frozenset[Rung],
        now_ms: float,
        *,
        gone: Reason = Reason.MODEL_GONE,
        come: Reason = Reason.MODEL_LOADED,
        detail: str = "",
    ) -> Commands:
        """Which neural rungs can be used from now on: those that a loaded model serves, and a
        server's. What happened on one before it was given anew is forgotten, for that was another
        model.

        Args:
            gone, detail: why the present one is left, where it has to be.
            come: why a better one is entered, where one can be.
        """
        for rung in ready - self._neural:
            self._standings[rung] = RungHistory()
        self._neural = ready
        return self._let_go(gone, now_ms, detail) or self._rise(come, now_ms)

    def set_wanted(self, wanted: bool, now_ms: float) -> Commands:
        """Whether there is anybody for a model to draw: a portrait that may be neural."""
        if wanted is self._wanted:
            return ()
        self._wanted = wanted
        if not self._log:  # not begun
            self.rung, self.base = self._best(now_ms), self._best_base(now_ms)
            return ()
        return self._let_go(Reason.NOT_NEEDED, now_ms) or self._rise(Reason.NEEDED, now_ms)

    def set_pictured(self, pictured: bool, now_ms: float) -> Commands:
        """Whether anybody goes as a portrait: of a drawn character there is no still."""
        if pictured is self._pictured:
            return ()
        self._pictured = pictured
        if not self._log:  # not begun
            return ()
        given = self._let_go(Reason.NOT_NEEDED, now_ms)
        if self.lack_of(self.base) is not None:
            given += (self._start_base(self._best_base(now_ms), Reason.NOT_NEEDED, now_ms, ""),)
        return given

    def set_plain(self, plain: bool, now_ms: float) -> Commands:
        """Whether a plain canvas shows all that was chosen: whoever it is, without effects.

        Where a CPU plays the GPU, they are then drawn the shorter way, unless the person pinned
        a mode: a drawn character by Canvas 2D, a portrait by a worker that paints it for a
        fraction of what shaders by software cost.
        """
        if plain is self._plain:
            return ()
        self._plain = plain
        best = self._best(now_ms)
        if not self._log:  # not begun
            self.rung, self.base = best, self._best_base(now_ms)
            return ()
        if not plain and best.is_above(self.rung) and self._capabilities.is_software(best):
            return self._redirect(best, Reason.NEEDED, now_ms)
        return self._let_go(Reason.NOT_NEEDED, now_ms)

    def tick(self, now_ms: float) -> Commands:
        """Time has passed, while the avatar could be drawn."""
        if self._due_ms is None and self.state is LadderState.STARTING:
            # The deadline runs from the first chance to draw: a page may be long in coming.
            self._due_ms = now_ms + self._deadline_ms
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

    @property
    def _deadline_ms(self) -> float:
        return NEURAL_DEADLINE_MS if self.rung.is_neural else DEADLINE_MS

    def _allowed(self) -> tuple[Rung, ...]:
        return OWN_RUNGS[self.mode] + REFUGES[self.mode]

    def _can(self, rung: Rung) -> bool:
        return self.lack_of(rung) is None

    def _may_enter(self, rung: Rung, now_ms: float) -> bool:
        if rung is (Rung.STILL if self._pictured else Rung.CANVAS):
            return True
        return self._can(rung) and self._standings[rung].may_enter(now_ms)

    def _best(self, now_ms: float) -> Rung:
        return next(rung for rung in self._allowed() if self._may_enter(rung, now_ms))

    def _best_base(self, now_ms: float) -> Rung:
        return next(
            rung for rung in self._allowed() if not rung.is_neural and self._may_enter(rung, now_ms)
        )

    def _below(self, among: tuple[Rung, ...], now_ms: float) -> Rung | None:
        lower = (rung for rung in among if self.rung.is_above(rung))
        return next((rung for rung in lower if self._may_enter(rung, now_ms)), None)

    def _above(self, now_ms: float) -> Rung | None:
        """The nearest one, once its wait is over: a step at a time shows what the machine bears."""
        for rung in reversed(self._allowed()):
            higher = rung.is_above(self.rung) and self._can(rung)
            if higher and not self._standings[rung].is_given_up:
                return rung if self._may_enter(rung, now_ms) else None
        return None

    def _strained(self, reason: Reason, now_ms: float) -> Commands:
        target = self._below(OWN_RUNGS[self.mode], now_ms)
        if target is None or now_ms < self._quiet_until_ms:
            return self._take(LadderEvent.STRAINED_MUTE, now_ms)
        return self._take(LadderEvent.STRAINED, now_ms, target, reason)

    def _answered(self, event: LadderEvent, now_ms: float) -> Commands:
        if self.suggestion is None:
            return self._take(event, now_ms)
        return self._take(event, now_ms, self.suggestion.rung, self.suggestion.reason)

    def _redirect(self, target: Rung, reason: Reason, now_ms: float, detail: str = "") -> Commands:
        event = LadderEvent.CONFIRM if target is self.rung else LadderEvent.REDIRECT
        return self._take(event, now_ms, target, reason, detail)

    def _let_go(self, reason: Reason, now_ms: float, detail: str = "") -> Commands:
        """Leaves the rung, or takes the suggestion back, if it can be had no more."""
        if self.lack_of(self.rung) is not None:
            return self._redirect(self._best(now_ms), reason, now_ms, detail)
        if self.suggestion is not None and self.lack_of(self.suggestion.rung) is not None:
            return self._take(LadderEvent.CONFIRM, now_ms)
        return ()

    def _rise(self, reason: Reason, now_ms: float) -> Commands:
        """Enters a neural rung that can be had now. A rung that has drawn nothing yet draws
        first: it takes less time, and somebody is seen meanwhile."""
        best = self._best(now_ms)
        if not (best.is_neural and best.is_above(self.rung)):
            return ()
        if self.is_starting:
            self._rising = reason
            return ()
        return self._redirect(best, reason, now_ms)

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
                    self._due_ms = now_ms + self._deadline_ms
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
        if not entered.is_neural:
            self.base = entered
        elif self.base not in self._allowed() or self.lack_of(self.base) is not None:
            self.base = self._best_base(now_ms)
        self._note(left, entered, reason, now_ms, detail)
        return Start(entered, reason)

    def _leave_base(self, reason: Reason, now_ms: float, detail: str) -> Commands:
        """Goes below the base. From the lowest rung there is nowhere to go; trying it at once
        again and again would help nobody."""
        lower = (rung for rung in self._allowed() if self.base.is_above(rung))
        target = next((rung for rung in lower if self._may_enter(rung, now_ms)), None)
        if target is None:
            return ()
        self._standings[self.base].left(now_ms, failed=True)
        return (self._start_base(target, reason, now_ms, detail),)

    def _start_base(self, entered: Rung, reason: Reason, now_ms: float, detail: str) -> StartBase:
        self._note(self.base, entered, reason, now_ms, detail)
        self.base = entered
        return StartBase(entered, reason)

    def _note(
        self, left: Rung | None, entered: Rung, reason: Reason, now_ms: float, detail: str
    ) -> None:
        self._log.append(LadderEntry(now_ms, left, entered, reason, detail[:MAX_DETAIL]))
