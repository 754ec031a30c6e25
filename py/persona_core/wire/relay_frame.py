"""Relay frames on the wire: a short header that names a peer, then sealed bytes.

byte 0      format, always 1
byte 1      n, the length of the peer's id, 8 to 64
n bytes     the id, ASCII: the addressee on the way in, the sender on the way out
the rest    1 to 256 sealed bytes, which the server never looks at
"""

from __future__ import annotations

from typing import Final

from persona_core.errors import SignalingError
from persona_core.wire.signaling import MAX_RELAY_BYTES, PEER_PATTERN, ErrorCode, RelayFrame

FORMAT: Final = 1
HEADER_BYTES: Final = 2
MAX_FRAME_BYTES: Final = HEADER_BYTES + 64 + MAX_RELAY_BYTES


def encode_relay_frame(frame: RelayFrame) -> bytes:
    """The bytes of a binary WebSocket message."""
    peer = frame.peer.encode("ascii")
    return bytes((FORMAT, len(peer))) + peer + frame.payload


def parse_relay_frame(data: bytes) -> RelayFrame:
    """What a binary WebSocket message holds.

    Raises:
        SignalingError: ``frame-too-large``, or ``binary-message`` for what is no relay frame.
    """
    if len(data) > MAX_FRAME_BYTES:
        raise SignalingError(f"{len(data)} bytes", code=ErrorCode.FRAME_TOO_LARGE)
    if len(data) < HEADER_BYTES or data[0] != FORMAT:
        raise SignalingError("not a relay frame", code=ErrorCode.BINARY_MESSAGE)
    end = HEADER_BYTES + data[1]
    peer = data[HEADER_BYTES:end].decode("latin-1")
    payload = bytes(data[end:])
    if not PEER_PATTERN.fullmatch(peer) or not payload:
        raise SignalingError("a relay frame without peer or content", code=ErrorCode.BINARY_MESSAGE)
    if len(payload) > MAX_RELAY_BYTES:
        raise SignalingError(f"{len(payload)} sealed bytes", code=ErrorCode.FRAME_TOO_LARGE)
    return RelayFrame(peer, payload)
