"""The own avatar on a stage page: who tells of it, and who shows it.

A page that has an own avatar publishes it while a stage says that it listens, and costs nothing
while none does. A stage follows one page, that of the highest rank, until it is gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from persona_core.call.media.jitter_buffer import JitterBuffer
from persona_core.errors import WireError
from persona_core.face.living_face import LivingFace
from persona_core.face.params import FaceParams
from persona_core.wire.codec import SEQUENCE_MODULUS, encode_frame
from persona_core.wire.frame_decoder import FrameDecoder
from persona_core.wire.stage_messages import ANYBODY, StageKind, StageMessage

LISTEN_MS: Final = 1_000.0
"""Between two signs of a stage that it listens."""
LISTENING_MS: Final = 3_500.0
"""So long after the last one it is taken to do so: hidden tabs are slow."""
LEAST_INTERVAL_MS: Final = 15.0
"""Between two frames that are published."""
SILENT_MS: Final = 6_000.0
"""A page that says nothing for so long is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What an avatar looks like.

    Attributes:
        style: the drawn look, as of :meth:`AvatarStyle.to_dict`; empty where nobody is to be seen.
        portrait: the file of a portrait set; empty where the drawn look is worn.
    """

    style: dict[str, Any]
    portrait: bytes = b""


class StagePublisher:
    """Tells stages of one page's own avatar.

    Args:
        page: 8 bytes that tell this page from the others.
        rank: of two pages a stage shows that of the higher one.
        post: tells all stages.
        look_now: what the avatar looks like; the same object again while that has not changed.
    """

    def __init__(
        self,
        page: bytes,
        rank: int,
        post: Callable[[bytes], object],
        look_now: Callable[[], Look],
    ) -> None:
        self._page = page
        self._rank = rank
        self._post = post
        self._look_now = look_now
        self._heard_ms = -math.inf
        self._posted_ms = -math.inf
        self._time_ms = math.nan
        self._sequence = 0
        self._look: Look | None = None

    def hear(self, data: bytes, now_ms: float) -> None:
        """Something was posted by another page; whatever is no sign of a stage is ignored."""
        try:
            message = StageMessage.from_bytes(data)
        except WireError:
            return
        if message.kind is not StageKind.LISTEN:
            return
        self._heard_ms = now_ms
        if message.page in (ANYBODY, self._page):
            self._look = None  # it is told with the next frame

    def is_heard(self, now_ms: float) -> bool:
        """Whether a stage listens."""
        return now_ms - self._heard_ms < LISTENING_MS

    def show(self, face: FaceParams, now_ms: float) -> None:
        """The own face as others see it, at every step of the page."""
        if not self.is_heard(now_ms):
            return
        if (look := self._look_now()) is not self._look:
            self._look = look
            self._tell(StageKind.LOOK, look.portrait, look.style)
        # A face that rests has the same time for long: it is told all the same, now and then.
        is_due = now_ms - self._posted_ms >= LEAST_INTERVAL_MS
        is_new = face.time_ms != self._time_ms or now_ms - self._posted_ms > LISTEN_MS
        if is_due and is_new:
            self._posted_ms, self._time_ms = now_ms, face.time_ms
            self._sequence = (self._sequence + 1) % SEQUENCE_MODULUS
            self._tell(StageKind.FRAME, encode_frame(face, self._sequence))

    def close(self) -> None:
        """Tells that the page is left."""
        self._tell(StageKind.GONE)

    def _tell(
        self, kind: StageKind, payload: bytes = b"", style: dict[str, Any] | None = None
    ) -> None:
        try:
            self._post(StageMessage(kind, self._page, self._rank, style, payload).to_bytes())
        except WireError:  # a look that is too long: nobody is shown rather than somebody else
            self._post(StageMessage(kind, self._page, self._rank, {}).to_bytes())


class StageFollower:
    """Shows one page's avatar of all those that are published.

    Args:
        post: tells all pages.
        on_look: hears of every look, the one of a page that is followed from now on as well; None
            when nobody is there any more.
    """

    def __init__(
        self, post: Callable[[bytes], object], on_look: Callable[[Look | None], object]
    ) -> None:
        self._post = post
        self._on_look = on_look
        self._page = ANYBODY
        self._rank = -1
        self._heard_ms = -math.inf
        self._asked_ms = -math.inf
        self._has_look = False
        self._heard: FaceParams | None = None
        self._begin_anew()

    @property
    def is_showing(self) -> bool:
        """Whether anybody is there, who has said what they look like."""
        return self._has_look

    def hear(self, data: bytes, now_ms: float) -> None:
        """Something was posted by another page; what makes no sense is ignored."""
        try:
            message = StageMessage.from_bytes(data)
        except WireError:
            return
        if message.kind is StageKind.LISTEN or message.page == ANYBODY:
            return
        if message.page != self._page:
            if message.kind is StageKind.GONE or message.rank <= self._rank:
                return
            self._page, self._rank = message.page, message.rank
            self._has_look = False
            self._asked_ms = -math.inf
            self._begin_anew()
        self._heard_ms = now_ms
        if message.kind is StageKind.GONE:
            self._lose()
        elif message.kind is StageKind.LOOK:
            self._has_look = True
            self._on_look(Look(message.style or {}, message.payload))
        else:
            face = self._decoder.feed(message.payload)
            if face is not None:
                self._buffer.push(face, now_ms)

    def step(self, now_ms: float) -> FaceParams | None:
        """The face to show now; None where nobody is there."""
        if self._page != ANYBODY and now_ms - self._heard_ms > SILENT_MS:
            self._lose()
        if now_ms - self._asked_ms >= LISTEN_MS:
            self._asked_ms = now_ms
            # Somebody whose look is here is told to go on, by the name of nobody.
            wanted = _NOBODY if self._has_look else self._page
            self._post(StageMessage(StageKind.LISTEN, wanted).to_bytes())
        if not self._has_look:
            return None
        heard = self._buffer.sample(now_ms)
        if heard is not None and heard is not self._heard:
            self._living.show(heard, now_ms)
        self._heard = heard
        return self._living.sample(now_ms)

    def _begin_anew(self) -> None:
        self._decoder = FrameDecoder()
        self._buffer = JitterBuffer()
        self._living = LivingFace(seed=int.from_bytes(self._page))
        self._heard = None

    def _lose(self) -> None:
        self._page, self._rank, self._has_look = ANYBODY, -1, False
        self._begin_anew()
        self._on_look(None)


_NOBODY: Final = bytes([0xFF] * 8)
