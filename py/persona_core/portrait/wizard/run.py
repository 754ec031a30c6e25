"""``WizardRun``: a person taken through the steps of the wizard, without a page and a clock.

Its owner feeds what the tracker saw, what the person presses and what became of each picture, and
carries out the commands that come back, in order. Nothing that was taken is lost but by ``leave``
and ``end``.
"""

from __future__ import annotations

from typing import Final

from persona_core.base.machine import Machine
from persona_core.portrait.wizard.courses import StepCourses, StepStatus
from persona_core.portrait.wizard.hindrances import Glimpse
from persona_core.portrait.wizard.machine import (
    WIZARD_TABLE,
    WizardCommand,
    WizardEvent,
    WizardState,
)
from persona_core.portrait.wizard.steps import STEPS, Step
from persona_core.portrait.wizard.watch import Held, StepWatch

TAKEN_MS: Final = 900.0
"""How long a picture that was taken is shown, before the next step asks for something else."""

Commands = tuple[WizardCommand, ...]


class WizardRun:
    """Attributes:
    step: the one that is asked for, or was last.
    watch: what is seen of it.
    courses: how it goes with all of them.
    """

    def __init__(self) -> None:
        self._machine = Machine(WIZARD_TABLE, WizardState.WELCOME)
        self.courses = StepCourses()
        self.watch = StepWatch()
        self.step = Step.STRAIGHT
        self._taken_ms = 0.0

    @property
    def state(self) -> WizardState:
        return self._machine.state

    @property
    def progress(self) -> float:
        """How full the ring is, in [0, 1]."""
        is_over = self.state in (WizardState.CAPTURING, WizardState.TAKEN)
        return 1.0 if is_over else self.watch.progress

    @property
    def may_skip(self) -> bool:
        """Whether the step may be left out: there is no portrait without the first."""
        return self.step is not Step.STRAIGHT

    @property
    def can_finish(self) -> bool:
        """Whether there is enough for a portrait, once it is looked at."""
        return self.courses.status(Step.STRAIGHT) in (StepStatus.TAKEN, StepStatus.GOOD)

    # What the person does

    def use_camera(self, step: Step | None = None) -> Commands:
        """Asks with the camera: from the first step that is open, or for ``step`` once more."""
        if step is not None:
            self.courses.reopen(step)
        self.step = step or self.courses.next_open or Step.STRAIGHT
        return self._machine.handle(WizardEvent.CAMERA)

    def gather(self) -> Commands:
        """Pictures come from files, or out of a clip."""
        return self._machine.handle(WizardEvent.GATHER)

    def take_now(self) -> Commands:
        """The person says that it is good, whatever the tracker says of it; nothing happens where
        nobody is seen."""
        if self.watch.newest is None:
            return ()
        return self._machine.handle(WizardEvent.TAKE)

    def skip(self) -> Commands:
        """Leaves the step out; a picture that it has stays."""
        if not self.may_skip:
            return ()
        self.courses.skip(self.step)
        return self._move_on(WizardEvent.GO_TO)

    def back(self) -> Commands:
        """Asks for the step before once more; at the first, for that."""
        return self.go_to(STEPS[max(STEPS.index(self.step) - 1, 0)])

    def go_to(self, step: Step) -> Commands:
        """Asks for a step once more. The picture that it has stays until there is another."""
        self.step = step
        return self._machine.handle(WizardEvent.GO_TO)

    def finish(self) -> Commands:
        """No more steps; what is left open stays out."""
        return self._machine.handle(WizardEvent.FINISH) + self._after_reading()

    def leave(self) -> Commands:
        """Back to the beginning; everything is thrown away."""
        return self._forget(WizardEvent.LEAVE)

    def end(self) -> Commands:
        """The wizard is over; everything is thrown away."""
        return self._forget(WizardEvent.END)

    # What becomes of it

    def opened(self) -> Commands:
        """The camera is open."""
        return self._machine.handle(WizardEvent.OPENED)

    def failed(self) -> Commands:
        """The camera is gone, or what was to be made could not be made."""
        return self._machine.handle(WizardEvent.FAILED)

    def begin_step(self, now_ms: float) -> None:
        """Carries out ``BEGIN_STEP``."""
        self.watch.begin(self.step, now_ms)

    def captured(self, now_ms: float) -> Commands:
        """There is a picture of the step, to be looked at."""
        if self.state is WizardState.CAPTURING:
            self.courses.take(self.step)
            self._taken_ms = now_ms
            if self.step is Step.STRAIGHT:
                self.watch.take_rest()
        return self._machine.handle(WizardEvent.CAPTURED)

    def missed(self) -> Commands:
        """The camera gave no picture."""
        self.watch.drop()
        return self._machine.handle(WizardEvent.MISSED)

    def read(self, step: Step) -> Commands:
        """The picture of a step is good."""
        self.courses.accept(step)
        return self._after_reading()

    def refused(self, step: Step, code: str) -> Commands:
        """The picture of a step is of no use; it is asked for once more where that may help."""
        self.courses.refuse(step, code)
        return self._after_reading()

    def gathered(self) -> Commands:
        """All files are read, and enough of them are of use; from the review, when one of them is
        left out."""
        return self._machine.handle(WizardEvent.ALL_READ)

    def made(self) -> Commands:
        """The set is there."""
        return self._machine.handle(WizardEvent.MADE)

    # What is seen

    def see(self, glimpse: Glimpse | None, now_ms: float) -> Commands:
        """Takes what the tracker saw in a new frame; None for nobody."""
        if self.state not in (WizardState.SEEKING, WizardState.HOLDING):
            return ()
        return self._follow(self.watch.see(glimpse, now_ms))

    def tick(self, now_ms: float) -> Commands:
        """Time goes by, whether or not anything was seen."""
        if self.state is WizardState.TAKEN and now_ms - self._taken_ms >= TAKEN_MS:
            return self._move_on(WizardEvent.GO_ON)
        if self.state in (WizardState.SEEKING, WizardState.HOLDING):
            return self._follow(self.watch.wait(now_ms))
        return ()

    # Inside

    def _follow(self, held: Held) -> Commands:
        is_held = self.state is WizardState.HOLDING
        if held is Held.NOT:
            return self._machine.handle(WizardEvent.LEFT) if is_held else ()
        commands: Commands = ()
        if not is_held:
            commands += self._machine.handle(WizardEvent.REACHED)
        if held is Held.DONE:
            commands += self._machine.handle(WizardEvent.HELD)
        return commands

    def _move_on(self, event: WizardEvent) -> Commands:
        following = self.courses.next_open
        if following is None:
            return self.finish()
        self.step = following
        return self._machine.handle(event)

    def _after_reading(self) -> Commands:
        if self.state is not WizardState.READING or self.courses.having(StepStatus.TAKEN):
            return ()
        again = self.courses.next_refused
        if self.courses.status(Step.STRAIGHT) is not StepStatus.GOOD:
            again = Step.STRAIGHT
        if again is not None:
            return self.go_to(again)
        return self._machine.handle(WizardEvent.ALL_READ)

    def _forget(self, event: WizardEvent) -> Commands:
        self.courses = StepCourses()
        self.step = Step.STRAIGHT
        self.watch.forget()
        return self._machine.handle(event)
