"""Canvases on which a draw-list is replayed by ``canvas2d.js``."""

from __future__ import annotations

from typing import Any

import js
import numpy as np
import numpy.typing as npt
from pyodide.ffi import to_js

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies

Floats = npt.NDArray[np.float32]


class DrawingCanvas:
    """One canvas that follows its element's size, keeping its last picture."""

    def __init__(self, module: Any, element: Element) -> None:
        self._canvas = element.node
        self._drawing = module.createDrawing(self._canvas)
        self._values: Any = None
        self._drawn = False
        self._proxies = Proxies()
        self._observer = js.ResizeObserver.new(self._proxies.keep(self._resized))
        self._observer.observe(self._canvas)
        self._fit()

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None:
        """Takes the static half of a drawing; see :class:`persona_core.drawn.rig.Rig`."""
        self._values = js.Float32Array.new(value_count)
        self._drawn = False
        js_program = js.Float32Array.new(program.size)
        js_program.assign(program)
        self._drawing.setProgram(js_program, to_js(list(colours)))

    def draw(self, values: Floats) -> None:
        """Replays the program over one frame's values."""
        self._values.assign(values)
        self._drawing.draw(self._values)
        self._drawn = True

    def _resized(self, *_: Any) -> None:
        self._fit()

    def _fit(self) -> None:
        width, height = self._canvas.clientWidth, self._canvas.clientHeight
        if width and height:
            self._drawing.resize(width, height, js.devicePixelRatio)
            if self._drawn:
                self._drawing.draw(self._values)  # resizing has emptied the canvas

    def close(self) -> None:
        self._observer.disconnect()
        self._drawing.close()
        self._proxies.close()
