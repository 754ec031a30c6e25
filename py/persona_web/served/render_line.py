"""``RenderLine``: one portrait on a render server, from the request to the last picture.

Nothing queues here: a frame that cannot go out at once is dropped, for a newer one follows, and of
two pictures the newer one is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from persona_core.base.ports import Clock
from persona_core.call.ports import Socket, SocketListener
from persona_core.face.params import FaceParams
from persona_core.neural.picture_size import check_picture
from persona_core.neural.portrait_crop import Square
from persona_core.wire.codec import encode_frame
from persona_core.wire.rendering import (
    OpenRequest,
    PictureFlags,
    PictureFormat,
    Ready,
    Refusal,
    RenderedPicture,
    RenderingError,
    Seen,
    parse_render_answer,
)

READY_S: Final = 10.0
"""How long a server may take from the connection to the first picture; what is seen meanwhile is
drawn here."""
UNDER_WAY: Final = 64
"""Frames whose pictures are still known."""
MAX_BAD: Final = 3
"""Pictures in a row that cannot be decoded."""


class RenderTrouble(StrEnum):
    """What goes wrong with a server that does not say so itself; beside its ``RenderCode``."""

    UNREACHABLE = "render-unreachable"
    SLOW = "render-slow"
    BAD_ANSWER = "render-bad-answer"


class LineError(RenderingError):
    """Why a line has ended; its code is a ``RenderCode``, one of a newer server, or a
    :class:`RenderTrouble`.

    Attributes:
        retry_ms: how long the server asks to be left alone.
    """

    def __init__(self, code: str, detail: str = "", retry_ms: int = 0) -> None:
        super().__init__(detail, code=code)
        self.retry_ms = retry_ms


class Decoder(Protocol):
    """Decodes the pictures of one line; in the browser a ``PictureDecoder``."""

    def decode(self, number: int, data: bytes, *, whole: bool) -> None: ...

    def close(self) -> None: ...


class Decoders(Protocol):
    """Makes decoders; in the browser ``PictureDecoders``."""

    @property
    def formats(self) -> tuple[PictureFormat, ...]:
        """What can be decoded here, the best first."""
        ...

    def open(
        self,
        form: PictureFormat,
        side: int,
        on_picture: Callable[[int, Any], None],
        on_fault: Callable[[], None],
    ) -> Decoder:
        """
        Args:
            on_picture: hears the number of a picture and the picture, which is to be closed.
            on_fault: hears that something could not be decoded.
        """
        ...


OpenSocket = Callable[[SocketListener], Socket]


@dataclass(slots=True)
class _Sent:
    params: FaceParams
    sent_ms: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that has come.

    Attributes:
        picture: to be closed by whoever takes it.
        params: the face that it shows.
        latency_ms: since that was sent.
        size: bytes of it on the wire.
        square: what of the portrait's photo it shows; None where the server does not say.
    """

    picture: Any
    params: FaceParams
    latency_ms: float
    size: int
    square: Square | None = None


