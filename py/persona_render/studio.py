"""What the sockets of one render server share: the engine, its workers, the limits, the end."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from persona_core.errors import SignalingError
from persona_core.wire.rendering import (
    RENDER_CLOSE_CODES,
    OpenRequest,
    PictureFormat,
    Refusal,
    RenderCode,
    RenderingError,
)
from persona_render.coding import formats
from persona_render.config import RenderConfig
from persona_render.engines.engine import Engine
from persona_render.metrics import RenderMetrics
from persona_render.viewer import Viewer
from persona_server.addresses import AddressLimits, caller_of
from persona_server.journal import Journal
from persona_server.limits import origin_allowed
from persona_server.room_tokens import check_room_token

Result = TypeVar("Result")


class Studio:
    """The one place that knows how much is going on."""

    def __init__(self, config: RenderConfig, engine: Engine) -> None:
        self.config = config
        self.engine = engine
        self.formats: tuple[PictureFormat, ...] = formats()
        self.sides = tuple(side for side in engine.sides if side <= config.max_side)
        self.journal = Journal()
        self.metrics = RenderMetrics(lambda: len(self._viewers), lambda: self._waiting)
        self._addresses = AddressLimits(
            config.address_sessions, 0, config.address_handshakes_per_minute
        )
        self._viewers: dict[Viewer, asyncio.Event] = {}
        self._workers = ThreadPoolExecutor(config.worker_count, "render")
        # Beside them, so that nobody's pictures wait while somebody's portrait is opened.
        self._opener = ThreadPoolExecutor(1, "open")
        self._waiting = 0
        self._counting = threading.Lock()
        self._closing = False

    async def start(self) -> None:
        """To be called once the event loop runs, before the first socket."""
        self.journal.note("open", engine=self.engine.name, workers=self.config.worker_count)

    async def serve(self, socket: WebSocket) -> None:
        """Serves one socket from its handshake on. The endpoint of ``/render``.

        A refused socket is accepted first: a browser shows a page the close code and reason of an
        open socket only. Too many of them would be too dear to be told.
        """
        caller = caller_of(socket.client.host if socket.client else None)
        if not self._addresses.may_connect(caller, self._now()):
            self.metrics.ended(RenderCode.TOO_MANY_SESSIONS)
            await socket.send_denial_response(PlainTextResponse("Too many.\n", 429))
            return
        await socket.accept()
        if not self._addresses.open(caller, self._now()):
            await self._refuse(socket, RenderCode.TOO_MANY_SESSIONS)
            return
        try:
            refusal = self._refusal(socket)
            if refusal is not None:
                await self._refuse(socket, refusal)
                return
            viewer = Viewer(self, socket)
            gone = self._viewers[viewer] = asyncio.Event()
            try:
                await viewer.run()
            finally:
                del self._viewers[viewer]
                gone.set()
        finally:
            self._addresses.close(caller)

    async def draw(self, job: Callable[[], Result]) -> Result:
        """What a job gives, which a worker does when one is free; who asks first comes first."""
        self._count(1)

        def begun() -> Result:
            self._count(-1)
            return job()

        return await self._done(self._workers.submit(begun), lambda: self._count(-1))

    async def prepare(self, job: Callable[[], Result]) -> Result:
        """The same for what is done once a portrait, one after the other."""
        return await self._done(self._opener.submit(job), lambda: None)

    def _count(self, more: int) -> None:
        with self._counting:
            self._waiting += more

    @staticmethod
    async def _done(work: Future[Result], on_unbegun: Callable[[], None]) -> Result:
        future = asyncio.wrap_future(work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # What runs cannot be stopped; whoever waits for it must not take its things away.
            if work.cancel():
                on_unbegun()
            else:
                with suppress(Exception):
                    await future
            raise

    def check_permission(self, wanted: OpenRequest) -> None:
        """
        Raises:
            RenderingError: this person may have nothing drawn here.
        """
        keys, secrets = self.config.access_keys, self.config.room_secrets
        if not keys and not secrets:
            return
        # All are compared, so that the time taken does not tell which one it was.
        fits = [hmac.compare_digest(key.encode(), wanted.key.encode()) for key in keys]
        if any(fits):
            return
        denied = RenderCode.ACCESS_DENIED.value
        if not secrets:
            raise RenderingError("no such access key", code=denied)
        try:
            check_room_token(secrets, wanted.room, wanted.token, time.time())
        except SignalingError as error:
            raise RenderingError(str(error), code=denied) from None

    def health(self) -> dict[str, object]:
        """What ``/healthz`` shows, which anybody may read: no counts."""
        return {"status": "closing" if self._closing else "ok", "engine": self.engine.name}

    @property
    def is_closing(self) -> bool:
        return self._closing

    async def close(self) -> None:
        """Tells every viewer that the server stops, and waits a little until they know."""
        self._closing = True
        self.journal.note("closing", sessions=len(self._viewers))
        await asyncio.sleep(self.config.drain_seconds)
        for viewer in list(self._viewers):
            viewer.end(RenderCode.CLOSING)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.shutdown_seconds):
                for gone in list(self._viewers.values()):
                    await gone.wait()
        for executor in (self._workers, self._opener):
            executor.shutdown(wait=False, cancel_futures=True)
        self.engine.close()

    def ended(self, code: RenderCode | None, detail: str = "", origin: str | None = None) -> None:
        """Writes down why a socket has ended."""
        self.metrics.ended(code)
        if origin is not None:
            self.journal.note("refused", code=code, origin=origin)
        elif code is not None:
            self.journal.note("ended", code=code, detail=detail)

    async def _refuse(self, socket: WebSocket, code: RenderCode) -> None:
        self.ended(code, origin=socket.headers.get("origin", "")[:200])
        with suppress(WebSocketDisconnect):  # gone already
            await socket.send_text(Refusal(code, retry_ms=self.config.retry_ms).to_text())
            await socket.close(RENDER_CLOSE_CODES[code], code)

    def _refusal(self, socket: WebSocket) -> RenderCode | None:
        origin, host = socket.headers.get("origin"), socket.headers.get("host", "")
        if not origin_allowed(origin, host, self.config.allowed_origins):
            return RenderCode.ORIGIN_REFUSED
        if self._closing or len(self._viewers) >= self.config.session_limit:
            return RenderCode.BUSY
        return None

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
