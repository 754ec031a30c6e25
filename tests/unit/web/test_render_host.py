"""A page and the render server of its site: who may be asked, and what is seen when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.support import expressions
from tests.support.portraits import canonical_portrait
from tests.support.storage import DictStorage
from tests.unit.web.stage_parts import FakeClock

from persona_core.base.arrays import Floats
from persona_core.call.invitation import Invitation
from persona_core.call.ports import SocketListener
from persona_core.face import landmarks
from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.ladder_commands import Reason
from persona_core.graphics.modes import GPUMode, Rung
from persona_core.graphics.render_offer import OfferState
from persona_core.graphics.render_watch import LATE_MS, LONG_RUN, SILENT_MS
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import VERTICES
from persona_core.wire.render_server import RenderServer
from persona_core.wire.rendering import OpenRequest, PictureFormat, RenderCode
from persona_web.served import render_host, served_portrait
from persona_web.served.render_access import AGREED_KEY, RenderAccess
from persona_web.served.render_host import RenderHost
from persona_web.served.render_line import LineError, RenderTrouble, Shown
from persona_web.served.served_portrait import ServedPortrait
from persona_web.view.graphics import Graphics
from persona_web.view.graphics_choice import GraphicsChoice

SERVER = RenderServer("wss://r.example/render", "Kettle & Sons")
STILL, OPENED = expressions.params({}), expressions.params({"jawOpen": 1.0})
PORTRAIT = canonical_portrait("rgb(200, 150, 120)")


class Follower:
    """An avatar that a model may draw, and that is drawn at once wherever it is sent."""

    memory_bytes = None
    is_plain = is_painted = False
    wants_model = True
    every = 1

    def __init__(self, graphics: Graphics) -> None:
        self.graphics = graphics
        self.rungs: list[Rung] = []
        graphics.join(self)

    def enter(self, rung: Rung, turn: int) -> None:
        self.rungs.append(rung)
        asyncio.get_running_loop().call_soon(self.graphics.started, turn)

    def refresh(self) -> None: ...

    def lose(self) -> None: ...


class House:
    """A host with everything around it.

    Attributes:
        agreed: what was to be remembered.
    """

    def __init__(self, mode: GPUMode = GPUMode.AUTO) -> None:
        self.clock = FakeClock()
        self.graphics = Graphics(Capabilities(), GraphicsChoice(mode=mode), self.clock)
        self.follower = Follower(self.graphics)
        self.agreed: list[bool] = []
        self.host = RenderHost(
            self.graphics, SERVER, self._no_socket, self, self.clock, self.agreed.append
        )

    formats = (PictureFormat.WEBP,)

    def open(self, *_given: Any) -> Any:
        raise AssertionError

    def _no_socket(self, *_given: Any) -> Any:
        raise AssertionError


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits that were asked for; none takes any time."""
    asked: list[float] = []
    sleep = asyncio.sleep

    async def soon(seconds: float) -> None:
        asked.append(seconds)
        await sleep(0.0)

    for module in (render_host, served_portrait):
        monkeypatch.setattr(module.asyncio, "sleep", soon)  # type: ignore[attr-defined]
    return asked


async def turns(count: int = 6) -> None:
    for _ in range(count):
        await asyncio.sleep(0.0)


async def test_server_is_used_when_the_person_agrees_and_no_more_when_they_take_it_back() -> None:
    house = House()
    await turns()
    assert house.follower.rungs == [Rung.CANVAS]
    house.host.agree()
    await turns()
    assert house.host.is_drawing
    house.host.leave()
    await turns()
    assert house.follower.rungs == [Rung.CANVAS, Rung.SERVER, Rung.CANVAS]
    assert house.agreed == [True, False]
    assert house.graphics.log[-1].reason is Reason.SERVER_LEFT


async def test_agreeing_is_a_choice_against_any_other_way_of_drawing() -> None:
    house = House(GPUMode.CPU)
    house.host.agree()
    await turns()
    assert house.graphics.mode is GPUMode.AUTO
    assert house.host.is_drawing


async def test_server_is_left_with_its_reason_and_asked_again_when_it_fails(
    waits: list[float],
) -> None:
    house = House()
    house.host.agree()
    await turns()
    waits.clear()
    house.host.failed(LineError(RenderCode.BUSY, "full", 5_000))
    assert house.host.state is OfferState.WAITING
    newest = house.graphics.log[-1]
    assert (newest.left, newest.entered) == (Rung.SERVER, Rung.CANVAS)
    assert (newest.reason, newest.detail) == (Reason.SERVER_LOST, "render-busy: full")
    await turns(12)
    assert 5.0 in waits
    assert house.follower.rungs[-2:] == [Rung.CANVAS, Rung.SERVER]
    assert house.host.report()["last_problem"] == RenderCode.BUSY


async def test_server_is_not_asked_again_while_nobody_sees_the_page() -> None:
    house = House()
    house.host.agree()
    await turns()
    house.graphics.set_visible(False)
    house.host.failed(LineError(RenderCode.IDLE))
    await turns(30)
    assert house.host.state is OfferState.WAITING
    house.graphics.set_visible(True)
    await turns(12)
    assert house.host.state is OfferState.OFFERED


