"""The :class:`SocketFactory` port over real WebSockets."""

from __future__ import annotations

import asyncio

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from persona_core.call.ports import SocketListener
from persona_core.wire.signaling import CloseCode


class RealSockets:
    """Opens sockets on the running event loop."""

    def open(self, url: str, listener: SocketListener) -> RealSocket:
        return RealSocket(url, listener)


class RealSocket:
    """One WebSocket; silent after :meth:`close`, as the port demands."""

    def __init__(self, url: str, listener: SocketListener) -> None:
        self._listener: SocketListener | None = listener
        self._outbox: asyncio.Queue[str | bytes | int] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(url))

    def send(self, text: str) -> None:
        self._outbox.put_nowait(text)

    def send_bytes(self, data: bytes) -> bool:
        self._outbox.put_nowait(data)
        return self._listener is not None

    def close(self, code: int = 1000) -> None:
        self._listener = None
        self._outbox.put_nowait(code)

    async def _run(self, url: str) -> None:
        code, reason = int(CloseCode.BROKEN), ""
        try:
            async with connect(url, proxy=None, close_timeout=1) as socket:
                if self._listener is not None:
                    self._listener.on_socket_open()
                writer = asyncio.create_task(self._write(socket))
                try:
                    await self._read(socket)
                finally:
                    writer.cancel()
            code, reason = socket.close_code or code, socket.close_reason or ""
        except OSError as error:
            reason = str(error)
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.on_socket_closed(code, reason)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                message = await socket.recv()
                if self._listener is None:
                    continue
                if isinstance(message, str):
                    self._listener.on_socket_text(message)
                else:
                    self._listener.on_socket_bytes(message)
        except ConnectionClosed:
            pass

    async def _write(self, socket: ClientConnection) -> None:
        while not isinstance(item := await self._outbox.get(), int):
            await socket.send(item)
        await socket.close(item)
