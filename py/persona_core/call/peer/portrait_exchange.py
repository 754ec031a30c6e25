"""``PortraitExchange``: when portraits move between two pages, over whichever path there is.

Over the direct path a picture is asked for once and comes in one go; what went by another path that
was just given up is asked for again. The way through the server is
narrow and shared with the faces of everybody: there each piece is asked for by itself, when the one
before has come and as long again has passed. So at most one piece is on its way between two people,
whatever the network, and a piece that the server lost is asked for again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.call.peer.portrait_download import PortraitDownload
from persona_core.call.peer.portrait_upload import PortraitUpload
from persona_core.call.ports import CallPorts
from persona_core.wire.control import AvatarChange, Hello, PortraitChunk, PortraitWanted

ANNOUNCED_PAUSE_MS: Final = 5_000.0
"""After something of a portrait came, before something of another announcement is asked for:
making a portrait ready keeps a page busy for up to 160 ms. What was announced together is asked
for in one go."""
PIECE_PAUSE_MS: Final = 200.0
"""After a piece came through the server, before the next is asked for, at least. With a portrait in
each direction that is 10 of the 20 messages a second that the server allows, and 43,000 bytes of
a portrait a second."""
PIECE_GAP_MS: Final = 0.5 * PIECE_PAUSE_MS
"""Between two pieces that are sent to one peer through the server, however often it asks."""
PATIENCE_MS: Final = 5_000.0
"""How long a piece may take before it is asked for again: on a line of 3 kB a second one takes that
long."""
LONGEST_PATIENCE_MS: Final = 60_000.0
"""The same for who never answers; it doubles until then."""


class PortraitExchange:
    """Both directions between us and one peer.

    Args:
        download: what the peer wears, on its way to us.
        say: tells the peer; False when there is no path.
        backlog: bytes that wait on the direct path; None where all goes through the server.

    Attributes:
        upload: our portrait and its expressions on their way to the peer; who offers others names
            them in ``avatar``.
    """

    def __init__(
        self,
        ports: CallPorts,
        download: PortraitDownload,
        say: Callable[[PortraitWanted | PortraitChunk], bool],
        backlog: Callable[[], int | None],
    ) -> None:
        self.upload = PortraitUpload()
        self._clock = ports.clock
        self._download = download
        self._say = say
        self._backlog = backlog
        self._asking = Countdown(ports.scheduler, self._ask_anew)
        self._asked_ms = self._came_ms = -math.inf
        self._patience_ms = PATIENCE_MS
        self._sending = Countdown(ports.scheduler, self.pump)
        self._sent_ms = -math.inf

    def begin(self) -> None:
        """A path has opened. What was on its way over another is asked for anew: when the peer
        greets, and through the server even if its greeting came before we took that way."""
        self.upload.stop()
        self._patience_ms = PATIENCE_MS
        if self._backlog() is None:
            self._asking.start(PIECE_PAUSE_MS)

    def end(self) -> None:
        """The path is gone."""
        self._asking.stop()
        self._sending.stop()
        self.upload.stop()

    def announce(self, message: Hello | AvatarChange) -> None:
        """The peer says what it wears from now on; with a greeting, that a path has opened."""
        if isinstance(message, Hello):
            self._download.interrupt()
        self._download.announce(message.portrait, message.expressions)
        pause_ms = self._came_ms + ANNOUNCED_PAUSE_MS - self._clock.now_ms()
        if pause_ms > 0.0:
            self._asking.start(pause_ms)
        else:
            self._ask()

    def serve(self, wanted: PortraitWanted) -> None:
        """The peer asks for something of ours."""
        if self.upload.ask(wanted):
            self.pump()

    def pump(self) -> None:
        """Sends what the path has room for of what the peer asked for."""
        while (backlog := self._backlog()) is not None:
            chunk = self.upload.next(backlog)
            if chunk is None or not self._say(chunk):
                return
        self._send_piece()

    def take(self, chunk: PortraitChunk) -> bool:
        """Takes what the peer sent; whether it was what was asked for."""
        now_ms = self._clock.now_ms()
        was_under_way = self._download.is_under_way
        taken = self._download.take(chunk)
        if taken:
            self._came_ms = now_ms
            self._patience_ms = PATIENCE_MS
        is_over = was_under_way and not self._download.is_under_way
        if self._backlog() is not None:
            if is_over:
                self._ask()
            elif taken:
                self._asking.start(PATIENCE_MS)
        elif taken or is_over:
            self._asking.start(max(PIECE_PAUSE_MS, now_ms - self._asked_ms))
        return taken

    def _send_piece(self) -> None:
        """Through the server: one for each time that the peer asks."""
        gap_ms = self._sent_ms + PIECE_GAP_MS - self._clock.now_ms()
        if gap_ms > 0.0:
            self._sending.start(gap_ms)
            return
        piece = self.upload.next_piece()
        if piece is not None and self._say(piece):
            self._sent_ms = self._clock.now_ms()

    def _ask_anew(self) -> None:
        silent_ms = self._clock.now_ms() - max(self._asked_ms, self._came_ms)
        if self._backlog() is None or silent_ms >= PATIENCE_MS:
            self._download.interrupt()
        self._ask()

    def _ask(self) -> None:
        wanted = self._download.ask()
        if wanted is None:
            return
        self._asked_ms = self._clock.now_ms()
        if not self._say(wanted):
            self._download.interrupt()
        self._asking.start(self._patience_ms)
        self._patience_ms = min(LONGEST_PATIENCE_MS, 2.0 * self._patience_ms)
