"""Canvases on which a draw-list is replayed by ``canvas2d.js``, and the places for canvases."""

from __future__ import annotations

from typing import Any

import js
from pyodide.ffi import to_js

from persona_core.base.arrays import Floats
from persona_web.bridge.page import Element, Page
from persona_web.bridge.proxies import Proxies

# Hidden, not left out of the layout: a canvas has to have its size before it is drawn on.
COVERING = "position: absolute; inset: 0; width: 100%; height: 100%; visibility: hidden"


class DrawingSheet:
    """A canvas outside the page; its owner sets its size and takes its picture."""

    def __init__(self, module: Any, canvas: Any = None) -> None:
        """
        Args:
            module: ``view/js/canvas2d.js``.
            canvas: one that is there already.
        """
        self._canvas = js.document.createElement("canvas") if canvas is None else canvas
        self._drawing = module.createDrawing(self._canvas)
        self._values: Any = None

    @property
    def picture(self) -> Any:
        """The JavaScript canvas."""
        return self._canvas

    def fit(self, width: int, height: int) -> None:
        """Takes a size in pixels; the sheet is empty then."""
        self._drawing.resize(width, height, 1)

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None:
        """Takes the static half of a drawing; see :class:`persona_core.drawn.rig.Rig`."""
        self._values = js.Float32Array.new(value_count)
        js_program = js.Float32Array.new(program.size)
        js_program.assign(program)
        self._drawing.setProgram(js_program, to_js(list(colours)))

    def draw(self, values: Floats) -> None:
        """Replays the program over one frame's values."""
        self._values.assign(values)
        self._drawing.draw(self._values)

    def close(self) -> None:
        self._drawing.close()


class DrawingCanvas(DrawingSheet):
    """A canvas of the page. It follows its element's size, keeping its last picture."""

    def __init__(self, module: Any, element: Element) -> None:
        super().__init__(module, element.node)
        self._drawn = False
        self._lent = False
        self._scale = 1.0
        self._proxies = Proxies()
        self._observer = js.ResizeObserver.new(self._proxies.keep(lambda *_: self._follow()))
        self._observer.observe(self._canvas)
        self._follow()

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None:
        super().set_program(program, colours, value_count)
        self._drawn = False

    def draw(self, values: Floats) -> None:
        super().draw(values)
        self._drawn = True

    def set_scale(self, scale: float) -> None:
        """Draws so many pixels for each of the screen, a side."""
        if scale != self._scale:
            self._scale = scale
            self._follow()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its element, in pixels of the screen."""
        ratio = js.devicePixelRatio
        width, height = self._canvas.clientWidth, self._canvas.clientHeight
        return round(width * ratio), round(height * ratio)

    def reveal(self, *, revealed: bool) -> None:
        """Shows it, or leaves it out of the page's picture."""
        self._canvas.style.visibility = "" if revealed else "hidden"

    def forget(self) -> None:
        """Somebody else draws here, in our size: nothing is drawn again when that changes."""
        self._drawn = False

    def lend(self) -> None:
        """Somebody else draws here, in a size of their own; nothing is to be drawn meanwhile."""
        self._lent = True

    def take_back(self) -> None:
        """It is our own again, and empty."""
        self._lent = self._drawn = False
        self._follow()

    def _follow(self) -> None:
        width, height = self._canvas.clientWidth, self._canvas.clientHeight
        if width and height and not self._lent:
            self._drawing.resize(width, height, js.devicePixelRatio * self._scale)
            if self._drawn:
                self._drawing.draw(self._values)  # resizing has emptied the canvas

    def close(self) -> None:
        self._observer.disconnect()
        super().close()
        self._proxies.close()


class CanvasPlace:
    """Adds and removes canvases in an element, which is to be positioned and to have a size."""

    def __init__(self, page: Page, element: Element) -> None:
        self._page = page
        self._element = element

    @property
    def device_ratio(self) -> float:
        """Pixels of the screen for each CSS pixel."""
        return float(js.devicePixelRatio) or 1.0

    def add(self) -> Element:
        """A new canvas, hidden, as large as the place. Screen readers are told of the place,
        not of its canvases."""
        canvas = self._page.create("canvas")
        # Not the attribute: our Content-Security-Policy lets no styles in by that way.
        canvas.node.style.cssText = COVERING
        canvas.set("aria-hidden", "true")
        self._element.append(canvas)
        return canvas

    def show(self, canvas: Element) -> None:
        canvas.node.style.visibility = "visible"

    def hide(self, canvas: Element) -> None:
        canvas.node.style.visibility = "hidden"

    def remove(self, canvas: Element) -> None:
        canvas.node.remove()
