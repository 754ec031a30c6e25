"""Asking about a room before joining it: whatever the server answers, or does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.call.invitation import Invitation
from persona_core.call.ports import SocketListener
from persona_core.call.signaling.room_question import NO_ANSWER, ask_room
from persona_core.errors import SignalingError
from persona_core.wire.signaling import RoomAnswer
from persona_core.wire.signaling_json import encode_server_message

INVITATION = Invitation("room-of-ours", bytes(range(16)), "1.1.token")
ANSWER = RoomAnswer(3, 8)
Say = Callable[[SocketListener], None]


class AnsweringSockets:
    """Opens sockets on which a server says something; notes what is said to it."""

    def __init__(self, say: Say) -> None:
        self.said: list[str] = []
        self.closed = 0
        self._say = say

    def open(self, _url: str, listener: SocketListener) -> AnsweringSockets:
        loop = asyncio.get_running_loop()
        loop.call_soon(listener.on_socket_open)
        loop.call_soon(self._say, listener)
        return self

    def send(self, text: str) -> None:
        self.said.append(text)

    def send_bytes(self, _data: bytes) -> bool:
        raise AssertionError("nothing of the kind is to be sent")

    def close(self, _code: int = 1000) -> None:
        self.closed += 1


def outcome(
    say: Say, invitation: Invitation | None = INVITATION
) -> tuple[RoomAnswer | str, AnsweringSockets]:
    """The answer, or the code of the error."""

    async def run() -> tuple[RoomAnswer | str, AnsweringSockets]:
        sockets = AnsweringSockets(say)
        try:
            return await ask_room(sockets, "ws://there", invitation, patience_s=0.05), sockets
        except SignalingError as error:
            return error.code, sockets

    return asyncio.run(run())


def text_of(text: str) -> Say:
    return lambda listener: listener.on_socket_text(text)


def test_question_names_room_and_token_and_never_the_secret() -> None:
    answer, sockets = outcome(text_of(encode_server_message(ANSWER)))
    [said] = sockets.said
    assert answer == ANSWER
    assert json.loads(said) == {"type": "room", "room": "room-of-ours", "room_token": "1.1.token"}
    assert sockets.closed == 1


def test_question_names_nothing_when_there_is_no_invitation() -> None:
    answer, sockets = outcome(text_of(encode_server_message(RoomAnswer(0, 8, True))), None)
    assert answer == RoomAnswer(0, 8, True)
    assert [json.loads(said) for said in sockets.said] == [{"type": "room"}]


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (text_of('{"type":"error","code":"room-token-missing","detail":""}'), "room-token-missing"),
        (text_of('{"type":"error","code":"unknown-type","detail":"room"}'), "unknown-type"),
        (text_of('{"type":"room","people":9,"room_size":8,"needs_token":false}'), "bad-field"),
        (lambda listener: listener.on_socket_closed(1006, ""), NO_ANSWER),
        (lambda listener: listener.on_socket_bytes(b"x"), NO_ANSWER),
        (lambda _listener: None, NO_ANSWER),
    ],
)
def test_error_says_why_when_there_is_no_answer(say: Say, code: str) -> None:
    found, sockets = outcome(say)
    assert found == code
    assert sockets.closed == 1


def test_first_answer_counts_when_a_server_says_more() -> None:
    def say(listener: SocketListener) -> None:
        for answer in (ANSWER, RoomAnswer(8, 8)):
            listener.on_socket_text(encode_server_message(answer))
        listener.on_socket_text("nonsense")
        listener.on_socket_closed(1000, "")

    assert outcome(say)[0] == ANSWER


@given(st.text(max_size=200) | st.binary(max_size=50))
def test_nothing_but_a_signaling_error_comes_of_what_a_server_says(said: str | bytes) -> None:
    def say(listener: SocketListener) -> None:
        if isinstance(said, bytes):
            listener.on_socket_bytes(said)
        else:
            listener.on_socket_text(said)
        listener.on_socket_closed(1000, "")

    assert isinstance(outcome(say)[0], str)
