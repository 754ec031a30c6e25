"""What a tick of a call costs in Python, counted and not timed: calls of Python functions, memory
that is asked for, memory that is kept."""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from tests.unit.web.stage_parts import FakeClock, FakePlace

from persona_core.base.arrays import Floats
from persona_core.call.remote_peer import RemotePeer
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.emotions import Emotion, EmotionLayer
from persona_core.face.observation import FaceObservation
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline
from persona_core.face.pose import HeadPose
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.modes import Rung
from persona_core.wire.codec import encode_frame
from persona_core.wire.motion_track import load_demo
from persona_web.room.face_sender import FaceSender
from persona_web.room.peer_view import PeerView
from persona_web.view.avatar_view import AvatarView, OnLost
from persona_web.view.graphics import Graphics
from persona_web.view.graphics_choice import GraphicsChoice
from persona_web.view.marked_avatar import DrawnMarks, MarkedAvatar
from persona_web.view.renderer import CanvasRenderer

TICK_MS = 50.0
SETTLING = 60
TICKS = 40
MOST_CALLS = {"still": 95, "moving": 300}
MOST_BYTES = {"still": 1_000, "moving": 16_000}
"""Asked for in one tick beyond what is there before it."""


class Paper:
    """A canvas that counts how often it is drawn on."""

    def __init__(self) -> None:
        self.draws = 0

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None:
        """Keeps nothing."""

    def draw(self, values: Floats) -> None:
        self.draws += 1

    def forget(self) -> None:
        """Has nothing to forget."""

    def set_scale(self, scale: float) -> None:
        """Has no size."""

    def reveal(self, *, revealed: bool) -> None:
        """Is seen by nobody."""

    def close(self) -> None:
        """Has nothing to close."""


class Call:
    """What one page of a call does at each tick for its own face and for one peer, but for the
    elements of the page."""

    def __init__(self) -> None:
        self.now_ms = 1000.0
        self.clock = FakeClock()
        self.graphics = Graphics(Capabilities.from_probe({}), GraphicsChoice(), self.clock)
        self.papers = [Paper(), Paper()]
        self.pipeline = FacePipeline()
        self.emotion = EmotionLayer()
        self.remote = RemotePeer("peer")
        self.own, peer = (self._around(paper) for paper in self.papers)
        self.view = PeerView(peer, self.remote)
        self.sent: list[FaceParams] = []
        self.sender = FaceSender(self._send)
        self.mirrored: tuple[FaceParams, FaceParams] | None = None
        self.frames = load_demo().frames
        self.count = 0

    def _around(self, paper: Paper) -> MarkedAvatar:
        async def open_renderer(
            rung: Rung, canvas: Any, style: AvatarStyle, on_lost: OnLost
        ) -> CanvasRenderer:
            return CanvasRenderer(paper, style, refuse)

        async def refuse(_portrait: object) -> Any:
            raise AssertionError("nobody goes as a portrait")

        view = AvatarView(
            self.graphics, FakePlace(), open_renderer, refuse, self.clock, CHARACTERS[0].style
        )
        marks = DrawnMarks(Paper(), CHARACTERS[0].style)
        return MarkedAvatar(view, marks, lambda now: self.emotion.weight_of(Emotion.LOVE, now))

    def _send(self, face: FaceParams) -> int:
        self.sent.append(face)
        return 1

    def read(self, number: int) -> None:
        """The tracker has seen a face, and one has come from the peer."""
        face = self.frames[number % len(self.frames)]
        pose = HeadPose(face.rotation, face.translation, 50.0)
        seen = FaceObservation(self.now_ms, self.now_ms, face.blendshapes, pose)
        self.pipeline.observe(seen, self.now_ms)
        self.count += 1
        frame = FaceParams(self.now_ms, blendshapes=face.blendshapes, rotation=face.rotation)
        self.remote.take_frame(encode_frame(frame, self.count), self.now_ms)

    @property
    def draws(self) -> int:
        return sum(paper.draws for paper in self.papers)

    def tick(self) -> None:
        now_ms = self.now_ms = self.clock.now = self.now_ms + TICK_MS
        face = self.emotion.apply(self.pipeline.sample(now_ms), now_ms)
        if self.mirrored is None or self.mirrored[0] is not face:
            self.mirrored = face, face.mirrored()
        self.own.draw(self.mirrored[1], now_ms)
        self.sender.offer(face, now_ms)
        self.view.draw(now_ms)


def count_calls(tick: Callable[[], None]) -> int:
    """Calls of Python functions in one tick."""
    calls = 0

    def watch(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(watch)
    try:
        tick()
    finally:
        sys.setprofile(None)
    return calls


def count_bytes(tick: Callable[[], None]) -> int:
    """The most memory that one tick holds beyond what was held before it."""
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    tick()
    return tracemalloc.get_traced_memory()[1] - before


def blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


async def started() -> Call:
    """A call in which both avatars are drawn."""
    call = Call()
    for _ in range(SETTLING):
        call.read(0)
        call.tick()
        await asyncio.sleep(0)
    assert all(paper.draws > 0 for paper in call.papers)
    assert call.own is not call.view
    return call


def still_ticks(call: Call, count: Callable[[Callable[[], None]], int]) -> list[int]:
    """Five readings a second of a face that rests; what is counted in ticks in which nothing is
    drawn: every other one is of a breath."""
    counted = []
    for number in range(TICKS):
        if number % 4 == 0:
            call.read(0)
        draws = call.draws
        cost = count(call.tick)
        if call.draws == draws:
            counted.append(cost)
    return counted


def moving_ticks(call: Call, count: Callable[[Callable[[], None]], int]) -> list[int]:
    """A reading before each tick, of a face that moves."""
    counted = []
    for number in range(TICKS):
        call.read(number)
        counted.append(count(call.tick))
    return counted


async def test_tick_calls_few_functions_when_nothing_is_new() -> None:
    call = await started()
    still = still_ticks(call, count_calls)
    assert len(still) >= TICKS // 4, "a face at rest is not drawn"
    assert max(still) <= MOST_CALLS["still"]
    assert max(moving_ticks(call, count_calls)) <= MOST_CALLS["moving"]


async def test_tick_asks_for_little_memory_when_nothing_is_new(traced: None) -> None:
    call = await started()
    still_ticks(call, count_bytes)  # what is kept from now on has been made
    assert max(still_ticks(call, count_bytes)) <= MOST_BYTES["still"]
    moving_ticks(call, count_bytes)
    assert max(moving_ticks(call, count_bytes)) <= MOST_BYTES["moving"]


async def test_ticks_keep_no_memory_when_there_are_many() -> None:
    call = await started()
    held = []
    for _ in range(4):  # what remembers the newest of something is full after the second
        for _ in range(8):
            moving_ticks(call, count_calls)
            still_ticks(call, count_calls)
        call.sent.clear()
        held.append(blocks())
    assert held[3] - held[2] <= TICKS, "less than one thing in sixteen ticks"
