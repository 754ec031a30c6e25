"""A part of the page where canvases lie upon one another, and one of them is seen."""

from __future__ import annotations

import js

from persona_web.bridge.page import Element, Page

# Hidden, not left out of the layout: a canvas has to have its size before it is drawn on.
COVERING = "position: absolute; inset: 0; width: 100%; height: 100%; visibility: hidden"


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
