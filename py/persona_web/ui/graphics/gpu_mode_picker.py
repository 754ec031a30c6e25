"""Choosing how the picture is drawn: what each way gives, and why one may not be had."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from persona_core.graphics.modes import GPUMode, Rung
from persona_web.ui.words import gpu_mode_key, gpu_reason_key, rung_key

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


@dataclass(frozen=True, slots=True)
class GPUModeView:
    """What is to be seen of the ways of drawing.

    Attributes:
        chosen: what the person asks for.
        rung: where the drawing stands; None while it is being found out.
        reason: the code of why it stands there and not higher; None where there is no higher.
        unsupported: the code of why a mode cannot be had here, by mode.
    """

    chosen: GPUMode
    rung: Rung | None
    reason: str | None
    unsupported: Mapping[GPUMode, str]


class GPUModePicker:
    """``#gpu-modes``, filled from ``#gpu-mode``, and ``#gpu-now``, in the fieldset ``#gpu-field``.

    A mode that cannot be had is disabled, so the keyboard passes over it; its reason stands in
    its card and is also part of the fieldset's description, which screen readers say.

    Args:
        on_choice: hears what the person picks.
    """

    def __init__(self, page: Page, strings: Strings, on_choice: Callable[[GPUMode], None]) -> None:
        self._strings = strings
        self._field = page.element("gpu-field")
        self._now = page.element("gpu-now")
        self._radios: dict[GPUMode, Element] = {}
        self._texts: list[tuple[Element, str]] = []
        self._reasons: dict[GPUMode, Element] = {}
        self._shown: GPUModeView | None = None
        grid = page.element("gpu-modes")
        grid.clear()
        for mode in GPUMode:
            card = page.clone("gpu-mode")
            radio = card.find("input")
            radio.value = mode.value
            radio.on_change(functools.partial(on_choice, mode))
            reason = card.find(".gpu-mode-reason")
            reason.set("id", f"gpu-reason-{mode.value}")
            self._radios[mode] = radio
            self._reasons[mode] = reason
            self._texts.append((card.find(".gpu-mode-name"), gpu_mode_key(mode)))
            self._texts.append((card.find(".gpu-mode-detail"), f"{gpu_mode_key(mode)}-detail"))
            grid.append(card)
        page.on_language(self._render)
        self._render()

    def show(self, view: GPUModeView) -> None:
        """Brings cards and sentence up to date."""
        if view != self._shown:
            self._shown = view
            self._render()

    def _render(self) -> None:
        for element, key in self._texts:
            element.text = self._strings.text(key)
        view = self._shown
        if view is None:
            return
        for mode, radio in self._radios.items():
            reason = view.unsupported.get(mode)
            radio.enabled = reason is None
            radio.checked = mode is view.chosen
            self._reasons[mode].text = "" if reason is None else self._unavailable(reason)
        described = ["gpu-now", *(f"gpu-reason-{mode.value}" for mode in view.unsupported)]
        self._field.set("aria-describedby", " ".join(described))
        self._now.text = self._sentence(view)

    def _unavailable(self, reason: str) -> str:
        return self._strings.text("gpu.unavailable", why=self._strings.text(gpu_reason_key(reason)))

    def _sentence(self, view: GPUModeView) -> str:
        text = self._strings.text
        if view.rung is None:
            return text("gpu.finding")
        what = text(rung_key(view.rung))
        if view.reason is None:
            return text("gpu.now", what=what)
        return text("gpu.now-because", what=what, why=text(gpu_reason_key(view.reason)))
