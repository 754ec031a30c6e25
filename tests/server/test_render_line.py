"""A page's line to a real render server: what the two say to each other fits."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.support import expressions
from tests.support.photo_engine import PhotoEngine
from tests.support.portraits import canonical_portrait
from tests.support.running_server import RunningRenderServer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from persona_core.call.ports import SocketListener
from persona_core.wire.rendering import OpenRequest, PictureFormat, RenderCode
from persona_render.config import RenderConfig
from persona_render.engines.engine import EngineOptions
from persona_web.served.render_line import LineError, RenderLine, RenderTrouble, Shown

STILL, OPENED = expressions.params({}), expressions.params({"jawOpen": 1.0}, 0.0, 50.0)
CONFIG = RenderConfig(workers=1, max_sessions=1, address_handshakes_per_minute=0)


def engine() -> PhotoEngine:
    return PhotoEngine(EngineOptions(Path()))


class RealSocket:
    """What a browser's socket does, over a real one."""

    def __init__(self, url: str, listener: SocketListener) -> None:
        self._listener: SocketListener | None = listener
        self._connection: ClientConnection | None = None
        self._task = asyncio.ensure_future(self._run(url))
        self._sending: set[asyncio.Future[None]] = set()

    async def _run(self, url: str) -> None:
        code = 1006
        with suppress(OSError, ConnectionClosed):
            async with connect(url, proxy=None) as self._connection:
                self._tell("open")
                async for message in self._connection:
                    self._tell("text" if isinstance(message, str) else "bytes", message)
                code = self._connection.close_code or 1006
        self._tell("closed", code, "")

    def _tell(self, what: str, *given: Any) -> None:
        if self._listener is not None:
            getattr(self._listener, f"on_socket_{what}")(*given)

    def send(self, text: str) -> None:
        self.send_bytes(text)  # type: ignore[arg-type]

    def send_bytes(self, data: bytes) -> bool:
        if self._connection is None:
            return False
        sending = asyncio.ensure_future(self._send(self._connection.send(data)))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        return True

    @staticmethod
    async def _send(sending: Coroutine[Any, Any, None]) -> None:
        with suppress(ConnectionClosed):
            await sending

    def close(self, code: int = 1000) -> None:
        self._listener = None
        if self._connection is not None:
            self._sending.add(asyncio.ensure_future(self._connection.close(code)))


class Decoders:
    """Decodes WebP at once."""

    formats = (PictureFormat.WEBP,)

    def open(
        self,
        form: PictureFormat,
        side: int,
        on_picture: Callable[[int, Any], None],
        on_fault: Callable[[], None],
    ) -> Decoders:
        assert form is PictureFormat.WEBP
        self._on_picture = on_picture
        return self

    def decode(self, number: int, data: bytes, *, whole: bool) -> None:
        assert whole
        self._on_picture(number, Image.open(io.BytesIO(data)).convert("RGB"))

    def close(self) -> None: ...


class Clock:
    def now_ms(self) -> float:
        return 1000.0 * asyncio.get_running_loop().time()


class Page:
    """A line with what comes of it."""

    def __init__(self, url: str, side: int) -> None:
        self.shown: asyncio.Queue[Shown] = asyncio.Queue()
        self.ended: asyncio.Queue[LineError] = asyncio.Queue()
        decoders = Decoders()
        self.line = RenderLine(
            lambda listener: RealSocket(url, listener),
            decoders,
            Clock(),
            OpenRequest(side, 30, decoders.formats),
            canonical_portrait("rgb(200, 150, 120)").to_bytes(),
            self.shown.put_nowait,
            self.ended.put_nowait,
        )


@asynccontextmanager
async def opened(url: str, side: int = 256) -> AsyncIterator[Page]:
    page = Page(url, side)
    try:
        yield page
    finally:
        page.line.close()


async def test_pictures_come_back_with_the_faces_that_they_show() -> None:
    with RunningRenderServer(engine, CONFIG) as server:
        async with opened(server.url) as page:
            ready = await page.line.begin(STILL)
            assert ready.side == 256
            first = page.shown.get_nowait()
            assert first.params is STILL
            assert first.picture.size == (256, 256)
            assert page.line.send(OPENED)
            while (shown := await asyncio.wait_for(page.shown.get(), 20.0)).params is not OPENED:
                continue
            assert first.picture.tobytes() != shown.picture.tobytes()
            async with opened(server.url) as second:
                with pytest.raises(LineError) as caught:
                    await second.line.begin(STILL)
                assert caught.value.code == RenderCode.BUSY
                assert caught.value.retry_ms == CONFIG.retry_ms
            await asyncio.to_thread(server.stop)
            ended = await asyncio.wait_for(page.ended.get(), 20.0)
            assert ended.code == RenderCode.CLOSING
        async with opened(server.url) as late:
            with pytest.raises(LineError) as caught:
                await late.line.begin(STILL)
            assert caught.value.code == RenderTrouble.UNREACHABLE


async def test_line_is_refused_for_good_when_the_server_draws_no_such_size() -> None:
    config = replace(CONFIG, max_sessions=2)
    with RunningRenderServer(engine, config) as server:
        async with opened(server.url, 77) as page:
            with pytest.raises(LineError) as caught:
                await page.line.begin(STILL)
            assert caught.value.code == RenderCode.UNSUPPORTED_SIZE
