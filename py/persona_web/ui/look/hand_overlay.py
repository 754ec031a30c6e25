"""The landmarks of the own hands over the own preview. No picture of the camera is shown."""

from __future__ import annotations

from typing import Any

from persona_core.drawn.marks.landmarks import LandmarkDrawing
from persona_web.capture.hand_capture import HandCapture
from persona_web.view.drawn_avatar import Canvas


class HandOverlay:
    """Draws what the hand tracker saw last, as in a mirror."""

    def __init__(self, canvas: Canvas, hands: HandCapture[Any]) -> None:
        self._canvas = canvas
        self._hands = hands
        self._drawing: LandmarkDrawing | None = None
        self._seen: object = None

    def step(self) -> None:
        """Brings the canvas up to date when something new was seen."""
        observation = self._hands.newest
        if observation is self._seen:
            return
        self._seen = observation
        hands = () if observation is None else observation.hands
        aspect = hands[0].aspect if hands else None
        drawing = self._drawing
        if drawing is None or (aspect is not None and aspect != drawing.aspect):
            drawing = self._drawing = LandmarkDrawing(aspect or 4.0 / 3.0)
            self._canvas.set_program(drawing.program, drawing.colours, drawing.value_count)
        self._canvas.draw(drawing.pose(hands))
