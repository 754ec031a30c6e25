"""A page's end of a render server's socket, without a page."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from persona_core.face.params import FaceParams
from persona_core.wire.codec import encode_frame
from persona_core.wire.rendering import (
    OpenRequest,
    PictureFormat,
    Ready,
    Refusal,
    RenderedPicture,
    Seen,
    parse_render_answer,
)
from persona_render.engines.engine import Picture

WANTED = OpenRequest(side=64, fps=30, formats=(PictureFormat.WEBP,))


class RenderClient:
    """One socket.

    Attributes:
        socket: as it is, for what no page does.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._sent = 0
        self._decoder: Any = None

    async def open(self, portrait: bytes, wanted: OpenRequest = WANTED) -> Ready | Refusal:
        """Asks for pictures of a portrait."""
        with suppress(ConnectionClosed):  # the answer tells why
            await self.socket.send(wanted.to_text())
            await self.socket.send(portrait)
        return await self.answer()

    async def answer(self) -> Ready | Refusal:
        """The next text."""
        while True:
            message = await self.socket.recv()
            if isinstance(message, str):
                return parse_render_answer(message)

    async def send(self, face: FaceParams) -> bytes:
        """Sends a frame; gives what its picture will say of it."""
        self._sent += 1
        frame = encode_frame(face, self._sent)
        await self.socket.send(frame)
        return frame[1:7]

    async def receive(self, *, tells: bool = True) -> RenderedPicture:
        """The next picture, of which the server is told."""
        message = await self.socket.recv()
        assert isinstance(message, bytes), message
        picture = RenderedPicture.from_bytes(message)
        if tells:
            await self.socket.send(Seen(picture.number).to_bytes())
        return picture

    async def show(self, face: FaceParams) -> Picture:
        """The picture of a face, sent alone."""
        frame = await self.send(face)
        while (picture := await self.receive()).frame != frame:
            self.decode(picture)
        return self.decode(picture)

    def decode(self, picture: RenderedPicture) -> Picture:
        if picture.data[8:12] == b"WEBP":
            return np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"))
        import av

        self._decoder = self._decoder or av.CodecContext.create("vp8", "r")
        (frame,) = self._decoder.decode(av.Packet(picture.data))
        shown: Picture = frame.to_ndarray(format="rgb24")
        return shown

    async def end(self) -> tuple[int | None, str]:
        """Waits for the end; its code and reason."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed:
            return self.socket.close_code, self.socket.close_reason or ""


@asynccontextmanager
async def render_client(url: str, **options: Any) -> AsyncIterator[RenderClient]:
    """A client, connected; ``options`` are those of ``websockets.connect``."""
    async with connect(url, proxy=None, close_timeout=1, **options) as socket:
        yield RenderClient(socket)
