"""A real render server over real sockets: what it draws, and what it takes from nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import expressions
from tests.support.nano import NANO
from tests.support.node import needs_node
from tests.support.photo_engine import PhotoEngine, PhotoSession
from tests.support.polling import until
from tests.support.portraits import built_in, canonical_portrait, portrait_set
from tests.support.render_client import WANTED, RenderClient, render_client
from tests.support.running_server import RunningRenderServer
from websockets.exceptions import ConnectionClosed, InvalidStatus

from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import MAX_FILE_BYTES, PortraitSet
from persona_core.wire.codec import encode_frame
from persona_core.wire.rendering import (
    MAX_UP_BYTES,
    OpenRequest,
    PictureFormat,
    Ready,
    Refusal,
    RenderCode,
    Seen,
)
from persona_render.__main__ import main
from persona_render.coding import formats
from persona_render.config import RenderConfig
from persona_render.engines.engine import EngineOptions, Picture
from persona_render.engines.lite import LiteEngine
from persona_render.errors import RenderError
from persona_render.viewer import LARGEST_FRAME
from persona_server import journal
from persona_server.config import ConfigError
from persona_server.room_tokens import make_room_token

MODEL = Path(__file__).parents[2] / "static" / "models" / "liveportrait-lite"
PORTRAIT = canonical_portrait("rgb(200, 150, 120)").to_bytes()
STILL = expressions.params({})
OPENED = expressions.params({"jawOpen": 1.0})
SECRET = "0123456789abcdef0123"


class CountingEngine(PhotoEngine):
    """Knows how many portraits it holds, and fails or is slow when it is told to."""

    def __init__(self) -> None:
        super().__init__(EngineOptions(MODEL))
        self.held = 0
        self.drawn = 0
        self.seconds = 0.0
        self.fails = False
        self.opens = threading.Event()
        self.opens.set()

    def open(self, portrait: PortraitSet, side: int) -> CountingSession:
        session = CountingSession(self, portrait, side)
        self.held += 1
        assert self.opens.wait(20)
        return session


class CountingSession(PhotoSession):
    def __init__(self, engine: CountingEngine, portrait: PortraitSet, side: int) -> None:
        super().__init__(portrait, side)
        self._engine = engine

    def render(self, params: FaceParams) -> Picture:
        if self._engine.fails:
            raise RenderError("on purpose")
        time.sleep(self._engine.seconds)
        self._engine.drawn += 1
        return super().render(params)

    def close(self) -> None:
        self._engine.held -= 1
        super().close()


@pytest.fixture
def engine() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def server(engine: CountingEngine, config: RenderConfig) -> Iterator[RunningRenderServer]:
    with RunningRenderServer(lambda: engine, config) as running:
        yield running


@pytest.fixture
def config(request: pytest.FixtureRequest) -> RenderConfig:
    changed: dict[str, Any] = getattr(request, "param", {})
    usual = RenderConfig(workers=2, max_sessions=6, address_handshakes_per_minute=0)
    return replace(usual, **changed)


def with_settings(**changed: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("config", [changed], indirect=True, ids=[""])


async def let_go(engine: CountingEngine) -> None:
    """Waits until no portrait is held."""

    async def is_empty() -> bool:
        return not engine.held

    await until(is_empty)


async def refusal(client: RenderClient, portrait: bytes, wanted: OpenRequest = WANTED) -> str:
    answer = await client.open(portrait, wanted)
    assert isinstance(answer, Refusal), answer
    _code, reason = await client.end()
    assert reason == answer.code
    return answer.code


async def test_picture_follows_the_face_when_frames_come(server: RunningRenderServer) -> None:
    async with render_client(server.url) as client:
        ready = await client.open(PORTRAIT)
        assert ready == Ready(64, 30, PictureFormat.WEBP, "photo")
        bright, dark = await client.show(STILL), await client.show(OPENED)
        assert bright.shape == (64, 64, 3)
        assert dark.mean() == pytest.approx(0.2 * bright.mean(), rel=0.1)


@pytest.mark.skipif(
    PictureFormat.VP8 not in formats(), reason="PyAV: build.py setup --group render"
)
async def test_pictures_are_video_when_the_viewer_can_decode_it(
    server: RunningRenderServer,
) -> None:
    wanted = OpenRequest(64, 30, (PictureFormat.VP8, PictureFormat.WEBP))
    async with render_client(server.url) as client:
        ready = await client.open(PORTRAIT, wanted)
        assert isinstance(ready, Ready)
        assert ready.format is PictureFormat.VP8
        bright, dark = await client.show(STILL), await client.show(OPENED)
        assert dark.mean() == pytest.approx(0.2 * bright.mean(), rel=0.15)
        await client.send(STILL)
        assert not (await client.receive()).flags, "it rests on those before"
        await client.socket.send(Seen(3, wants_whole=True).to_bytes())
        await client.send(OPENED)
        assert (await client.receive()).flags, "as it was asked for"


async def test_portrait_is_forgotten_when_its_socket_closes(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    async with render_client(server.url) as client:
        await client.open(PORTRAIT)
        await client.show(STILL)
        assert engine.held == 1
    await let_go(engine)


@with_settings(workers=1)
async def test_pictures_go_on_when_somebody_elses_portrait_is_opened(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    async with render_client(server.url) as one, render_client(server.url) as other:
        await one.open(PORTRAIT)
        engine.opens.clear()
        opening = asyncio.create_task(other.open(PORTRAIT))
        for _ in range(3):
            assert (await one.show(STILL)).mean() > 0.0
        assert not opening.done()
        engine.opens.set()
        assert isinstance(await opening, Ready)


async def test_portrait_is_forgotten_when_its_viewer_left_while_it_was_opened(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    engine.opens.clear()
    async with render_client(server.url) as client:
        await client.socket.send(WANTED.to_text())
        await client.socket.send(PORTRAIT)

        async def is_held() -> bool:
            return engine.held == 1

        await until(is_held)
    engine.opens.set()
    await let_go(engine)


async def test_only_the_newest_face_is_drawn_when_many_came_meanwhile(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    engine.seconds = 0.2
    async with render_client(server.url) as client:
        await client.open(PORTRAIT)
        await client.send(STILL)
        await client.receive()
        before = engine.drawn
        for _ in range(20):
            await client.send(STILL)
        last = await client.send(OPENED)
        while (await client.receive()).frame != last:
            pass
        assert engine.drawn - before <= 3


async def test_slow_viewer_gets_fewer_pictures_when_it_tells_of_none(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    async with render_client(server.url) as slow, render_client(server.url) as quick:
        for client in (slow, quick):
            await client.open(PORTRAIT)
        for _ in range(12):
            await slow.send(STILL)
            await quick.show(STILL)
        for _ in range(3):
            number = (await slow.receive(tells=False)).number
        assert number == 3
        last = await slow.send(OPENED)
        await quick.show(STILL)
        await slow.socket.send(Seen(3).to_bytes())
        picture = await slow.receive()
        assert (picture.number, picture.frame) == (4, last), "the next one is the newest"


BAD_PORTRAITS = {
    "empty": b"\0",
    "truncated": PORTRAIT[:-20],
    "longer": PORTRAIT + b"\0",
    "another-file": b"VPP9" + PORTRAIT[4:],
    "said-to-be-huge": PORTRAIT[:4] + b"\xff\xff\xff\xff" + PORTRAIT[8:],
    "pictures-damaged": PORTRAIT[:-400] + bytes(400),
    "too-large": PORTRAIT + bytes(MAX_FILE_BYTES + 1 - len(PORTRAIT)),
}


@pytest.mark.parametrize("portrait", BAD_PORTRAITS.values(), ids=BAD_PORTRAITS)
async def test_portrait_is_refused_by_name_when_it_is_none(
    server: RunningRenderServer, engine: CountingEngine, portrait: bytes
) -> None:
    async with render_client(server.url) as client:
        assert await refusal(client, portrait) == RenderCode.PORTRAIT_BAD
    await let_go(engine)


async def test_socket_ends_unread_when_a_message_is_larger_than_any_portrait(
    server: RunningRenderServer,
) -> None:
    async with render_client(server.url) as client:
        await client.socket.send(WANTED.to_text())
        await send_all(client, [bytes(8 * MAX_UP_BYTES)])
        code, _reason = await client.end()
        assert code == 1009


async def test_request_is_refused_by_name_when_it_cannot_be_met(
    server: RunningRenderServer,
) -> None:
    wanted = {
        RenderCode.UNSUPPORTED_SIZE: replace(WANTED, side=100),
        RenderCode.UNSUPPORTED_FORMAT: replace(WANTED, formats=()),
        RenderCode.UNSUPPORTED_VERSION: replace(WANTED, version=9),
    }
    for code, request in wanted.items():
        async with render_client(server.url) as client:
            assert await refusal(client, PORTRAIT, request) == code


async def test_socket_is_ended_by_name_when_the_rules_are_broken(
    server: RunningRenderServer,
) -> None:
    frame = encode_frame(STILL, 1)
    first: dict[str, list[str | bytes]] = {
        RenderCode.OPEN_FIRST: [frame],
        RenderCode.BAD_MESSAGE: ["{}"],
    }
    for code, messages in first.items():
        async with render_client(server.url) as client:
            await send_all(client, messages)
            assert (await client.end())[1] == code
    later: list[tuple[RenderCode, list[str | bytes]]] = [
        (RenderCode.BAD_MESSAGE, [WANTED.to_text()]),
        (RenderCode.BAD_MESSAGE, [frame + bytes(LARGEST_FRAME)]),
        (RenderCode.TOO_MANY_MESSAGES, [frame] * 600),
    ]
    for code, messages in later:
        async with render_client(server.url) as client:
            await client.open(PORTRAIT)
            await send_all(client, messages)
            assert (await client.end())[1] == code


async def send_all(client: RenderClient, messages: list[str | bytes]) -> None:
    """Sends messages, or those of them that the server still takes."""
    with suppress(ConnectionClosed):
        for message in messages:
            await client.socket.send(message)


async def test_frames_that_are_none_are_passed_over_when_others_come(
    server: RunningRenderServer,
) -> None:
    async with render_client(server.url) as client:
        await client.open(PORTRAIT)
        for junk in (b"", b"\x10", bytes(62), b"\xff" * 96, Seen(60_000).to_bytes()):
            await client.socket.send(junk)
        assert (await client.show(STILL)).mean() > 0.0


PIECES = st.one_of(
    st.sampled_from([WANTED.to_text(), "{}", ""]),
    st.sampled_from([PORTRAIT, encode_frame(STILL, 1), encode_frame(OPENED, 2)]),
    st.sampled_from([Seen(1).to_bytes(), Seen(9, wants_whole=True).to_bytes()]),
    st.binary(max_size=120),
    st.text(max_size=120),
    # A portrait or a frame with one byte changed.
    st.builds(
        lambda data, at, value: (
            data[: at % len(data)] + bytes([value]) + data[at % len(data) + 1 :]
        ),
        st.sampled_from([PORTRAIT, encode_frame(STILL, 3)]),
        st.integers(0, len(PORTRAIT)),
        st.integers(0, 255),
    ),
)


def test_server_serves_the_next_when_somebody_sends_anything_in_any_order(
    server: RunningRenderServer, engine: CountingEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async def attack(pieces: list[str | bytes]) -> None:
        async with render_client(server.url) as client:
            with suppress(ConnectionClosed):
                for piece in pieces:
                    await client.socket.send(piece)
        async with render_client(server.url) as client:
            assert isinstance(await client.open(PORTRAIT), Ready)
            assert (await client.show(STILL)).mean() > 0.0
        await let_go(engine)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(PIECES, max_size=6), st.booleans())
    def fuzz(pieces: list[str | bytes], opens: bool) -> None:
        asyncio.run(attack([WANTED.to_text(), PORTRAIT, *pieces] if opens else pieces))

    fuzz()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@with_settings(open_seconds=0.2)
async def test_socket_ends_when_no_portrait_comes_in_time(server: RunningRenderServer) -> None:
    async with render_client(server.url) as client:
        assert (await client.end())[1] == RenderCode.OPEN_TIMEOUT


@with_settings(idle_seconds=0.3)
async def test_socket_ends_when_its_viewer_is_idle_or_sees_nothing(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    async with render_client(server.url) as silent, render_client(server.url) as blind:
        await silent.open(PORTRAIT)
        await blind.open(PORTRAIT)

        async def go_on() -> None:
            while True:
                await blind.send(STILL)
                await asyncio.sleep(0.05)

        sending = asyncio.create_task(go_on())
        assert (await silent.end())[1] == RenderCode.IDLE
        assert (await blind.end())[1] == RenderCode.UNREAD
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    await let_go(engine)


@with_settings(session_seconds=0.3)
async def test_socket_ends_when_its_time_is_over(server: RunningRenderServer) -> None:
    async with render_client(server.url) as client:
        await client.open(PORTRAIT)
        assert (await client.end())[1] == RenderCode.TIME_OVER


async def test_viewer_is_told_when_the_engine_fails_and_others_go_on(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    async with render_client(server.url) as one, render_client(server.url) as other:
        for client in (one, other):
            await client.open(PORTRAIT)
        engine.fails = True
        await one.send(STILL)
        code, reason = await one.end()
        assert (code, reason) == (1013, RenderCode.FAILED)
        engine.fails = False
        assert (await other.show(STILL)).mean() > 0.0


@with_settings(access_keys=(SECRET,), room_secrets=(SECRET[::-1],))
async def test_nothing_is_drawn_when_neither_key_nor_room_token_fits(
    server: RunningRenderServer,
) -> None:
    token = make_room_token(SECRET[::-1], "room", int(time.time()) + 60)
    for shown in ({"key": SECRET}, {"room": "room", "token": token}):
        async with render_client(server.url) as client:
            assert isinstance(await client.open(PORTRAIT, replace(WANTED, **shown)), Ready)
    for shown in ({}, {"key": SECRET[:-1]}, {"room": "other", "token": token}):
        async with render_client(server.url) as client:
            denied = await refusal(client, PORTRAIT, replace(WANTED, **shown))
            assert denied == RenderCode.ACCESS_DENIED


@with_settings(allowed_origins=("https://you.example",))
async def test_origin_decides_when_a_page_connects(server: RunningRenderServer) -> None:
    for origin in ("https://you.example", f"http://{server.host}"):
        async with render_client(server.url, origin=origin) as client:
            assert isinstance(await client.open(PORTRAIT), Ready)
    async with render_client(server.url, origin="https://evil.example") as client:
        assert (await client.end())[1] == RenderCode.ORIGIN_REFUSED


@with_settings(max_sessions=2)
async def test_latecomer_is_told_that_it_is_busy_when_all_places_are_taken(
    server: RunningRenderServer,
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(2):
            client = await stack.enter_async_context(render_client(server.url))
            await client.open(PORTRAIT)
        late = await stack.enter_async_context(render_client(server.url))
        answer = await late.answer()
        assert answer == Refusal(RenderCode.BUSY, "", 2_000)
        assert (await late.end())[0] == 1013


@with_settings(address_sessions=3, max_sessions=100, address_handshakes_per_minute=60)
async def test_two_hundred_viewers_are_turned_away_when_they_come_at_once(
    server: RunningRenderServer, engine: CountingEngine
) -> None:
    async def come() -> str:
        try:
            async with render_client(server.url) as client:
                answer = await client.open(PORTRAIT)
                if isinstance(answer, Ready):
                    await client.show(STILL)
                    return "drawn"
                return answer.code
        except (InvalidStatus, OSError):
            return "not even told"

    async with render_client(server.url) as first:
        await first.open(PORTRAIT)
        told = await asyncio.gather(*(come() for _ in range(200)))
        assert set(told) <= {"drawn", "not even told", RenderCode.TOO_MANY_SESSIONS}
        assert "not even told" in told
        assert (await first.show(STILL)).mean() > 0.0, "who was there is served on"
    await let_go(engine)


async def test_viewers_hear_of_the_end_when_the_server_stops(
    engine: CountingEngine,
) -> None:
    running = RunningRenderServer(lambda: engine, RenderConfig(drain_seconds=0.5))
    running.start()
    async with render_client(running.url) as client, httpx.AsyncClient() as http:
        await client.open(PORTRAIT)
        assert (await http.get(f"{running.address}healthz")).json() == {
            "status": "ok",
            "engine": "photo",
        }
        stopping = asyncio.create_task(asyncio.to_thread(running.stop))

        async def is_draining() -> bool:
            return (await http.get(f"{running.address}healthz")).status_code == 503

        await until(is_draining)
        assert (await client.show(STILL)).mean() > 0.0, "drained, not cut off"
        async with render_client(running.url) as late:
            assert (await late.answer()) == Refusal(RenderCode.BUSY, "", 2_000)
        assert (await client.end()) == (1012, RenderCode.CLOSING)
        await stopping
    assert engine.held == 0


async def test_figures_and_log_say_nothing_of_a_person_when_somebody_was_drawn(
    server: RunningRenderServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "persona_server")
    async with render_client(server.url) as client, httpx.AsyncClient() as http:
        await client.open(PORTRAIT)
        await client.show(STILL)
        text = (await http.get(f"{server.address}metrics")).text
        assert "virtualpersona_render_sessions 1.0" in text
        assert "virtualpersona_render_pictures_total 1.0" in text
        assert "virtualpersona_render_queue 0.0" in text
    async with render_client(server.url) as client:
        await refusal(client, PORTRAIT[:-1])
    lines = [json.dumps(vars(record), default=str) for record in caplog.records]
    assert any(RenderCode.PORTRAIT_BAD in line for line in lines)
    assert not any("127.0.0.1" in line for line in lines)


def test_settings_are_refused_by_name_when_they_make_no_sense() -> None:
    for name, value in {
        "VP_RENDER_MAX_FPS": "500",
        "VP_RENDER_MAX_SIDE": "0",
        "VP_RENDER_ACCESS_KEYS": "short",
        "VP_RENDER_DEVICE": "abacus",
        "VP_RENDER_WORKERS": "many",
    }.items():
        with pytest.raises(ConfigError) as error:
            RenderConfig.from_env({name: value})
        assert name.removeprefix("VP_RENDER_").lower() in error.value.detail.lower()
    found = RenderConfig.from_env({"VP_RENDER_PORT": "9", "VP_RENDER_ACCESS_KEYS": SECRET})
    assert (found.port, found.access_keys) == (9, (SECRET,))


@needs_node
def test_operator_is_told_a_remedy_when_the_server_cannot_start(
    server: RunningRenderServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal, "write_to", lambda *_: None)  # the log of this process is pytest's
    taken = server.host.rpartition(":")[2]
    for words, remedy in {
        ("--port", taken, "--workers", "1"): "Choose another with --port",
        ("--model", str(tmp_path)): "with --model",
        ("--engine", "unheard-of"): "--engine",
        ("--model", str(NANO), "--device", "cuda"): "onnxruntime-gpu",
        ("--port", "99999"): "port must be from 0 to 65535",
    }.items():
        assert main([*words]) == 1
        said = capsys.readouterr().err.strip()
        assert remedy in said
        assert said.count("\n") == 0, "a sentence, no traceback"


@needs_node
async def test_lite_draws_two_people_when_both_are_looked_at() -> None:
    """The real engine behind the real server: each of two viewers sees its own portrait move."""
    people = [built_in("officer").to_bytes(), portrait_set(2, "astronaut").to_file()]
    wanted = OpenRequest(256, 20, formats()[:1])
    talking = expressions.params({"jawOpen": 0.7})

    def make() -> LiteEngine:
        return LiteEngine(EngineOptions(MODEL, workers=2))

    with RunningRenderServer(make, RenderConfig(workers=2)) as running:
        async with render_client(running.url) as one, render_client(running.url) as other:
            shown = []
            for client, portrait in zip((one, other), people, strict=True):
                assert isinstance(await client.open(portrait, wanted), Ready)
                shown.append((await client.show(STILL), await client.show(talking)))
        moved = [np.abs(a.astype(int) - b).mean() for a, b in shown]
        apart = np.abs(shown[0][0].astype(int) - shown[1][0]).mean()
        assert min(moved) > 0.5, "each moves"
        assert apart > 10 * max(moved), "and is itself"


@needs_node
async def test_viewer_is_told_and_the_next_is_served_when_a_painting_process_dies() -> None:
    engine: LiteEngine | None = None

    def make() -> LiteEngine:
        nonlocal engine
        engine = LiteEngine(EngineOptions(MODEL))
        return engine

    with RunningRenderServer(make, RenderConfig(workers=1)) as running:
        assert engine is not None
        async with render_client(running.url) as client:
            await client.open(PORTRAIT, replace(WANTED, side=256))
            await client.show(STILL)
            engine.painters.kill()
            await client.send(STILL)
            assert (await client.end())[1] == RenderCode.FAILED
        async with render_client(running.url) as client:
            await client.open(PORTRAIT, replace(WANTED, side=256))
            assert (await client.show(STILL)).mean() > 0.0
