"""What the wizard is put together of, and the panel of each of its states."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.wizard.machine import ASKING, WizardState
from persona_web.look.set_maker import SetMaker

if TYPE_CHECKING:
    from persona_web.bridge.dialog import Dialog
    from persona_web.bridge.media.chime import Chime
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.look.wizard_camera import WizardCamera
    from persona_web.ui.look.wizard_gathering import WizardGathering
    from persona_web.ui.look.wizard_panels import WizardPanels
    from persona_web.ui.look.wizard_review import WizardReview
    from persona_web.ui.look.wizard_speech import Speech
    from persona_web.ui.look.wizard_told import WizardTold
    from persona_web.ui.look.wizard_work import WizardWork

PANELS: Final = {
    **dict.fromkeys((WizardState.OPENING, *ASKING), "camera"),
    WizardState.WELCOME: "welcome",
    WizardState.LOST: "lost",
    **dict.fromkeys((WizardState.READING, WizardState.GATHERING, WizardState.MAKING), "work"),
    WizardState.REVIEW: "review",
}
"""The panel of each state."""


class WizardHost(Protocol):
    """The page's camera, as far as the wizard uses it."""

    async def open_camera(self) -> str | None:
        """Opens it, or takes it as it is; the error's code where there is none."""
        ...

    def close_camera(self) -> None:
        """Leaves it as it was before the wizard."""
        ...

    async def grab(self) -> Any | None:
        """The frame that it gives now, as a bitmap."""
        ...


@dataclass(frozen=True, slots=True)
class WizardParts:
    """What the wizard is put together of.

    Attributes:
        use: wears a set and keeps it.
    """

    page: Page
    strings: Strings
    dialog: Dialog
    host: WizardHost
    maker: SetMaker
    panels: WizardPanels
    told: WizardTold
    camera: WizardCamera
    work: WizardWork
    gathering: WizardGathering
    review: WizardReview
    speech: Speech
    chime: Chime
    use: Callable[[PortraitSet], Awaitable[None]]
