"""Pictures in memory, as an ``<img>`` can show them."""

from __future__ import annotations

import js
from pyodide.ffi import to_js


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
