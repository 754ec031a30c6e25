"""Every way of drawing and every style side by side, for the same face."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from persona_core.base.interval import Interval
from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import PORTRAIT_MISSING, Capabilities
from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_core.graphics.modes import GPUMode, RenderQuality, Rung
from persona_web.base.background import Background
from persona_web.ui.words import effect_style_key, gpu_mode_key, gpu_reason_key, rung_key
from persona_web.view.avatar_view import AvatarView
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings
    from persona_web.served.render_access import RenderAccess
    from persona_web.served.render_host import RenderHost

MODES: Final = (GPUMode.WEBGPU, GPUMode.WEBGL, GPUMode.CPU)
SERVED: Final = GPUMode.AUTO
"""The mode of the one cell that is for the site's render server; no other leads to it."""
DRAWN_A_FRAME: Final = 3
"""Cells drawn in one displayed frame, in turn: all at once would be too much for many."""
LATENCY_MS: Final = 1_000.0
"""How often the server's cell says how late its pictures are."""

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
        served: the page's way to the site's render server, if it has one.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        capabilities: Capabilities,
        open_cell: OpenCell,
        served: RenderAccess | None = None,
    ) -> None:
        self._page = page
        self._strings = strings
        self._capabilities = capabilities
        self._open_cell = open_cell
        self._served = served
        self._interval = Interval(LATENCY_MS)
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
        kinds = [(mode, style) for mode in MODES for style in EffectStyle]
        if self._served is not None and self._served.server is not None:
            kinds.append((SERVED, EffectStyle.NONE))
        for mode, style in kinds:
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
        if self._interval.is_due(now_ms):
            for cell in self._cells:
                if cell.mode is SERVED and cell.graphics is not None:
                    self._render_cell(cell)

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
        # A server's pictures first: they are late where all else is being drawn.
        for cell in sorted(cells, key=lambda each: each.mode is not SERVED):
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
        if cell.mode is SERVED:
            is_there = cell.graphics is not None or self._is_offered
            return None if is_there else "lab.cell-no-server"
        lack = self._capabilities.lack_of_mode(cell.mode)
        if lack is not None:
            return gpu_reason_key(lack)
        effectless = cell.mode is GPUMode.CPU and cell.style is not EffectStyle.NONE
        return "lab.cell-no-effects" if effectless else None

    @property
    def _host(self) -> RenderHost | None:
        return None if self._served is None else self._served.host

    @property
    def _is_offered(self) -> bool:
        return self._host is not None and self._host.is_offered

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
        is_served = cell.mode is SERVED
        way = rung_key(Rung.SERVER) if is_served else gpu_mode_key(cell.mode)
        name = text("lab.cell", mode=text(way), style=style)
        latency = self._latency_of(cell)
        late = "" if latency is None else text("lab.cell-latency", name=name, latency=latency)
        cell.element.find("figcaption").text = late or name
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
        if cell.mode is SERVED:
            return self._served_words(graphics)
        if graphics.reason is None:
            return ""
        what, why = text(rung_key(graphics.rung)), text(gpu_reason_key(graphics.reason))
        return text("gpu.now-because", what=what, why=why)

    def _latency_of(self, cell: _Cell) -> int | None:
        """Of the server's pictures, in ms; None where it draws none here."""
        host, graphics = self._host, cell.graphics
        if host is None or graphics is None or graphics.rung is not Rung.SERVER:
            return None
        return round(host.figures.latency_ms)

    def _served_words(self, graphics: Graphics) -> str:
        """Why it is not the server that draws; "" where it is."""
        if graphics.rung is Rung.SERVER:
            return ""
        text = self._strings.text
        log = graphics.log
        why = PORTRAIT_MISSING if self._is_offered or not log else log[-1].reason.value
        what = text(rung_key(graphics.rung))
        return text("gpu.now-because", what=what, why=text(gpu_reason_key(why)))


def _close(cell: _Cell) -> None:
    if cell.stage is not None:
        cell.stage.close()
    if cell.graphics is not None:
        cell.graphics.close()
    cell.stage = cell.graphics = None
