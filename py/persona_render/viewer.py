"""One socket: a portrait comes, frames come, pictures go.

Two tasks share it. The reader keeps the newest frame and forgets the one before; the drawer takes
it when the last picture is on its way, when it is due, and when not too many pictures are unseen.
So nothing queues: who reads slowly gets fewer pictures, not later ones. What is known of the
portrait lives in the engine's session, and is gone with the socket.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from persona_core.base.token_bucket import TokenBucket
from persona_core.errors import PersonaError, PortraitError
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import MAX_FILE_BYTES, PortraitSet
from persona_core.wire.frame_decoder import FrameDecoder
from persona_core.wire.rendering import (
    NUMBERS,
    RENDER_CLOSE_CODES,
    OpenRequest,
    PictureFlags,
    PictureFormat,
    Ready,
    Refusal,
    RenderCode,
    RenderedPicture,
    RenderingError,
    Seen,
)
from persona_render.coding import Coder, coder_of
from persona_render.engines.engine import Session
from persona_server.limits import MESSAGE_RATE

if TYPE_CHECKING:
    from persona_render.studio import Studio

UNSEEN: Final = 3
"""So many pictures may be on their way to a viewer."""
LARGEST_FRAME: Final = 1_024
"""Bytes, ten times what this codec's have; behind Ray nothing else bounds what comes."""
FLOOD_FACTOR: Final = 8
"""A socket that sends frames at so many times the allowed rate is ended."""
EARLY: Final = 0.1
"""Of the time between two pictures: so much before it is due, one may be drawn."""
LAST_WORD_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """A frame, with what its picture says of it and when it came."""

    params: FaceParams
    frame: bytes
    arrived: float


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    data: bytes
    whole: bool
    render_ms: float
    code_ms: float


