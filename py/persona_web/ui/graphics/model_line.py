"""What there is to say of the neural model during a call, in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from persona_core.graphics.ladder_commands import Reason
from persona_core.graphics.modes import NEURAL
from persona_web.neural.loading import LoadingStep
from persona_web.neural.neural_host import NeuralHost, State
from persona_web.ui.words import model_step_key
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

FAILURES: Final = frozenset(
    {
        Reason.CREATION_FAILED,
        Reason.FIRST_RUN_FAILED,
        Reason.RUN_FAILED,
        Reason.TIMED_OUT,
        Reason.DEVICE_LOST,
        Reason.CONTEXT_LOST,
    }
)
"""Why a neural rung is left that the person should hear of."""
ACTIVE: Final = frozenset({"model.drawing", "model.step.drawing"})


class ModelLine:
    """``#model-status``: loading, drawing, at rest, or what went wrong.

    Args:
        notify: shows a sentence where nobody overlooks it.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        host: NeuralHost,
        graphics: Graphics,
        notify: Callable[[str], None],
    ) -> None:
        self._strings = strings
        self._host = host
        self._graphics = graphics
        self._notify = notify
        self._line = page.element("model-status")
        self._was_active = False
        host.on_change(self._show)
        graphics.on_change(self._show)
        page.on_language(self._show)
        self._show()

    def _show(self) -> None:
        key = self._key()
        self._line.text = "" if key is None else self._strings.text(key)
        active = key in ACTIVE
        if self._was_active and not active and self._graphics.log[-1].reason in FAILURES:
            self._notify(self._strings.text("error.model-run-failed"))
        self._was_active = active

    def _key(self) -> str | None:
        status, graphics = self._host.status, self._graphics
        if status.state is State.LOADING:
            return model_step_key((status.step or LoadingStep.DOWNLOAD).value)
        if status.state is State.FAILED:
            return f"error.{status.problem}"
        if status.state is State.NONE:
            return None
        if graphics.rung not in NEURAL:
            return "model.resting"
        return "model.step.drawing" if graphics.is_starting else "model.drawing"
