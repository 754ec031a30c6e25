"""A drawing that is not in the page: what it shows is taken from it as a picture."""

from __future__ import annotations

from typing import Any

import js
import numpy as np
import numpy.typing as npt
from pyodide.ffi import to_js

Floats = npt.NDArray[np.float32]


class DrawingSheet:
    """A canvas outside the page on which a draw-list is replayed; its owner sets its size."""

    def __init__(self, module: Any) -> None:
        """
        Args:
            module: ``view/js/canvas2d.js``.
        """
        self._canvas = js.document.createElement("canvas")
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
