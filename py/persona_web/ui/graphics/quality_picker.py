"""Choosing how finely the picture is drawn, or leaving that to what the device can keep up with."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.graphics.modes import RenderQuality
from persona_web.bridge.page import Page, Strings
from persona_web.ui.choices import Choices
from persona_web.ui.words import quality_key

AUTOMATIC = "auto"


class QualityPicker:
    """``#qualities``, filled from ``#choice``, and ``#quality-now``.

    Args:
        on_choice: hears the level that the person pins; None for automatic.
    """

    def __init__(
        self, page: Page, strings: Strings, on_choice: Callable[[RenderQuality | None], None]
    ) -> None:
        self._strings = strings
        self._now = page.element("quality-now")
        self._shown: tuple[RenderQuality | None, RenderQuality] | None = None
        self._choices = Choices(
            page,
            strings,
            page.element("qualities"),
            "quality",
            [AUTOMATIC, *(level.value for level in RenderQuality)],
            quality_key,
            lambda value: on_choice(None if value == AUTOMATIC else RenderQuality(value)),
        )
        page.on_language(self._render)

    def show(self, pinned: RenderQuality | None, current: RenderQuality) -> None:
        """Brings buttons and sentence up to date.

        Args:
            pinned: what the person chose; None for automatic.
            current: what is drawn with now.
        """
        if (pinned, current) != self._shown:
            self._shown = (pinned, current)
            self._choices.show(AUTOMATIC if pinned is None else pinned.value)
            self._render()

    def _render(self) -> None:
        if self._shown is None:
            return
        pinned, current = self._shown
        what = self._strings.text(quality_key(current.value))
        key = "quality.now-automatic" if pinned is None else "quality.now-pinned"
        self._now.text = self._strings.text(key, what=what)
