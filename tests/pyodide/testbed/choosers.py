"""The home's card for portraits, on the page of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import js
import numpy as np
from pyodide.ffi import create_once_callable, to_js

from persona_core.face import blendshapes
from persona_core.face.landmarks import canonical_points
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.portrait import Portrait
from persona_web.bridge.files.local_files import DropTarget, PictureAddress, read_file
from persona_web.bridge.media.camera import Snapshot
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserBlobs, BrowserStorage
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.ui.look.portrait_chooser import PortraitChooser
from testbed.hearing import Hearing
from testbed.markup import markup

Reading = tuple[Portrait, tuple[str, ...]]


def portrait() -> Portrait:
    """A valid one; its image is not looked into."""
    points = canonical_points() * np.array([1.0, -1.0, -1.0]) * 10.0
    points[:, :2] += 128.0
    shapes = np.zeros(blendshapes.COUNT, np.float32)
    return Portrait(b"\xff\xd8\xff", 256, 256, points.astype(np.float32), shapes)


class Reader(Hearing):
    """Reads photos when it is told to, and wears what comes of them."""

    chooser: PortraitChooser

    def __init__(self) -> None:
        super().__init__()
        self.worn: list[PortraitSet | None] = []
        self.saved: list[tuple[str, bytes, str]] = []
        self.sets: list[Any] = []
        self._photo: asyncio.Future[Reading] | None = None

    async def read(self, photo: Any) -> Reading:
        self._photo = asyncio.get_running_loop().create_future()
        self.note("read", photo)
        return await self._photo

    async def give(self) -> None:
        """The photo turns out to be a good one."""
        assert self._photo is not None
        self._photo.set_result((portrait(), ()))
        await self.settle()

    async def refuse(self, error: Exception) -> None:
        assert self._photo is not None
        self._photo.set_exception(error)
        await self.settle()

    async def settle(self) -> None:
        """Waits until whatever the chooser began is done."""
        await asyncio.gather(*self.chooser._background._tasks)

    async def first_frame(self, video: Any) -> None:
        """Waits until a video shows a picture."""
        shown = asyncio.Event()
        video.requestVideoFrameCallback(create_once_callable(lambda *_: shown.set()))
        await asyncio.wait_for(shown.wait(), 20)


@asynccontextmanager
async def chooser(
    use_camera: Callable[[], None] = lambda: None,
) -> AsyncIterator[tuple[Any, PortraitChoice, Reader]]:
    """The card, the choice behind it, and who reads the photos; nothing is kept afterwards."""
    site, reader = Site(), Reader()
    home = (await site.fetch_bytes("home-v3/index.html")).decode()
    parsed = js.DOMParser.new().parseFromString(home, "text/html")
    names = ("portrait", "portrait-card")
    parts = [parsed.getElementById(name).outerHTML for name in names]
    blobs = await BrowserBlobs.load(site)

    async def fetch(name: str) -> bytes:
        return await site.fetch_bytes(f"portraits/{name}.portrait")

    with markup("".join(parts)) as node:
        page = Page()
        own = PortraitChoice(BrowserStorage(), blobs, fetch, reader.read, reader.worn.append)
        snapshot = await Snapshot.load(site, page.element("portrait-video"))
        reader.chooser = chooser = PortraitChooser(
            page,
            Strings(),
            own,
            snapshot,
            PictureAddress(),
            use_camera,
            lambda *file: reader.saved.append(file),
            read_file,
            reader.sets.append,
        )
        DropTarget(page.element("portrait"), chooser.use)
        try:
            yield node.querySelector("#portrait"), own, reader
        finally:
            await own.remove()


def shown_words(card: Any) -> str:
    """What the card says of how it goes."""
    return str(card.querySelector("#portrait-status").textContent)


def _transfer(data: bytes, name: str = "photo.jpg") -> Any:
    transfer = js.DataTransfer.new()
    transfer.items.add(js.File.new(to_js([to_js(data)]), name))
    return transfer


def drop(card: Any, data: bytes, file_name: str = "photo.jpg") -> None:
    """Drags a file over the card and lets it go there."""
    for name in ("dragenter", "dragover", "drop"):
        options = Site.to_object({"bubbles": True, "cancelable": True})
        options.dataTransfer = _transfer(data, file_name)
        event = js.DragEvent.new(name, options)
        card.dispatchEvent(event)
        assert event.defaultPrevented, f"{name}: the browser would open the file"


def choose_file(card: Any, data: bytes, field_id: str = "portrait-file") -> None:
    """Chooses a file in the dialog."""
    field = card.querySelector(f"#{field_id}")
    field.files = _transfer(data).files
    field.dispatchEvent(js.Event.new("change"))
