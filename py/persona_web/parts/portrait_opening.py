"""Puts a person's portrait together from the parts of the browser."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from persona_core.base.ports import Storage
from persona_web.bridge.files.blobs import BrowserBlobs
from persona_web.bridge.site import Site
from persona_web.look.portrait_choice import PortraitChoice

if TYPE_CHECKING:
    from persona_core.portrait.portrait import Portrait

FOLDER = "portraits/"


async def open_own_portrait(
    site: Site, storage: Storage, wear: Callable[[Portrait | None], None]
) -> PortraitChoice:
    """The choice of a portrait; what reads photos is loaded with the first of them.

    Args:
        wear: puts a portrait on the avatar; None for the drawn character.
    """

    async def built_in(name: str) -> bytes:
        return await site.fetch_bytes(f"{FOLDER}{name}.portrait")

    read = functools.partial(_read, site)
    return PortraitChoice(storage, await BrowserBlobs.load(site), built_in, read, wear)


async def _read(site: Site, photo: Any) -> tuple[Portrait, tuple[str, ...]]:
    from persona_web.bridge.files.photo_reader import PhotoReader

    reader = await PhotoReader.open(site)
    try:
        portrait = await reader.read(photo)
        return portrait, tuple(f"photo.note.{note}" for note in reader.notes)
    finally:
        reader.close()