async def test_server_is_not_asked_again_when_it_will_never_do() -> None:
    house = House()
    house.host.agree()
    await turns()
    house.host.failed(LineError(RenderCode.UNSUPPORTED_VERSION))
    await turns(20)
    assert house.host.state is OfferState.REFUSED
    assert house.follower.rungs[-1] is Rung.CANVAS


class Sockets:
    """What lines open, and what they say first."""

    formats = (PictureFormat.WEBP,)

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, _url: str, listener: SocketListener) -> Sockets:
        asyncio.get_running_loop().call_soon(listener.on_socket_open)
        return self

    def send(self, text: str) -> None:
        self.texts.append(text)

    def send_bytes(self, _data: bytes) -> bool:
        return True

    def close(self, _code: int = 1000) -> None: ...

    def open(self, *_given: Any) -> Any:
        raise AssertionError


@pytest.mark.parametrize("rooms", [False, True])
@pytest.mark.parametrize("token", ["", "1.99.abc"])
async def test_room_is_told_when_the_site_says_that_the_server_wants_it_and_there_is_a_token(
    rooms: bool, token: str
) -> None:
    sockets, clock = Sockets(), FakeClock()
    graphics = Graphics(Capabilities(), GraphicsChoice(), clock)
    invitation = Invitation("a-room", bytes(16), token)
    server = replace(SERVER, rooms=rooms)
    host = RenderHost(
        graphics, server, sockets, sockets, clock, lambda _agreed: None, lambda: invitation
    )
    line = host.open_line(b"portrait", lambda _shown: None, lambda _failure: None)
    await turns()
    line.close()
    asked = OpenRequest.from_text(sockets.texts[0])
    told = ("a-room", token) if rooms and token else ("", "")
    assert (asked.room, asked.token) == told


class FakeLine:
    def __init__(self, portrait: bytes, on_picture: Any, on_end: Any) -> None:
        self.portrait, self.on_picture, self.on_end = portrait, on_picture, on_end
        self.sent: list[FaceParams] = []
        self.closed = False
        self.fault: LineError | None = None

    async def begin(self, params: FaceParams) -> None:
        await asyncio.sleep(0.0)
        if self.fault is not None:
            raise self.fault
        self.give(params)

    def send(self, params: FaceParams) -> bool:
        self.sent.append(params)
        return True

    def give(
        self, params: FaceParams, latency_ms: float = 50.0, square: Square | None = None
    ) -> None:
        self.on_picture(Shown(object(), params, latency_ms, 2_000, square))

    def close(self) -> None:
        self.closed = True


class Booth:
    """A portrait on a server, with everything around it."""

    memory_bytes = 0
    is_offered = True

    def __init__(self, *, bends: bool = False) -> None:
        self.bends = bends
        self.meshes: list[Floats | None] = []
        self.clock = FakeClock()
        self.lines: list[FakeLine] = []
        self.fault: LineError | None = None
        self.taken = 0
        self.shows = 0
        self.pictures = 0
        self.failures: list[LineError] = []
        self.portrait = ServedPortrait(
            self._open_line, PORTRAIT, self, self.clock, lambda: 60.0, self
        )

    def _open_line(self, *given: Any) -> Any:
        self.lines.append(FakeLine(*given))
        self.lines[-1].fault = self.fault
        return self.lines[-1]

    def take(self, _picture: object) -> None:
        self.taken += 1

    def show(self, mesh: Floats | None) -> None:
        self.shows += 1
        self.meshes.append(None if mesh is None else mesh.copy())

    def close(self) -> None: ...

    def shown(self, _shown: Shown, _latency_ms: float) -> None:
        self.pictures += 1

    def failed(self, failure: LineError) -> None:
        self.failures.append(failure)
        self.is_offered = False

    def draw(self, params: FaceParams) -> Floats | None:
        """What the picture is bent by for a face."""
        self.clock.now += 20.0
        self.portrait.draw(params, self.clock.now)
        return self.meshes[-1]

    def draw_for(self, ms: float, each: Callable[[], object] = lambda: None) -> None:
        for _ in range(round(ms / 20.0)):
            self.clock.now += 20.0
            self.portrait.draw(STILL, self.clock.now)
            each()


async def test_frames_go_out_at_the_server_s_pace_while_every_frame_is_shown() -> None:
    booth = Booth()
    await booth.portrait.begin()
    [line] = booth.lines
    assert line.portrait == PORTRAIT.to_bytes()
    booth.draw_for(2_000.0, lambda: line.give(STILL))
    assert booth.shows == 100
    assert 33 <= len(line.sent) <= 50
    assert booth.failures == []


