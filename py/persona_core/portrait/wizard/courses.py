"""How it goes with each step of the wizard: open, taken, good, skipped or refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from persona_core.portrait.wizard.steps import STEPS, Step

RETAKES: Final = 1
"""How often a picture that proved useless is asked for again; the first one always is."""


class StepStatus(Enum):
    OPEN = "open"
    TAKEN = "taken"
    """Being looked at."""
    GOOD = "good"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(slots=True)
class _Course:
    status: StepStatus = StepStatus.OPEN
    refusals: int = 0
    code: str | None = None


class StepCourses:
    """All steps together."""

    def __init__(self) -> None:
        self._courses = {step: _Course() for step in STEPS}

    def status(self, step: Step) -> StepStatus:
        return self._courses[step].status

    def refusal(self, step: Step) -> str | None:
        """The code of what was wrong with the picture taken last; None for nothing."""
        return self._courses[step].code

    def having(self, status: StepStatus) -> tuple[Step, ...]:
        """The steps that stand so, in order."""
        return tuple(step for step in STEPS if self.status(step) is status)

    @property
    def is_untouched(self) -> bool:
        """Whether there is nothing that could be lost."""
        return self.having(StepStatus.OPEN) == STEPS

    @property
    def next_open(self) -> Step | None:
        """The first step that wants a picture, as it has none or a useless one."""
        return next((step for step in STEPS if self._is_wanted(step)), None)

    @property
    def next_refused(self) -> Step | None:
        """The first step whose picture proved useless and is worth another try."""
        refused = self.having(StepStatus.REFUSED)
        return next((step for step in refused if self._is_wanted(step)), None)

    def take(self, step: Step) -> None:
        """There is a picture, to be looked at."""
        course = self._courses[step]
        course.status, course.code = StepStatus.TAKEN, None

    def accept(self, step: Step) -> None:
        self._courses[step].status = StepStatus.GOOD

    def refuse(self, step: Step, code: str) -> None:
        course = self._courses[step]
        course.status, course.code = StepStatus.REFUSED, code
        course.refusals += 1

    def skip(self, step: Step) -> None:
        """Leaves a step out; a picture that it has stays."""
        course = self._courses[step]
        if course.status in (StepStatus.OPEN, StepStatus.REFUSED):
            course.status = StepStatus.SKIPPED

    def reopen(self, step: Step) -> None:
        """Another try, however many there were."""
        self._courses[step].refusals = 0

    def _is_wanted(self, step: Step) -> bool:
        course = self._courses[step]
        again = course.refusals <= RETAKES or step is Step.STRAIGHT
        return course.status is StepStatus.OPEN or (course.status is StepStatus.REFUSED and again)
