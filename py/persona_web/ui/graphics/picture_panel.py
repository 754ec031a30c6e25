"""The pickers, effects and monitor of a page, following its graphics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.graphics.modes import CHOOSABLE, GPUMode, RenderQuality
from persona_web.ui.choices import Choices
from persona_web.ui.graphics.effect_controls import EffectControls, EffectsView, Obstacle
from persona_web.ui.graphics.gpu_mode_picker import GPUModePicker, GPUModeView
from persona_web.ui.graphics.performance_monitor import LineGraph, MonitorPanel, PerformanceGraph
from persona_web.ui.words import quality_key
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class PicturePanel:
    """What is in ``#picture``, and ``#monitor``.

    Args:
        graph: the monitor's.
        shows_portrait: whether any avatar of the page is a portrait now: of a drawn character
            there is no background to blur.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        graphics: Graphics,
        graph: LineGraph,
        shows_portrait: Callable[[], bool],
    ) -> None:
        self._graphics = graphics
        self._monitor = MonitorPanel(page, strings, graphics.monitor, PerformanceGraph(graph))
        self._shows_portrait = shows_portrait
        self._portrait = shows_portrait()
        self._modes = GPUModePicker(page, strings, graphics.choose_mode)
        self._qualities = QualityPicker(page, strings, graphics.pin_quality)
        self._effects = EffectControls(page, strings, graphics.set_effects)
        graphics.on_change(self._show)
        self._show()

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        self._monitor.step(now_ms)
        if self._portrait is not self._shows_portrait():
            self._portrait = not self._portrait
            self._show()

    def _show(self) -> None:
        graphics = self._graphics
        lacks = {mode: graphics.capabilities.lack_of_mode(mode) for mode in GPUMode}
        self._modes.show(
            GPUModeView(
                chosen=graphics.mode,
                rung=graphics.rung,
                reason=graphics.reason,
                unsupported={mode: lack for mode, lack in lacks.items() if lack is not None},
            )
        )
        self._qualities.show(graphics.pinned, graphics.quality)
        self._effects.show(EffectsView(graphics.chosen_effects, self._obstacle()))

    def _obstacle(self) -> Obstacle | None:
        if not self._graphics.takes_effects:
            return Obstacle.NO_GPU
        if not self._portrait:
            return Obstacle.NO_BACKGROUND
        return None if self._graphics.shows_effects else Obstacle.TOO_SLOW


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
            [AUTOMATIC, *(level.value for level in CHOOSABLE)],
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
