"""Files of the person's machine: saved, opened, dropped on the page, and shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import jsnull, to_js

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


def save_file(name: str, content: str | bytes, media_type: str) -> None:
    """Offers a text, or bytes, as a download."""
    options = Site.to_object({"type": media_type})
    part = content if isinstance(content, str) else to_js(content)
    address = js.URL.createObjectURL(js.Blob.new(to_js([part]), options))
    link = js.document.createElement("a")
    link.href = address
    link.download = name
    link.click()
    js.URL.revokeObjectURL(address)


async def opened_file(chooser: Element, limit: int) -> bytes | None:
    """What an ``<input type=file>`` was given, which is then empty again; None for nothing.

    Args:
        limit: of a larger file only so many bytes and one more are read.

    Raises:
        OSError: the file cannot be read.
    """
    file = chooser.take_file()
    return None if file is None else await read_file(file, limit)


async def read_file(file: Any, limit: int) -> bytes:
    """What a JavaScript ``File`` holds.

    Args:
        limit: of a larger file only so many bytes and one more are read.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        buffer = await file.slice(0, limit + 1).arrayBuffer()
    except Exception as error:  # whatever the platform says of a file that has gone
        raise OSError(str(error)) from None
    return bytes(buffer.to_bytes())


class DropTarget:
    """A part of the page that takes files; while one hovers over it, it has ``data-dropping``.

    Args:
        on_files: called with the JavaScript ``File`` objects let go over it, at least one.
    """

    def __init__(self, element: Element, on_files: Callable[[list[Any]], None]) -> None:
        self._element = element
        self._on_files = on_files
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
        files = event.dataTransfer.files
        if not files.length:
            return
        event.preventDefault()  # which would show the file in place of the page
        self._on_files([files.item(index) for index in range(files.length)])


class PictureAddress:
    """The address of the picture asked for last; the one before is given back."""

    def __init__(self) -> None:
        self._picture: bytes | None = None
        self._address = ""

    def of(self, picture: bytes) -> str:
        """A ``blob:`` address of a picture; its kind is told by its own first bytes."""
        if picture is not self._picture:
            self.close()
            self._picture = picture
            self._address = str(js.URL.createObjectURL(js.Blob.new(to_js([to_js(picture)]))))
        return self._address

    def close(self) -> None:
        """Gives back the memory; an image that shows it goes on doing so."""
        if self._address:
            js.URL.revokeObjectURL(self._address)
        self._picture, self._address = None, ""
