"""What is done to the finished picture: a style, the background's blur, sharpness."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_web.ui.choices import Choices
from persona_web.ui.words import effect_style_key

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

SLIDERS = ("strength", "blur", "sharpen")
"""Fields of ``EffectSettings`` that are a share from 0 to 1."""


class Obstacle(Enum):
    """Why something cannot be set now; the value is the word of ``effects.<word>``."""

    NO_GPU = "no-gpu"
    NO_BACKGROUND = "no-background"
    TOO_SLOW = "too-slow"
    """Left out for now; what is set is seen again when there is time for it."""


@dataclass(frozen=True, slots=True)
class EffectsView:
    """What is to be seen of the effects.

    Attributes:
        settings: what the person chose.
        obstacle: why some of it has no effect now; None where all has.
    """

    settings: EffectSettings
    obstacle: Obstacle | None


class EffectControls:
    """``#effect-styles``, filled from ``#choice``; the sliders ``#effect-strength``,
    ``#effect-blur`` and ``#effect-sharpen``; ``#effects-reason``.

    Args:
        on_change: hears the settings that the person wants, while they drag, too.
    """

    def __init__(
        self, page: Page, strings: Strings, on_change: Callable[[EffectSettings], None]
    ) -> None:
        self._strings = strings
        self._on_change = on_change
        self._reason = page.element("effects-reason")
        self._view = EffectsView(EffectSettings(), None)
        self._styles = Choices(
            page,
            strings,
            page.element("effect-styles"),
            "effect-style",
            [style.value for style in EffectStyle],
            effect_style_key,
            lambda value: self._set(style=EffectStyle(value)),
        )
        self._sliders = {
            name: Slider(page, strings, f"effect-{name}", functools.partial(self._slid, name))
            for name in SLIDERS
        }
        page.on_language(self._render)
        self._render()

    def show(self, view: EffectsView) -> None:
        """Brings everything up to date."""
        if view != self._view:
            self._view = view
            self._render()

    def _slid(self, name: str, value: float) -> None:
        self._set(**{name: value})

    def _set(self, **changed: Any) -> None:
        settings = replace(self._view.settings, **changed)
        self.show(replace(self._view, settings=settings))
        self._on_change(settings)

    def _render(self) -> None:
        settings, obstacle = self._view.settings, self._view.obstacle
        possible = obstacle is not Obstacle.NO_GPU
        blocked = () if possible else [style.value for style in EffectStyle]
        self._styles.show(settings.style.value, blocked)
        styled = settings.style is not EffectStyle.NONE
        enabled = {
            "strength": possible and styled,
            "blur": obstacle in (None, Obstacle.TOO_SLOW),
            "sharpen": possible,
        }
        for name, slider in self._sliders.items():
            slider.show(getattr(settings, name), enabled=enabled[name])
        self._reason.text = "" if obstacle is None else self._strings.text(self._key(obstacle))

    @staticmethod
    def _key(obstacle: Obstacle) -> str:
        return f"effects.{obstacle.value}"


class Slider:
    """``#<id>``, an ``<input type=range>`` from 0 to 100, and ``#<id>-value``, an ``<output>``.

    Args:
        on_move: hears every new value, 0 to 1, while the person drags.
    """

    def __init__(
        self, page: Page, strings: Strings, element_id: str, on_move: Callable[[float], None]
    ) -> None:
        self._strings = strings
        self._input = page.element(element_id)
        self._output = page.element(f"{element_id}-value")
        self._on_move = on_move
        self._input.on("input", self._moved)

    def show(self, value: float, *, enabled: bool) -> None:
        """Brings the slider up to date; ``value`` is 0 to 1."""
        percent = f"{round(value * 100)}"
        if self._input.value != percent:
            self._input.value = percent
        if self._input.enabled is not enabled:
            self._input.enabled = enabled
        words = self._strings.text("figure.percent", value=percent)
        self._output.text = words
        self._input.set("aria-valuetext", words)

    def _moved(self) -> None:
        self._on_move(float(self._input.value) / 100.0)
