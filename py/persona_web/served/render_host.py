"""``RenderHost``: a page's dealings with the one render server of its site.

It offers the server to the page's ladder once the person has agreed, takes it back when it fails,
and offers it again after a while. Each portrait has a line of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from persona_core.base.ports import Clock
from persona_core.call.invitation import Invitation
from persona_core.call.ports import Socket, SocketListener
from persona_core.graphics.ladder_commands import Reason
from persona_core.graphics.modes import GPUMode, Rung
from persona_core.graphics.render_offer import OfferCommand, OfferState, RenderOffer
from persona_core.wire.render_server import RenderServer
from persona_core.wire.rendering import OpenRequest
from persona_web.base.background import Background
from persona_web.base.meter import Meter, RateMeter
from persona_web.served.render_line import Decoders, LineError, RenderLine, Shown
from persona_web.view.graphics import Graphics

LOGGER = logging.getLogger(__name__)
FPS: Final = 20
LOOK_S: Final = 1.0
"""How often a hidden page looks whether it is seen again."""


@dataclass(frozen=True, slots=True)
class RenderFigures:
    """
    Attributes:
        latency_ms: from an expression to its picture, in the middle.
        fps: pictures a second, of all portraits.
        kbit: bits a second of them, in thousands.
    """

    latency_ms: float
    fps: float
    kbit: float


class RenderHost:
    """
    Args:
        open_socket: to the server.
        told_agreed: hears whether the person agrees, to be remembered.
        invitation: to the room that the page is in, if any.
    """

    def __init__(
        self,
        graphics: Graphics,
        server: RenderServer,
        open_socket: Callable[[str, SocketListener], Socket],
        decoders: Decoders,
        clock: Clock,
        told_agreed: Callable[[bool], None],
        invitation: Callable[[], Invitation | None] = lambda: None,
    ) -> None:
        self.server = server
        self._graphics = graphics
        self._open_socket = open_socket
        self._decoders = decoders
        self._clock = clock
        self._told_agreed = told_agreed
        self._invitation = invitation
        self._offer = RenderOffer()
        self._listeners: list[Callable[[], object]] = []
        self._background = Background()
        self._attempt = 0
        self._last_problem: str | None = None
        self._latency = Meter(60)
        self._pictures = RateMeter()
        self._bytes = Meter(60)

    def on_change(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Calls ``listener`` when :attr:`state` or :attr:`problem` is another.

        Returns:
            what ends that.
        """
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def lend(self, graphics: Graphics) -> None:
        """Offers the server to further graphics of the page for as long as it is offered."""

        def follow() -> None:
            left = Reason.SERVER_LEFT if self.state is OfferState.OFF else Reason.SERVER_LOST
            graphics.set_served(self.is_offered, Reason.SERVER_READY if self.is_offered else left)

        graphics.on_close(self.on_change(follow))
        follow()

    @property
    def state(self) -> OfferState:
        return self._offer.state

    @property
    def problem(self) -> str | None:
        """Code of why it is not used, where it failed."""
        return self._offer.problem

    @property
    def is_offered(self) -> bool:
        """Whether the server may be asked."""
        return self.state is OfferState.OFFERED

    @property
    def is_drawing(self) -> bool:
        """Whether what is seen comes from there."""
        return self._graphics.rung is Rung.SERVER and not self._graphics.is_starting

    @property
    def is_starting(self) -> bool:
        """Whether its first picture is being waited for."""
        return self._graphics.rung is Rung.SERVER and self._graphics.is_starting

    @property
    def figures(self) -> RenderFigures:
        fps = self._pictures.rate(self._clock.now_ms())
        return RenderFigures(self._latency.median, fps, fps * self._bytes.median * 8.0 / 1000.0)

    def agree(self) -> None:
        """The person lets portraits be drawn there, or wants it tried again."""
        self._told_agreed(True)
        if self._graphics.mode is not GPUMode.AUTO:
            self._graphics.choose_mode(GPUMode.AUTO)  # any other is a choice against it
        self._carry_out(self._offer.agree(), Reason.SERVER_READY)

    def resume(self) -> None:
        """The person agreed at an earlier visit."""
        self._carry_out(self._offer.agree(), Reason.SERVER_READY)

    def leave(self) -> None:
        """The person takes it back: nothing goes there any more."""
        self._told_agreed(False)
        self._carry_out(self._offer.leave(), Reason.SERVER_LEFT)

    def open_line(
        self,
        portrait: bytes,
        on_picture: Callable[[Shown], None],
        on_end: Callable[[LineError], None],
    ) -> RenderLine:
        """A line for one portrait, as peers send it."""
        request = OpenRequest(self.server.side, FPS, self._decoders.formats, self.server.key)
        invitation = self._invitation() if self.server.rooms else None
        if invitation is not None and invitation.token:
            request = replace(request, room=invitation.room, token=invitation.token)
        return RenderLine(
            partial(self._open_socket, self.server.url),
            self._decoders,
            self._clock,
            request,
            portrait,
            on_picture,
            on_end,
        )

    def report(self) -> dict[str, Any]:
        """Plain data for reports."""
        figures = self.figures
        return {
            "state": self.state.value,
            "problem": self.problem,
            "last_problem": self._last_problem,
            "drawing": self.is_drawing,
            "latency_ms": round(figures.latency_ms, 1),
            "pictures": self._latency.count,
            "fps": round(figures.fps, 1),
            "kbit": round(figures.kbit),
        }

    # What portraits tell

    def shown(self, shown: Shown, latency_ms: float) -> None:
        now_ms = self._clock.now_ms()
        self._offer.drawing(now_ms)
        self._latency.add(shown.latency_ms)
        self._pictures.tick(now_ms)
        self._bytes.add(float(shown.size))

    def failed(self, failure: LineError) -> None:
        LOGGER.warning("the render server is left: %s", failure)
        given = self._offer.failed(failure.code, self._clock.now_ms(), failure.retry_ms)
        if given:
            self._last_problem = failure.code
        self._carry_out(given, Reason.SERVER_LOST, str(failure))

    def _carry_out(
        self, commands: tuple[OfferCommand, ...], reason: Reason, detail: str = ""
    ) -> None:
        self._attempt += bool(commands)
        for command in commands:
            if command is OfferCommand.WAIT:
                self._background.run(self._retry_later(self._attempt, self._offer.wait_ms / 1000.0))
            else:
                self._graphics.set_served(command is OfferCommand.OFFER, reason, detail)
        for listener in tuple(self._listeners):
            listener()

    async def _retry_later(self, attempt: int, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        if attempt != self._attempt:
            return
        # While nobody looks nobody is to be drawn; and what draws here instead begins first.
        if not self._graphics.is_visible or self._graphics.is_starting:
            self._background.run(self._retry_later(attempt, LOOK_S))
        else:
            self._carry_out(self._offer.retry(), Reason.SERVER_READY)
