"""Files that a person saves and opens."""

from __future__ import annotations

import js
from pyodide.ffi import jsnull, to_js

from persona_web.bridge.page import Element


def save_file(name: str, text: str, media_type: str) -> None:
    """Offers a text as a download."""
    options = to_js({"type": media_type}, dict_converter=js.Object.fromEntries)
    address = js.URL.createObjectURL(js.Blob.new(to_js([text]), options))
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
    file = chooser.node.files.item(0)
    if file is jsnull:
        return None
    try:
        buffer = await file.slice(0, limit + 1).arrayBuffer()
    except Exception as error:  # whatever the platform says of a file that has gone
        raise OSError(str(error)) from None
    finally:
        chooser.value = ""  # so that the same file can be chosen again
    return bytes(buffer.to_bytes())
