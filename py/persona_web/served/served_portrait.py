"""``ServedPortrait``: one portrait at one place, drawn by a render server."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Any, Final, Protocol

from persona_core.base.arrays import Floats
from persona_core.base.ports import Clock
from persona_core.drawn.characters import CHARACTERS
from persona_core.face.params import FaceParams
from persona_core.graphics.render_watch import RenderWatch
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import Reprojection
from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.expressions.portrait_set import MAX_EXPRESSIONS, PortraitSet
from persona_core.portrait.portrait import Portrait
from persona_web.base.background import Background
from persona_web.served.render_line import LineError, RenderLine, RenderTrouble, Shown

LOGGER = logging.getLogger(__name__)
NEUTRAL: Final = FaceParams(0.0)
MOST_HZ: Final = 20.0
"""Frames a second that a server is sent at most."""
EARLY_MS: Final = 4.0
CALM_S: Final = 2.0
"""So long nothing may join a portrait before it is sent again with what has joined."""
ALIVE_S: Final = 10.0
"""Where nobody moves, a frame goes out so often, or the server would take us for gone."""


class Screen(Protocol):
    """Where pictures are seen; in the browser a ``NeuralPicture``."""

    @property
    def bends(self) -> bool: ...

    @property
    def memory_bytes(self) -> int: ...

    def take(self, picture: Any) -> None:
        """Takes a picture over; one that is closed lets it go."""
        ...

    def show(self, mesh: Floats | None) -> None: ...

    def close(self) -> None: ...


class Told(Protocol):
    """Who hears how it goes."""

    @property
    def is_offered(self) -> bool:
        """Whether the server may be asked."""
        ...

    def shown(self, shown: Shown, latency_ms: float) -> None:
        """A picture has come; pictures come so late in the long run."""
        ...

    def failed(self, failure: LineError) -> None:
        """The server is to be left; called from no drawing."""
        ...


OpenLine = Callable[[bytes, Callable[[Shown], None], Callable[[LineError], None]], RenderLine]
"""Opens a line for a portrait as peers send it."""


class ServedPortrait:
    """A :class:`~persona_web.view.renderer.PortraitPainter`. Where the screen can, the newest
    picture is bent to the newest face. When the server fails, it stays until the page's graphics
    draw otherwise.

    Args:
        limit_hz: pictures a second that are wanted at most, now.

    Attributes:
        style: the drawn look of the same person.
    """

    def __init__(
        self,
        open_line: OpenLine,
        portrait: Portrait,
        screen: Screen,
        clock: Clock,
        limit_hz: Callable[[], float],
        told: Told,
    ) -> None:
        self.style = CHARACTERS[0].style
        self._open_line = open_line
        self._worn = PortraitSet(portrait)
        self._screen = screen
        self._clock = clock
        self._limit_hz = limit_hz
        self._told = told
        self._watch = RenderWatch()
        self._background = Background()
        self._line: RenderLine | None = None
        self._joins = 0
        self._params = self._taken = NEUTRAL
        self._square: Square | None = None
        self._mesh: Reprojection | None = None
        self._sent_ms = -math.inf
        self._failed = False
        self._failure: LineError | None = None
        self._closed = False

    @property
    def memory_bytes(self) -> int:
        return self._screen.memory_bytes

    async def begin(self) -> None:
        """Has the first picture drawn, so that there is one to show.

        Raises:
            LineError: there is none.
        """
        try:
            await self._connect()
        except LineError as error:
            self._failed = True
            self._tell(error)
            raise
        self._background.run(self._keep_alive())

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows the newest picture, and asks for one of this face if it is time.

        Raises:
            LineError: the server is asked anew, and this portrait's line is not.
        """
        if self._failure is not None and self._told.is_offered:
            raise self._failure
        self._params = params
        self._watch.step(now_ms)
        hz = min(MOST_HZ, self._limit_hz())
        if now_ms - self._sent_ms >= 1000.0 / hz - EARLY_MS:
            self._send(now_ms)
        if self._watch.is_slow and not self._failed:
            late = f"pictures come after {self._watch.latency_ms:.0f} ms"
            self._fail_later(LineError(RenderTrouble.SLOW, late))
        self._screen.show(self._bent())

    async def add_expression(self, expression: Expression) -> None:
        """Has the portrait drawn from one further picture, too, from when all that comes with it
        is here."""
        if len(self._worn.expressions) >= MAX_EXPRESSIONS:
            return
        self._worn = PortraitSet(self._worn.base, (*self._worn.expressions, expression))
        self._joins += 1
        self._background.run(self._send_anew(self._joins))

    def close(self) -> None:
        """Ends the line; the server forgets the portrait."""
        self._closed = True
        if self._line is not None:
            self._line.close()
        self._screen.close()

    async def _connect(self) -> None:
        worn = self._worn
        file = worn.to_file() if worn.expressions else worn.base.to_bytes()
        holder: list[RenderLine] = []

        def shown(shown: Shown) -> None:
            # Of a line that is yet to take over, the first picture is seen, too: the same person.
            self._watch.came(shown.latency_ms)
            self._screen.take(shown.picture)
            self._taken = shown.params
            if self._screen.bends and (self._mesh is None or shown.square != self._square):
                base, self._square = worn.base, shown.square
                whole = Square(0.0, 0.0, max(base.width, base.height))
                self._mesh = Reprojection(base, shown.square or whole)
            self._told.shown(shown, self._watch.latency_ms)

        def ended(failure: LineError) -> None:
            if holder and self._line is holder[0]:
                self._fail(failure)

        line = self._open_line(file, shown, ended)
        holder.append(line)
        try:
            await line.begin(self._params)
        except BaseException:
            line.close()
            raise
        if self._closed:
            line.close()
            return
        before, self._line = self._line, line
        if before is not None:
            before.close()

    def _bent(self) -> Floats | None:
        """The mesh that the newest picture is shown by; None where none is heeded."""
        if self._mesh is None:
            return None
        # Where the server does not say what it shows of the photo, nobody knows where the face is.
        now = self._taken if self._square is None else self._params
        return self._mesh.bend(self._taken, now)

    async def _send_anew(self, join: int) -> None:
        await asyncio.sleep(CALM_S)
        if join != self._joins or self._closed or self._failed:
            return
        try:
            await self._connect()
        except LineError as error:  # the line before goes on
            LOGGER.warning("a portrait's further pictures do not join it: %s", error)

    async def _keep_alive(self) -> None:
        while not (self._closed or self._failed):
            await asyncio.sleep(ALIVE_S)
            now_ms = self._clock.now_ms()
            if now_ms - self._sent_ms >= 1000.0 * ALIVE_S / 2.0:
                self._send(now_ms)

    def _send(self, now_ms: float) -> None:
        if self._line is not None and not self._failed and self._line.send(self._params):
            self._sent_ms = now_ms
            self._watch.sent()

    def _fail_later(self, failure: LineError) -> None:
        self._failed = True

        async def tell() -> None:
            if self._line is not None:
                self._line.close()
            self._tell(failure)

        self._background.run(tell())

    def _fail(self, failure: LineError) -> None:
        if not self._failed and not self._closed:
            self._failed = True
            self._tell(failure)

    def _tell(self, failure: LineError) -> None:
        self._told.failed(failure)
        self._failure = failure