async def test_newest_picture_is_bent_to_the_newest_face_when_the_screen_can() -> None:
    booth = Booth(bends=True)
    await booth.portrait.begin()
    [line] = booth.lines
    line.give(STILL, square=Square(10.0, 20.0, 200.0))
    mesh = booth.draw(STILL)
    assert mesh is not None
    assert mesh.shape == (VERTICES, 4)
    assert (mesh[:, :2] == mesh[:, 2:]).all(), "the face that the picture shows"
    corner, side = np.array([10.0, 20.0]), 200.0
    where = (PORTRAIT.landmarks[:, :2] - corner) / side
    assert np.abs(mesh[: len(where), 2:] - where).max() < 0.02, "lies where the photo has it"
    mesh = booth.draw(OPENED)
    assert mesh is not None
    fallen = (mesh[:, 1] - mesh[:, 3])[landmarks.OVAL].max()
    assert fallen > 0.01, "a chin falls where a mouth opens"
    line.give(OPENED, square=Square(10.0, 20.0, 200.0))
    mesh = booth.draw(OPENED)
    assert mesh is not None
    assert (mesh[:, :2] == mesh[:, 2:]).all(), "the next picture has it"


async def test_picture_is_shown_as_it_came_when_nobody_can_bend_it() -> None:
    booth = Booth(bends=False)
    await booth.portrait.begin()
    booth.lines[0].give(STILL, square=Square(0.0, 0.0, 256.0))
    assert booth.draw(OPENED) is None
    silent = Booth(bends=True)
    await silent.portrait.begin()
    silent.lines[0].give(STILL)
    mesh = silent.draw(OPENED)
    assert mesh is not None
    assert (mesh[:, :2] == mesh[:, 2:]).all(), "nobody knows where the face is"


async def test_server_is_left_once_when_its_pictures_stop_and_the_last_one_stays() -> None:
    booth = Booth()
    await booth.portrait.begin()
    booth.draw_for(SILENT_MS + 100.0)
    booth.draw_for(400.0)
    await turns()
    assert [error.code for error in booth.failures] == [RenderTrouble.SLOW]
    assert booth.lines[0].closed
    assert booth.shows == booth.clock.now // 20.0 - 1000.0 // 20.0


async def test_portrait_of_before_is_drawn_anew_when_the_server_is_asked_again_too_soon() -> None:
    booth = Booth()
    await booth.portrait.begin()
    booth.lines[0].on_end(LineError(RenderTrouble.UNREACHABLE))
    booth.draw_for(100.0)
    booth.is_offered = True
    with pytest.raises(LineError):
        booth.draw_for(20.0)


async def test_server_is_left_when_its_pictures_are_late() -> None:
    booth = Booth()
    await booth.portrait.begin()
    for _ in range(4 * LONG_RUN):
        booth.lines[0].give(STILL, 3.0 * LATE_MS)
    booth.draw_for(20.0)
    await turns()
    assert [error.code for error in booth.failures] == [RenderTrouble.SLOW]


async def test_failure_is_told_and_raised_when_there_is_no_first_picture() -> None:
    booth = Booth()
    booth.fault = LineError(RenderCode.BUSY)
    with pytest.raises(LineError):
        await booth.portrait.begin()
    assert [error.code for error in booth.failures] == [RenderCode.BUSY]


async def test_end_of_a_line_is_no_failure_when_the_portrait_is_gone_by_itself() -> None:
    booth = Booth()
    await booth.portrait.begin()
    booth.portrait.close()
    assert booth.lines[0].closed
    booth.lines[0].on_end(LineError(RenderTrouble.UNREACHABLE))
    assert booth.failures == []


class Gate:
    """An access with everything around it."""

    def __init__(self, server: RenderServer | None, agreed: str | None) -> None:
        self.opened = 0
        self.resumed = 0
        self.storage = DictStorage({} if agreed is None else {AGREED_KEY: agreed})
        self.access = RenderAccess(server, self._open, self.storage)

    async def _open(self, _server: RenderServer, tell: Callable[[bool], None]) -> Any:
        self.opened += 1
        self.tell = tell
        return self

    def resume(self) -> None:
        self.resumed += 1


@pytest.mark.parametrize(
    ("server", "agreed", "used"),
    [
        (None, SERVER.identity, 0),
        (SERVER, None, 0),
        (SERVER, "wss://r.example/render Others", 0),
        (SERVER, "wss://elsewhere.example/render Kettle & Sons", 0),
        (SERVER, SERVER.identity, 1),
    ],
)
async def test_nothing_is_opened_at_a_start_unless_the_person_agreed_to_this_very_server(
    server: RenderServer | None, agreed: str | None, used: int
) -> None:
    gate = Gate(server, agreed)
    gate.access.step(False)
    await turns()
    assert gate.opened == 0
    for _ in range(3):
        gate.access.step(True)
        await turns()
    assert (gate.opened, gate.resumed) == (used, used)


async def test_agreement_is_kept_and_taken_back_by_server() -> None:
    gate = Gate(SERVER, None)
    await gate.access.open()
    gate.tell(True)
    assert gate.access.is_agreed
    assert gate.storage.get(AGREED_KEY) == SERVER.identity
    gate.tell(False)
    assert gate.storage.get(AGREED_KEY) is None


async def test_nothing_is_opened_to_take_an_agreement_back() -> None:
    gate = Gate(SERVER, SERVER.identity)
    gate.access.leave()
    assert not gate.access.is_agreed
    gate.access.step(True)
    await turns()
    assert gate.opened == 0
