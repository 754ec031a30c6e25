"""A question to the signaling server before joining: how many are in a room, and may we come?"""

from __future__ import annotations

import asyncio
from typing import Final

from persona_core.call.invitation import Invitation
from persona_core.call.ports import Socket, SocketFactory
from persona_core.errors import SignalingError
from persona_core.wire.signaling import AskRoom, ErrorMessage, RoomAnswer
from persona_core.wire.signaling_json import encode_client_message, parse_server_message

PATIENCE_S: Final = 8.0
"""How long an answer may take."""
NO_ANSWER: Final = "server-unreachable"
"""Code of the error where none came."""


async def ask_room(
    sockets: SocketFactory,
    url: str,
    invitation: Invitation | None,
    patience_s: float = PATIENCE_S,
) -> RoomAnswer:
    """Asks on a socket of its own. The server learns what joining tells it of the room, and nothing
    of who asks; the invitation's secret stays here.

    Args:
        invitation: to the room; None asks only whether rooms need the operator's token.

    Raises:
        SignalingError: with the code of the server's refusal, say ``room-token-missing``; or
            ``server-unreachable`` where no answer came; an older server has none.
    """
    room, token = ("", "") if invitation is None else (invitation.room, invitation.token)
    asker = _Asker(encode_client_message(AskRoom(room, token)))
    socket = sockets.open(url, asker)
    asker.socket = socket
    try:
        async with asyncio.timeout(patience_s):
            return await asker.answer
    except TimeoutError:
        raise SignalingError("no answer", code=NO_ANSWER) from None
    finally:
        socket.close()


class _Asker:
    """Hears the socket of one question."""

    def __init__(self, question: str) -> None:
        self.answer: asyncio.Future[RoomAnswer] = asyncio.get_running_loop().create_future()
        self.socket: Socket | None = None
        self._question = question

    def on_socket_open(self) -> None:
        if self.socket is not None:
            self.socket.send(self._question)

    def on_socket_text(self, text: str) -> None:
        if self.answer.done():
            return
        try:
            message = parse_server_message(text)
        except SignalingError as error:
            self.answer.set_exception(error)
            return
        if isinstance(message, RoomAnswer):
            self.answer.set_result(message)
        elif isinstance(message, ErrorMessage):
            self.answer.set_exception(SignalingError(message.detail, code=message.code))

    def on_socket_bytes(self, data: bytes) -> None:
        pass  # nothing that was asked for

    def on_socket_closed(self, code: int, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(SignalingError(f"{code} {reason[:80]}", code=NO_ANSWER))
