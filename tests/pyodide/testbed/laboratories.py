"""Parts of the laboratory's page, on the page of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import js
from pyodide.ffi import create_once_callable

from persona_core.drawn.characters import CHARACTERS
from persona_core.graphics.modes import GPUMode
from persona_web.bridge.graphics.gpu import probe_capabilities
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.ui.graphics.rung_grid import RungGrid
from persona_web.view.avatar_view import AvatarView
from persona_web.view.graphics import Graphics
from testbed.hearing import Hearing
from testbed.markup import markup


@asynccontextmanager
async def laboratory(*names: str) -> AsyncIterator[Any]:
    """Elements and templates of the page ``test-v3``, by their ids; gives the node around them."""
    page = (await Site().fetch_bytes("test-v3/index.html")).decode()
    parsed = js.DOMParser.new().parseFromString(page, "text/html")
    with markup("".join(parsed.getElementById(name).outerHTML for name in names)) as node:
        yield node


class Opened(Hearing):
    """Hears of each cell that was opened."""

    @asynccontextmanager
    async def frames(self) -> AsyncIterator[Callable[[], Awaitable[float]]]:
        """Gives what waits for the next displayed frame, for at most twenty seconds in all."""

        async def next_frame() -> float:
            shown: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            js.requestAnimationFrame(create_once_callable(shown.set_result))
            return await shown

        async with asyncio.timeout(20):
            yield next_frame


async def grid_of(node: Any) -> tuple[RungGrid, Opened]:
    """A grid over real graphics in cells of 80 pixels."""
    site, page, opened = Site(), Page(), Opened()

    async def open_cell(mode: GPUMode, place: Element) -> tuple[Graphics, AvatarView]:
        place.node.style.cssText = "position: relative; width: 80px; height: 80px"
        graphics = await open_graphics(site, page, mode=mode)
        stage = await open_stage(site, graphics, place, CHARACTERS[0].style)
        opened.note("opened", mode, place)
        return graphics, stage

    return RungGrid(page, Strings(), await probe_capabilities(site), open_cell), opened