class _Ended(Exception):
    """The socket is to be closed; None where the viewer has gone by itself."""

    def __init__(self, code: RenderCode | None, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Viewer:
    """The server's end of one socket."""

    def __init__(self, studio: Studio, socket: WebSocket) -> None:
        self._studio = studio
        self._socket = socket
        config, now = studio.config, self._now()
        # Shared with the control frames, which the protocol class counts.
        self._messages: TokenBucket = getattr(socket.state, MESSAGE_RATE, None) or TokenBucket(
            config.messages_per_second, config.message_burst, now
        )
        rate = config.frames_per_second
        self._frames = TokenBucket(rate, max(1, round(rate)), now)
        self._flood = TokenBucket(rate * FLOOD_FACTOR, max(1, round(rate * FLOOD_FACTOR)), now)
        self._decoder = FrameDecoder()
        self._newest: _Moment | None = None
        self._wake = asyncio.Event()
        self._sent = self._seen = 0  # pictures, ever
        self._wants_whole = True
        self._seen_at = now
        self._frame_at = now
        self._end: asyncio.Future[_Ended] = asyncio.get_running_loop().create_future()

    def end(self, code: RenderCode) -> None:
        """Has the socket closed with a last word."""
        if not self._end.done():
            self._end.set_result(_Ended(code))

    async def run(self) -> None:
        """Serves the accepted socket until it ends. Never raises for what a client does."""
        served = asyncio.create_task(self._serve())
        self._end.add_done_callback(lambda _end: served.cancel())
        (result,) = await asyncio.gather(served, return_exceptions=True)
        ended = self._end.result() if self._end.done() else result
        if not isinstance(ended, _Ended):
            self._studio.journal.note("failure", level=logging.ERROR, error=repr(result))
            ended = _Ended(RenderCode.FAILED)
        self._studio.ended(ended.code, ended.detail)
        if ended.code is not None:
            await self._say_farewell(ended.code, ended.detail)

    async def _serve(self) -> None:
        """
        Raises:
            _Ended: always, in the end.
        """
        try:
            try:
                async with asyncio.timeout(self._studio.config.open_seconds):
                    wanted = await self._asked()
                    portrait = await self._portrait()
            except TimeoutError:
                raise _Ended(RenderCode.OPEN_TIMEOUT) from None
            form = self._form(wanted)
            fps = min(wanted.fps, self._studio.config.max_fps)
            engine, side = self._studio.engine, wanted.side
            opened: list[Session] = []  # known even if we are not there any more when it is open
            try:
                await self._studio.prepare(lambda: opened.append(engine.open(portrait, side)))
                coder = coder_of(form, side, fps, self._studio.config.max_kbit)
                shown = opened[0].square
                square = None if shown is None else (shown.left, shown.top, shown.side)
                ready = Ready(side, fps, form, engine.name, square)
                await self._socket.send_text(ready.to_text())
                self._studio.metrics.opened(form)
                self._frame_at = self._seen_at = self._now()
                async with asyncio.timeout(self._studio.config.session_seconds):
                    await self._show(opened[0], coder, fps)
            finally:
                for session in opened:
                    await self._studio.prepare(session.close)
        except TimeoutError:
            raise _Ended(RenderCode.TIME_OVER) from None
        except WebSocketDisconnect:
            raise _Ended(None) from None
        except RenderingError as error:
            raise _Ended(RenderCode(error.code), error.detail[:200]) from None
        except PortraitError as error:
            raise _Ended(RenderCode.PORTRAIT_BAD, error.detail[:200]) from None
        except PersonaError as error:
            self._studio.journal.note("engine", level=logging.ERROR, code=error.code)
            raise _Ended(RenderCode.FAILED, error.code) from None

    async def _show(self, session: Session, coder: Coder, fps: int) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_frames())
                group.create_task(self._draw(session, coder, fps))
                group.create_task(self._watch())
        # Not "except*": Python 3.11.2, which is Debian 12's, would wrap what is raised there.
        except ExceptionGroup as several:
            known = several.subgroup((PersonaError, WebSocketDisconnect, _Ended))
            if known is None:
                raise
            raise known.exceptions[0] from None

    async def _asked(self) -> OpenRequest:
        text, _data = await self._next()
        if text is None:
            raise RenderingError("a portrait before its request", code=RenderCode.OPEN_FIRST.value)
        wanted = OpenRequest.from_text(text)
        self._studio.check_permission(wanted)
        if wanted.side not in self._studio.sides:
            sides = ", ".join(map(str, self._studio.sides))
            raise RenderingError(
                f"{wanted.side}; there are {sides}", code=RenderCode.UNSUPPORTED_SIZE.value
            )
        return wanted

    async def _portrait(self) -> PortraitSet:
        _text, data = await self._next()
        if data is None:
            raise RenderingError("the portrait comes next", code=RenderCode.OPEN_FIRST.value)
        if len(data) > MAX_FILE_BYTES:
            raise RenderingError(f"{len(data)} bytes", code=RenderCode.PORTRAIT_BAD.value)
        return await self._studio.prepare(lambda: PortraitSet.from_file(data))

    def _form(self, wanted: OpenRequest) -> PictureFormat:
        for form in wanted.formats:
            if form in self._studio.formats:
                return form
        raise RenderingError(
            f"there are {', '.join(self._studio.formats)}",
            code=RenderCode.UNSUPPORTED_FORMAT.value,
        )

    async def _read_frames(self) -> None:
        while True:
            text, data = await self._next()
            if data is None:
                raise RenderingError(f"{len(text or '')} characters, where frames come")
            if not self._flood.take(self._now()):
                raise RenderingError(code=RenderCode.TOO_MANY_MESSAGES.value)
            if len(data) > LARGEST_FRAME:
                raise RenderingError(f"a frame of {len(data)} bytes")
            seen = Seen.from_bytes(data)
            if seen is not None:
                self._take_seen(seen)
                continue
            params = self._decoder.feed(data)
            if params is None or not self._frames.take(self._now()):
                self._studio.metrics.passed_over()
                continue
            newest = self._newest
            if newest is not None:
                self._studio.metrics.passed_over()
                if 0.0 < newest.params.time_ms - params.time_ms < 10_000.0:
                    continue  # an older one that was late
            self._frame_at = now = self._now()
            self._newest = _Moment(params, bytes(data[1:7]), now)
            self._wake.set()

    def _take_seen(self, seen: Seen) -> None:
        """A number that was never sent says nothing."""
        ahead = (seen.number - self._seen) % NUMBERS
        if ahead <= self._sent - self._seen:
            self._seen += ahead
            self._seen_at = self._now()
        self._wants_whole |= seen.wants_whole
        self._wake.set()

    async def _draw(self, session: Session, coder: Coder, fps: int) -> None:
        due = 0.0
        while True:
            while self._newest is None or self._sent - self._seen >= UNSEEN:
                self._wake.clear()
                await self._wake.wait()
            if (wait := due - EARLY / fps - self._now()) > 0.0:
                await asyncio.sleep(wait)
            due = max(due, self._now()) + 1.0 / fps
            moment, self._newest = self._newest, None
            if moment is None:
                continue
            whole, self._wants_whole = self._wants_whole, False
            drawn = await self._studio.draw(partial(_drawn, session, coder, moment, whole))
            answer_ms = 1000.0 * (self._now() - moment.arrived)
            self._sent += 1
            picture = RenderedPicture(
                moment.frame,
                self._sent % NUMBERS,
                round(answer_ms),
                PictureFlags.WHOLE if drawn.whole else PictureFlags.NONE,
                drawn.data,
            )
            await self._socket.send_bytes(picture.to_bytes())
            self._studio.metrics.sent(len(drawn.data), drawn.render_ms, drawn.code_ms, answer_ms)

    async def _watch(self) -> None:
        """Ends who sends nothing, or sees nothing of what it is sent."""
        idle = self._studio.config.idle_seconds
        while True:
            await asyncio.sleep(idle / 10.0)
            now = self._now()
            if now - self._frame_at > idle:
                raise _Ended(RenderCode.IDLE)
            if self._sent > self._seen and now - self._seen_at > idle:
                raise _Ended(RenderCode.UNREAD)

    async def _next(self) -> tuple[str | None, bytes | None]:
        """The client's next message: a text, or bytes."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code") or 1006)
        text, data = event.get("text"), event.get("bytes")
        if data is None and (text is None or not self._messages.take(self._now())):
            raise RenderingError(code=RenderCode.TOO_MANY_MESSAGES.value)
        return text, data

    async def _say_farewell(self, code: RenderCode, detail: str) -> None:
        retry = self._studio.config.retry_ms
        with suppress(WebSocketDisconnect, TimeoutError, RuntimeError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._socket.send_text(Refusal(code, detail, retry).to_text())
                await self._socket.close(RENDER_CLOSE_CODES[code], code)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _drawn(session: Session, coder: Coder, moment: _Moment, whole: bool) -> _Drawn:
    """Draws and codes one picture, in a worker's thread.

    The clock is ours: a sender's may step back.
    """
    begun = time.perf_counter()
    picture = session.render(replace(moment.params, time_ms=1000.0 * time.monotonic()))
    rendered = time.perf_counter()
    data, is_whole = coder.code(picture, whole=whole)
    coded = time.perf_counter()
    return _Drawn(data, is_whole, 1000.0 * (rendered - begun), 1000.0 * (coded - rendered))
