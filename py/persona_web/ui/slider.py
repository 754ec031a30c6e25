"""A share from 0 to 100 %, to drag, with its value in figures."""

from __future__ import annotations

from collections.abc import Callable

from persona_web.bridge.page import Page, Strings


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
