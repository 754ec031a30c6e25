"""A page's card for neural models. What is in it is imported and built when the person opens it
for the first time, so that no page starts later for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from persona_web.base.background import Background
from persona_web.bridge.page import Page, Strings
from persona_web.neural.neural_access import NeuralAccess
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.ui.graphics.model_chooser import ModelChooser

logger = logging.getLogger(__name__)


class ModelCard:
    """``#models``, a disclosure with the parts of a :class:`ModelChooser` in it."""

    def __init__(
        self, page: Page, strings: Strings, neural: NeuralAccess, graphics: Graphics
    ) -> None:
        self._page = page
        self._strings = strings
        self._neural = neural
        self._graphics = graphics
        self._background = Background()
        self._opened = False
        self._chooser: ModelChooser | None = None
        self._card = page.element("models")
        self._card.on("toggle", self._toggled)
        self._toggled()  # it may have been opened while Python was still on its way

    def _toggled(self) -> None:
        if self._card.node.open and not self._opened:
            self._opened = True
            self._background.run(self._build())

    async def _build(self) -> None:
        try:
            from persona_web.ui.graphics.model_chooser import ModelChooser

            host = await self._neural.open()
        except Exception:  # a file of the app that could not be had
            logger.exception("the models cannot be shown")
            self._opened = False  # it is tried again when the card is opened again
            status = self._page.element("model-status")
            status.set("data-problem", "true")
            status.text = self._strings.text("error.model-failed")
            return
        self._chooser = ModelChooser(self._page, self._strings, host, self._graphics)
        self._chooser.restore()
