"""Files as the browser gives them: chosen in a dialog, or dropped on a part of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyodide.ffi import jsnull

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies


def chosen_file(chooser: Element) -> Any | None:
    """The JavaScript ``File`` that an ``<input type=file>`` was given; None for nothing.

    The input is empty again afterwards, so that the same file can be chosen once more.
    """
    file = chooser.node.files.item(0)
    chooser.value = ""
    return None if file is jsnull else file


class DropTarget:
    """A part of the page that takes files; while one hovers over it, it has ``data-dropping``.

    Args:
        on_file: called with the JavaScript ``File`` let go over it, the first if several.
    """

    def __init__(self, element: Element, on_file: Callable[[Any], None]) -> None:
        self._element = element
        self._on_file = on_file
        self._proxies = Proxies()
        for event, handler in (
            ("dragenter", self._hovered),
            ("dragover", self._hovered),
            ("dragleave", self._left),
            ("drop", self._dropped),
        ):
            element.node.addEventListener(event, self._proxies.keep(handler))

    def _hovered(self, event: Any) -> None:
        if event.dataTransfer is jsnull or not event.dataTransfer.types.includes("Files"):
            return
        event.preventDefault()  # which says that a file may be let go here
        event.dataTransfer.dropEffect = "copy"
        self._element.set("data-dropping", "true")

    def _left(self, event: Any) -> None:
        # Moving on to a child leaves the parent, too, as far as the platform's events go.
        inside = event.relatedTarget
        if inside is jsnull or not self._element.node.contains(inside):
            self._element.set("data-dropping", "false")

    def _dropped(self, event: Any) -> None:
        self._element.set("data-dropping", "false")
        file = event.dataTransfer.files.item(0)
        if file is jsnull:
            return
        event.preventDefault()  # which would show the file in place of the page
        self._on_file(file)
