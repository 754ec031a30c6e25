"""One portrait on a render server: what goes out, and what of what comes in is believed."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import expressions

from persona_core.call.ports import SocketListener
from persona_core.face.params import FaceParams
from persona_core.neural.picture_size import check_picture
from persona_core.wire.frame_decoder import FrameDecoder
from persona_core.wire.render_server import RenderServer
from persona_core.wire.rendering import (
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
from persona_web.served.render_line import LineError, RenderLine, RenderTrouble, Shown

SIDE = 256
STILL = expressions.params({})
OPENED = expressions.params({"jawOpen": 1.0}, 0.0, 40.0)
PORTRAIT = b"portrait"
READY = Ready(SIDE, 20, PictureFormat.VP8, "lite")


def vp8(width: int = SIDE, height: int = SIDE, *, key: bool = True) -> bytes:
    head = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return head + b"rest" if key else b"\x01" + head[1:]


@dataclass
class FakePicture:
    number: int
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeSocket:
    texts: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    is_busy: bool = False
    closed: bool = False

    def send(self, text: str) -> None:
        self.texts.append(text)

    def send_bytes(self, data: bytes) -> bool:
        if not self.is_busy:
            self.sent.append(data)
        return not self.is_busy

    def close(self, code: int = 1000) -> None:
        self.closed = True


class FakeDecoders:
    formats = (PictureFormat.VP8, PictureFormat.WEBP)

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []
        self.closed = 0

    def open(
        self,
        form: PictureFormat,
        side: int,
        on_picture: Callable[[int, Any], None],
        on_fault: Callable[[], None],
    ) -> FakeDecoders:
        self.on_picture, self.on_fault = on_picture, on_fault
        return self

    def decode(self, number: int, data: bytes, *, whole: bool) -> None:
        self.asked.append((number, whole))

    def close(self) -> None:
        self.closed += 1


class Clock:
    now = 0.0

    def now_ms(self) -> float:
        return self.now


class Ends:
    """A line, and everything at both of its ends."""

    def __init__(self) -> None:
        self.socket, self.decoders, self.clock = FakeSocket(), FakeDecoders(), Clock()
        self.shown: list[Shown] = []
        self.ended: list[LineError] = []

        def open_socket(_listener: SocketListener) -> FakeSocket:
            return self.socket

        request = OpenRequest(SIDE, 20, self.decoders.formats)
        self.line = RenderLine(
            open_socket,
            self.decoders,
            self.clock,
            request,
            PORTRAIT,
            self.shown.append,
            self.ended.append,
        )

    def send(self, params: FaceParams) -> bytes:
        """Has a frame sent; gives it."""
        assert self.line.send(params)
        return self.socket.sent[-1]

    def answer(self, frame: bytes, number: int, data: bytes = b"", *, whole: bool = True) -> None:
        flags = PictureFlags.WHOLE if whole else PictureFlags.NONE
        data = data or vp8(key=whole)
        picture = RenderedPicture(frame[1:7], number, 30, flags, data)
        self.line.on_socket_bytes(picture.to_bytes())

    async def begun(self) -> Ends:
        """With the first picture shown."""
        self.line.on_socket_open()
        begun = asyncio.ensure_future(self.line.begin(STILL))
        self.line.on_socket_text(READY.to_text())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.answer(self.socket.sent[-1], 1)
        self.decoders.on_picture(1, FakePicture(1))
        assert await begun == READY
        return self


async def test_portrait_goes_once_and_pictures_tell_their_face_when_all_is_well() -> None:
    ends = await Ends().begun()
    assert [OpenRequest.from_text(text).side for text in ends.socket.texts] == [SIDE]
    assert ends.socket.sent[0] == PORTRAIT
    assert ends.socket.sent.count(PORTRAIT) == 1
    assert ends.shown[0].params is STILL

    frame = ends.send(OPENED)
    decoded = FrameDecoder().feed(frame)
    assert decoded is not None
    assert decoded.blendshapes.max() > 0.9
    ends.clock.now += 70.0
    ends.answer(frame, 2, whole=False)
    assert Seen.from_bytes(ends.socket.sent[-1]) == Seen(2)
    assert ends.decoders.asked == [(1, True), (2, False)]
    ends.decoders.on_picture(2, FakePicture(2))
    newest = ends.shown[-1]
    assert (newest.params, newest.latency_ms) == (OPENED, 70.0)


async def test_older_picture_is_let_go_when_a_newer_one_was_decoded_first() -> None:
    ends = await Ends().begun()
    for number in (2, 3):
        ends.answer(ends.send(STILL), number)
    ends.decoders.on_picture(3, FakePicture(3))
    late = FakePicture(2)
    ends.decoders.on_picture(2, late)
    assert late.closed
    assert [shown.picture.number for shown in ends.shown] == [1, 3]


async def test_frame_is_dropped_when_the_line_is_busy() -> None:
    ends = await Ends().begun()
    ends.socket.is_busy = True
    before = list(ends.socket.sent)
    assert not ends.line.send(OPENED)
    assert ends.socket.sent == before


@pytest.mark.parametrize("code", [RenderCode.BUSY, RenderCode.UNSUPPORTED_VERSION, "render-newer"])
async def test_refusal_is_told_when_the_server_will_not(code: str) -> None:
    ends = Ends()
    ends.line.on_socket_open()
    begun = asyncio.ensure_future(ends.line.begin(STILL))
    await asyncio.sleep(0)
    ends.line.on_socket_text(Refusal(code, "no", 3_000).to_text())
    with pytest.raises(LineError) as caught:
        await begun
    assert (caught.value.code, caught.value.retry_ms) == (code, 3_000)
    assert ends.ended == [], "who waits has heard it"


async def test_end_is_told_once_when_the_server_dies() -> None:
    ends = await Ends().begun()
    ends.line.on_socket_text(Refusal(RenderCode.CLOSING).to_text())
    ends.line.on_socket_closed(1012, "")
    assert [error.code for error in ends.ended] == [RenderCode.CLOSING]
    assert ends.socket.closed
    assert ends.decoders.closed == 1
    late = FakePicture(9)
    ends.decoders.on_picture(9, late)
    assert late.closed


async def test_waiting_ends_when_the_line_is_lost_before_the_first_picture() -> None:
    ends = Ends()
    ends.line.on_socket_open()
    begun = asyncio.ensure_future(ends.line.begin(STILL))
    ends.line.on_socket_text(READY.to_text())
    await asyncio.sleep(0)
    ends.line.on_socket_closed(1006, "")
    with pytest.raises(LineError) as caught:
        await begun
    assert caught.value.code == RenderTrouble.UNREACHABLE


@pytest.mark.parametrize(
    "data",
    [
        b"\x01\x00",
        RenderedPicture(b"nobody", 2, 0, PictureFlags.WHOLE, vp8()).to_bytes(),
        "large",
        "again",
        "bare",
    ],
)
async def test_line_is_left_when_the_server_sends_what_nobody_asked_for(data: bytes | str) -> None:
    ends = await Ends().begun()
    frame = ends.send(OPENED)
    if data == "large":
        ends.answer(frame, 2, vp8(16_383, 16_383))
    elif data == "again":
        ends.answer(frame, 2)
        ends.answer(frame, 3)
    elif data == "bare":
        ends.answer(frame, 2, b"\x00nothing of a key frame")
    else:
        assert isinstance(data, bytes)
        ends.line.on_socket_bytes(data)
    assert [error.code for error in ends.ended] == [RenderTrouble.BAD_ANSWER]


async def test_whole_picture_is_asked_for_when_one_cannot_be_decoded_until_it_is_hopeless() -> None:
    ends = await Ends().begun()
    for number in (2, 3):
        ends.answer(ends.send(STILL), number)
        ends.decoders.on_fault()
        assert Seen.from_bytes(ends.socket.sent[-1]) == Seen(number, wants_whole=True)
    ends.decoders.on_fault()
    assert [error.code for error in ends.ended] == [RenderTrouble.BAD_ANSWER]


@settings(max_examples=60)
@given(st.lists(st.one_of(st.binary(max_size=80), st.text(max_size=80)), max_size=6))
def test_line_never_raises_whatever_the_server_says(said: list[bytes | str]) -> None:
    async def hear() -> None:
        ends = await Ends().begun()
        for each in said:
            if isinstance(each, str):
                ends.line.on_socket_text(each)
            else:
                ends.line.on_socket_bytes(each)
        ends.line.close()

    asyncio.run(hear())


def test_picture_is_believed_when_it_is_as_large_as_was_asked_for() -> None:
    def picture(data: bytes) -> RenderedPicture:
        return RenderedPicture(b"123456", 1, 0, PictureFlags.WHOLE, data)

    check_picture(picture(vp8()), PictureFormat.VP8, SIDE)
    check_picture(picture(vp8(key=False)), PictureFormat.VP8, SIDE)
    for data in (vp8(SIDE + 1), vp8(SIDE, 16_383), b"\x00"):
        with pytest.raises(RenderingError):
            check_picture(picture(data), PictureFormat.VP8, SIDE)
    with pytest.raises(RenderingError):
        check_picture(picture(vp8()), PictureFormat.WEBP, SIDE)


ROOT = "https://you.example/calls/"


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("wss://r.example/render", "wss://r.example/render"),
        ("https://r.example:8443/render", "wss://r.example:8443/render"),
        ("render", "wss://you.example/calls/render"),
        ("/render", "wss://you.example/render"),
    ],
)
def test_server_is_named_when_it_has_an_address_and_an_operator(url: str, reached: str) -> None:
    config = {"url": url, "operator": " Kettle & Sons\u202e "}
    server = RenderServer.from_config(config, ROOT)
    assert server == RenderServer(reached, "Kettle & Sons")
    assert server.identity != RenderServer(reached, "Others").identity
    told = RenderServer.from_config(config | {"rooms": True}, ROOT)
    assert told == RenderServer(reached, "Kettle & Sons", rooms=True)
    assert told.identity != server.identity, "who agreed did not agree to that"


@pytest.mark.parametrize(
    "config",
    [
        None,
        "wss://r.example/render",
        [],
        {"url": "wss://r.example/render"},
        {"url": "wss://r.example/render", "operator": ""},
        {"url": "wss://r.example/render", "operator": " \u202e"},
        {"url": "", "operator": "We"},
        {"url": "javascript:alert(1)", "operator": "We"},
        {"url": "wss://name:word@r.example/", "operator": "We"},
        {"url": "wss://[r.example/", "operator": "We"},
        {"url": "wss://r.example/render", "operator": "We", "side": "256"},
        {"url": "wss://r.example/render", "operator": "We", "side": 5_000},
        {"url": "wss://r.example/render", "operator": "We", "key": "two words"},
        {"url": 5, "operator": "We"},
    ],
)
def test_no_server_is_named_when_the_configuration_does_not_say_whose_it_is(config: object) -> None:
    assert RenderServer.from_config(config, ROOT) is None
