"""A TCP connection on which a test writes what no WebSocket library would."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE_S = 20.0

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FINAL = 0x80


class RawSocket:
    """Runs inside a ``with`` block.

    Args:
        receive_buffer: bytes that the system keeps for a reader that does not read.
    """

    def __init__(
        self, port: int, *, host: str = "127.0.0.1", receive_buffer: int | None = None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect((host, port))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def upgrade(self, *headers: str) -> str:
        """Asks for ``/signal`` as a WebSocket and returns the head of the answer."""
        self.ask_to_upgrade(*headers)
        return self.read_head()

    def ask_to_upgrade(self, *headers: str) -> None:
        lines = ["GET /signal HTTP/1.1", "Host: calls.example", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode())

    def break_off(self) -> None:
        """Closes at once, with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def read_head(self) -> str:
        """Up to the empty line, or to the end where there is none."""
        found = b""
        while not found.endswith(b"\r\n\r\n") and (byte := self.socket.recv(1)):
            found += byte
        return found.decode()

    def read_frame(self) -> tuple[int, bytes]:
        """The next frame of the server: opcode and payload of at most 64 KiB."""
        first, size = self._exactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        return first & 0x0F, self._exactly(size)

    def read_close(self) -> tuple[int, str]:
        """Reads on to the close frame and returns its code and reason."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def write_until_closed(self, data: bytes, most: int) -> int:
        """Sends ``data`` again and again without reading; returns how many bytes were taken
        before the other end closed, or ``most`` where it does not."""
        sent = 0
        try:
            while sent < most:
                sent += self.socket.send(data)
        except (ConnectionError, TimeoutError):
            return sent
        return most

    def is_closed(self) -> bool:
        """Waits until the other end closes; what it says before is passed over."""
        try:
            while self.socket.recv(65_536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            more = self.socket.recv(size - len(found))
            assert more, "the connection ended in the middle of a frame"
            found += more
        return found


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A client's frame of at most 125 bytes, masked (RFC 6455, section 5.2)."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes((opcode | (FINAL if final else 0), 0x80 | len(payload))) + mask + body


def resident_bytes(pid: int) -> int:
    """Memory of a process, from Linux' ``/proc``."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_sockets(pid: int) -> int:
    """How many sockets a process holds, listening ones included; from Linux' ``/proc``."""
    held = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            held += os.readlink(entry).startswith("socket:")
    return held
