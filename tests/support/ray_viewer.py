"""A viewer that comes back: what a page does when it loses its render server, without a page."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.support.render_client import render_client
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from persona_core.face.params import FaceParams
from persona_core.portrait.portrait import Portrait
from persona_core.wire.rendering import OpenRequest, Ready
from persona_render.engines.engine import Picture

PATIENCE_S = 60.0
PAUSE_S = 0.2


class RayViewer:
    """One portrait, sent again with every connection, within an ``async with`` block.

    Attributes:
        lost: connections that ended by themselves.
        away_s: the longest time from the loss of a connection to the next picture.
    """

    def __init__(self, url: str, portrait: Portrait, wanted: OpenRequest) -> None:
        self._url = url
        self._portrait = portrait.to_bytes()
        self._wanted = wanted
        self._face: FaceParams | None = None
        self._pictures: asyncio.Queue[tuple[FaceParams, Picture]] = asyncio.Queue(1)
        self.lost = 0
        self.away_s = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.leave()

    async def leave(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def see(self, face: FaceParams) -> Picture:
        """The next picture of a face, from whatever replica."""
        self._face = face
        async with asyncio.timeout(PATIENCE_S):
            while True:
                of, picture = await self._pictures.get()
                if of is face:
                    return picture

    async def _run(self) -> None:
        since: float | None = None
        while True:
            try:
                async with render_client(self._url, open_timeout=PATIENCE_S) as client:
                    if not isinstance(await client.open(self._portrait, self._wanted), Ready):
                        raise OSError
                    while True:
                        face = self._face
                        if face is None:
                            await asyncio.sleep(PAUSE_S / 4)
                            continue
                        picture = await client.show(face)
                        if since is not None:
                            self.away_s, since = max(self.away_s, time.monotonic() - since), None
                        if self._pictures.full():
                            self._pictures.get_nowait()
                        self._pictures.put_nowait((face, picture))
            except ConnectionClosed:
                self.lost += 1
                since = time.monotonic() if since is None else since
            except (OSError, InvalidHandshake):
                pass
            await asyncio.sleep(PAUSE_S)
