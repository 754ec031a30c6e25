"""The pickers, effects and monitor of a page, following its graphics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from persona_core.graphics.modes import GPUMode
from persona_web.bridge.graphics.graph import GraphCanvas
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.ui.graphics.effect_controls import EffectControls, EffectsView, Obstacle
from persona_web.ui.graphics.gpu_mode_picker import GPUModePicker, GPUModeView
from persona_web.ui.graphics.performance_graph import PerformanceGraph
from persona_web.ui.graphics.performance_monitor import MonitorPanel
from persona_web.ui.graphics.quality_picker import QualityPicker
from persona_web.view.graphics import Graphics


class PicturePanel:
    """What is in ``#picture``, and ``#monitor``.

    Args:
        shows_portrait: whether any avatar of the page is a portrait now: of a drawn character
            there is no background to blur.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        graphics: Graphics,
        monitor: MonitorPanel,
        shows_portrait: Callable[[], bool],
    ) -> None:
        self._graphics = graphics
        self._monitor = monitor
        self._shows_portrait = shows_portrait
        self._portrait = shows_portrait()
        self._modes = GPUModePicker(page, strings, graphics.choose_mode)
        self._qualities = QualityPicker(page, strings, graphics.pin_quality)
        self._effects = EffectControls(page, strings, graphics.set_effects)
        graphics.on_change(self._show)
        self._show()

    @classmethod
    async def open(
        cls,
        site: Site,
        page: Page,
        strings: Strings,
        graphics: Graphics,
        shows_portrait: Callable[[], bool],
    ) -> Self:
        canvas = await GraphCanvas.load(site, page.element("monitor-graph"))
        monitor = MonitorPanel(page, strings, graphics.monitor, PerformanceGraph(canvas))
        return cls(page, strings, graphics, monitor, shows_portrait)

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
        self._effects.show(EffectsView(graphics.effects, self._obstacle()))

    def _obstacle(self) -> Obstacle | None:
        if not self._graphics.takes_effects:
            return Obstacle.NO_GPU
        return None if self._portrait else Obstacle.NO_BACKGROUND