class RenderLine:
    """
    Args:
        portrait: as peers send it.
        on_picture: takes each picture.
        on_end: hears once that the line has failed after it was ready.
    """

    def __init__(
        self,
        open_socket: OpenSocket,
        decoders: Decoders,
        clock: Clock,
        request: OpenRequest,
        portrait: bytes,
        on_picture: Callable[[Shown], None],
        on_end: Callable[[LineError], None],
    ) -> None:
        self._decoders = decoders
        self._clock = clock
        self._request = request
        self._portrait = portrait
        self._on_picture = on_picture
        self._on_end = on_end
        self._ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self._first = asyncio.Event()
        self._given: Ready | None = None
        self._square: Square | None = None
        self._decoder: Decoder | None = None
        self._sent: dict[bytes, _Sent] = {}
        self._coming: dict[int, tuple[_Sent, int]] = {}
        self._sequence = 0
        self._bad = 0
        self._failure: LineError | None = None
        self._closed = False
        self._socket = open_socket(self)

    async def begin(self, params: FaceParams) -> Ready:
        """Waits for the first picture, which is of this face.

        Raises:
            LineError: there is none.
        """
        try:
            async with asyncio.timeout(READY_S):
                ready = await self._ready
                while not self._first.is_set():
                    self.send(params)  # again, where the line was busy with the portrait
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._first.wait(), 0.5)
        except TimeoutError:
            self.close()
            raise LineError(RenderTrouble.UNREACHABLE, f"nothing in {READY_S:.0f} s") from None
        if self._failure is not None:
            raise self._failure
        return ready

    def send(self, params: FaceParams) -> bool:
        """Asks for a picture of this face; False where the line is busy."""
        if self._given is None or self._closed:
            return False
        frame = encode_frame(params, self._sequence)
        if not self._socket.send_bytes(frame):
            return False
        self._sequence += 1
        self._sent[frame[1:7]] = _Sent(params, self._clock.now_ms())
        while len(self._sent) > UNDER_WAY:
            del self._sent[next(iter(self._sent))]
        return True

    def close(self) -> None:
        """Ends it; the server forgets the portrait."""
        if self._closed:
            return
        self._closed = True
        self._socket.close()
        if self._decoder is not None:
            self._decoder.close()
        if not self._ready.done():
            self._ready.cancel()

    # What the socket tells

    def on_socket_open(self) -> None:
        self._socket.send(self._request.to_text())
        self._socket.send_bytes(self._portrait)

    def on_socket_text(self, text: str) -> None:
        try:
            answer = parse_render_answer(text)
        except RenderingError as error:
            self._fail(LineError(RenderTrouble.BAD_ANSWER, error.detail))
            return
        if isinstance(answer, Refusal):
            self._fail(LineError(answer.code, answer.detail, answer.retry_ms))
        elif self._given is not None or not self._is_asked_for(answer):
            self._fail(LineError(RenderTrouble.BAD_ANSWER, "it gives what nobody asked for"))
        else:
            self._given = answer
            self._square = None if answer.square is None else Square(*answer.square)
            self._decoder = self._decoders.open(
                answer.format, answer.side, self._decoded, self._not_decoded
            )
            self._ready.set_result(answer)

    def on_socket_bytes(self, data: bytes) -> None:
        if self._given is None or self._decoder is None:
            self._fail(LineError(RenderTrouble.BAD_ANSWER, "a picture before all else"))
            return
        try:
            picture = RenderedPicture.from_bytes(data)
            check_picture(picture, self._given.format, self._given.side)
        except RenderingError as error:
            self._fail(LineError(RenderTrouble.BAD_ANSWER, error.detail))
            return
        self._socket.send_bytes(Seen(picture.number).to_bytes())
        sent = self._sent.pop(picture.frame, None)
        if sent is None:  # of a face that was never sent, or once more
            self._fail(LineError(RenderTrouble.BAD_ANSWER, "a picture of another face"))
            return
        self._coming[picture.number] = (sent, len(data))
        while len(self._coming) > UNDER_WAY:
            del self._coming[next(iter(self._coming))]
        whole = bool(picture.flags & PictureFlags.WHOLE)
        self._decoder.decode(picture.number, picture.data, whole=whole)

    def on_socket_closed(self, code: int, reason: str) -> None:
        self._fail(LineError(RenderTrouble.UNREACHABLE, f"closed with {code} {reason}".strip()))

    # What the decoder tells

    def _decoded(self, number: int, picture: Any) -> None:
        sent, size = self._coming.pop(number, (None, 0))
        if self._closed or sent is None:
            picture.close()
            return
        self._bad = 0
        for older in [each for each in self._coming if _is_before(each, number)]:
            del self._coming[older]  # one that is decoded after a newer one is not shown
        latency_ms = self._clock.now_ms() - sent.sent_ms
        self._on_picture(Shown(picture, sent.params, latency_ms, size, self._square))
        self._first.set()

    def _not_decoded(self) -> None:
        self._bad += 1
        if self._bad >= MAX_BAD:
            self._fail(LineError(RenderTrouble.BAD_ANSWER, "pictures that are none"))
        elif self._coming and not self._closed:
            self._socket.send_bytes(Seen(next(reversed(self._coming)), wants_whole=True).to_bytes())

    def _is_asked_for(self, answer: Ready) -> bool:
        wanted = self._request
        return answer.side == wanted.side and answer.format in wanted.formats

    def _fail(self, failure: LineError) -> None:
        if self._closed or self._failure is not None:
            return
        self._failure = failure
        had_begun = self._first.is_set()
        if not self._ready.done():
            self._ready.set_exception(failure)
            self._ready.exception()  # whoever waits hears it; nobody may be waiting
        self.close()
        self._first.set()
        if had_begun:
            self._on_end(failure)


def _is_before(one: int, other: int) -> bool:
    """Of numbers that wrap at 2**16."""
    return 0 < (other - one) % 65_536 < 32_768
