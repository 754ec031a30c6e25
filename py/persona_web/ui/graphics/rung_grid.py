"""Every way of drawing and every style side by side, for the same face."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_core.graphics.modes import GPUMode, RenderQuality
from persona_web.base.background import Background
from persona_web.ui.words import effect_style_key, gpu_mode_key, gpu_reason_key, rung_key
from persona_web.view.avatar_view import AvatarView
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

MODES: Final = (GPUMode.WEBGPU, GPUMode.WEBGL, GPUMode.CPU)
DRAWN_A_FRAME: Final = 3
"""Cells drawn in one displayed frame, in turn: all nine at once would be too much for many."""

OpenCell = Callable[[GPUMode, "Element"], Awaitable[tuple[Graphics, AvatarView]]]
"""Opens graphics that are pinned to a mode, and a stage at a place with the person on it."""


@dataclass(slots=True, eq=False)
class _Cell:
    """One place of the grid, with what is drawn there once it is open."""

    mode: GPUMode
    style: EffectStyle
    element: Element
    graphics: Graphics | None = None
    stage: AvatarView | None = None


class RungGrid:
    """``#rung-grid``, filled from ``#rung-cell`` between ``#grid-start`` and ``#grid-stop``.

    Args:
        open_cell: is called for each cell that this machine can show.
    """

    def __init__(
        self, page: Page, strings: Strings, capabilities: Capabilities, open_cell: OpenCell
    ) -> None:
        self._page = page
        self._strings = strings
        self._capabilities = capabilities
        self._open_cell = open_cell
        self._background = Background()
        self._grid = page.element("rung-grid")
        self._start = page.element("grid-start")
        self._stop = page.element("grid-stop")
        self._cells: list[_Cell] = []
        self._next = 0
        self._start.on("click", self.start)
        self._stop.on("click", self.stop)
        page.on_language(self._render)

    def start(self) -> None:
        """Builds the grid and opens its cells, one after the other."""
        self.stop()
        for mode in MODES:
            for style in EffectStyle:
                element = self._page.clone("rung-cell")
                self._cells.append(_Cell(mode, style, element))
                self._grid.append(element)
        self._toggle(running=True)
        self._stop.focus()
        self._render()
        self._background.run(self._fill(self._cells))

    def stop(self) -> None:
        """Closes everything; the grid is empty."""
        had_focus = self._stop.focused
        cells, self._cells = self._cells, []
        for cell in cells:
            _close(cell)
        self._grid.clear()
        self._toggle(running=False)
        if had_focus:
            self._start.focus()

    def step(self, face: FaceParams, now_ms: float) -> None:
        """Once a displayed frame: draws the next few cells.

        Args:
            face: as in a mirror.
        """
        stages = [cell.stage for cell in self._cells if cell.stage is not None]
        for _ in range(min(DRAWN_A_FRAME, len(stages))):
            self._next = (self._next + 1) % len(stages)
            stages[self._next].draw(face, now_ms)

    def report(self) -> list[dict[str, Any]]:
        """What became of each cell, as plain data."""
        return [
            {
                "mode": cell.mode.value,
                "style": cell.style.value,
                "rung": None if cell.graphics is None else cell.graphics.rung.value,
                "lack": self._lack(cell),
            }
            for cell in self._cells
        ]

    async def _fill(self, cells: list[_Cell]) -> None:
        for cell in cells:
            if self._cells is not cells:  # stopped meanwhile
                return
            if self._lack(cell) is None:
                place = cell.element.find(".avatar-place")
                cell.graphics, cell.stage = await self._open_cell(cell.mode, place)
                if self._cells is not cells:
                    _close(cell)
                    return
                cell.graphics.pin_quality(RenderQuality.HIGH)
                cell.graphics.set_effects(EffectSettings(style=cell.style))
                cell.graphics.on_change(functools.partial(self._render_cell, cell))
                self._render_cell(cell)

    def _lack(self, cell: _Cell) -> str | None:
        """Catalogue key of why a cell cannot be shown; None where it can."""
        lack = self._capabilities.lack_of_mode(cell.mode)
        if lack is not None:
            return gpu_reason_key(lack)
        effectless = cell.mode is GPUMode.CPU and cell.style is not EffectStyle.NONE
        return "lab.cell-no-effects" if effectless else None

    def _toggle(self, *, running: bool) -> None:
        self._start.hidden = running
        self._stop.hidden = not running

    def _render(self) -> None:
        for cell in self._cells:
            self._render_cell(cell)

    def _render_cell(self, cell: _Cell) -> None:
        text = self._strings.text
        plain = cell.style is EffectStyle.NONE
        style = text("lab.cell-plain" if plain else effect_style_key(cell.style.value))
        name = text("lab.cell", mode=text(gpu_mode_key(cell.mode)), style=style)
        cell.element.find("figcaption").text = name
        cell.element.find(".avatar-place").set("aria-label", name)
        why = self._words(cell)
        element = cell.element.find(".rung-why")
        element.text = why
        element.hidden = not why

    def _words(self, cell: _Cell) -> str:
        """What stands in the cell in place of a picture, or about it; "" where all is well."""
        text = self._strings.text
        lack = self._lack(cell)
        if lack is not None:
            return text("lab.cell-unavailable", why=text(lack))
        graphics = cell.graphics
        if graphics is None or (graphics.is_starting and graphics.reason is None):
            return text("lab.cell-starting")
        if graphics.reason is None:
            return ""
        what, why = text(rung_key(graphics.rung)), text(gpu_reason_key(graphics.reason))
        return text("gpu.now-because", what=what, why=why)


def _close(cell: _Cell) -> None:
    if cell.stage is not None:
        cell.stage.close()
    if cell.graphics is not None:
        cell.graphics.close()
    cell.stage = cell.graphics = None
