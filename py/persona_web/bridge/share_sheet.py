"""The system's own way to hand a link to somebody, where the browser has it."""

from __future__ import annotations

import js
from pyodide.ffi import JsException

from persona_web.bridge.site import Site


def has_share_sheet() -> bool:
    """Whether this browser has one."""
    return hasattr(js.navigator, "share")


async def share(title: str, address: str) -> None:
    """Opens the sheet; only of use in answer to a press. Whatever comes of it is the person's."""
    try:
        await js.navigator.share(Site.to_object({"title": title, "url": address}))
    except JsException:  # the person thought better of it
        return
