"""``RemotePeer``: another person in the room, as the page sees them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from persona_core.call.media.clock_sync import ClockSync
from persona_core.call.media.jitter_buffer import JitterBuffer
from persona_core.call.peer.peer_machine import Quality
from persona_core.call.peer.portrait_download import PortraitDownload
from persona_core.call.peer_choices import OPEN
from persona_core.face.params import FaceParams
from persona_core.wire import codec
from persona_core.wire.control import AvatarDict, ClockPing, ClockPong, EmotionChange, Hello
from persona_core.wire.frame_decoder import FrameCounts, FrameDecoder
from persona_core.wire.people_messages import Presence

PINGS_IN_FLIGHT: Final = 8
"""A pong must answer one of the last so many pings."""


BARE_FACE: Final = EmotionChange(None)

Path = Literal["direct", "server"]


@dataclass(frozen=True, slots=True)
class RemoteStats:
    """Figures of what comes from one peer. Times in ms; None while unknown.

    Attributes:
        frames: parameter frames decoded.
        dropped: frames refused, by reason.
        lost: frames that never came.
        bytes_per_frame: mean size of the frames that came, decodable or not.
        rtt_ms: round trip on the reliable channel.
        offset_ms: the peer's clock less ours.
        delay_ms: playout delay of the jitter buffer.
        jitter_ms: interarrival jitter (RFC 3550).
        latency_ms: from the capture of the last frame to its arrival here, by both clocks.
        controls_refused: control messages that broke the protocol or had an unknown type.
        expressions_refused: expressions of which the page could use nothing.
    """

    frames: int
    dropped: Mapping[str, int]
    lost: int
    bytes_per_frame: float
    rtt_ms: float | None
    offset_ms: float | None
    delay_ms: float
    jitter_ms: float
    latency_ms: float | None
    controls_refused: int
    expressions_refused: int


class RemotePeer:
    """What has been received from one peer.

    Attributes:
        peer_id: the id of the peer's page.
        quality: the connection in one word.
        avatar: how the peer wants to look, as it sent it; empty until then. Not validated.
        emotion: the emotion that the peer has put on, as it named it last.
        app: the version the peer named.
        recording: whether the peer says that they record the call.
        path: how frames travel: between the two pages, or sealed through the signaling server,
            which carries no voice; None while they do not.
        download: the peer's portrait and its expressions on their way to us.
        expressions_refused: expressions that came whole and of which the page could use nothing;
            counted by the page.
        code: six digits that the peer's page shows, too, if nobody sits in between; None until
            both pages know.
        choice: what the person here wants of this one.
        name: what the peer calls themselves, clean; empty for none.
        presence: what moves the avatar, and a raised hand; None for a page that knows no names.
    """

    def __init__(self, peer_id: str, *, wants_portraits: bool = False) -> None:
        self.peer_id = peer_id
        self.recording = False
        self.code: str | None = None
        self.choice = OPEN
        self.name = ""
        self.presence: Presence | None = None
        self._audio: object | None = None
        self._muted: bool | None = None
        self._was_heard = False
        self.path: Path | None = None
        self.download = PortraitDownload(wants_portraits)
        self.expressions_refused = 0
        self.quality: Quality = "connecting"
        self.avatar: AvatarDict = {}
        self.emotion = BARE_FACE
        self.app = ""
        self.controls_refused = 0
        self._wire = codec.VERSION
        self._decoder = FrameDecoder()
        self._buffer = JitterBuffer()
        self._clock = ClockSync()
        self._pings: deque[float] = deque(maxlen=PINGS_IN_FLIGHT)
        self._frames = 0
        self._bytes = 0
        self._latency_ms: float | None = None

    @property
    def audio(self) -> object | None:
        """The peer's voice, an opaque handle of the platform; None while it is not to be heard.

        Every connection has room for a voice; until somebody speaks, it need not be listened to.
        """
        return None if self.choice.muted or not self._was_heard else self._audio

    @audio.setter
    def audio(self, track: object | None) -> None:
        self._audio = track

    @property
    def muted(self) -> bool | None:
        """Whether the peer cannot be heard; None for a page that knows no voice."""
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._muted = muted
        self._was_heard |= not muted

    @property
    def is_newer(self) -> bool:
        """Whether the peer's page speaks a newer wire version than ours."""
        return self._wire > codec.VERSION or self._decoder.peer_is_newer

    @property
    def wears_portrait(self) -> bool:
        """Whether the peer wears a portrait, be it here or on its way."""
        return self.download.is_worn

    @property
    def portrait(self) -> bytes | None:
        """The portrait that the peer wears, whole and true to its name, but not validated."""
        return self.download.portrait

    @property
    def expressions(self) -> tuple[bytes, ...]:
        """Those of the portrait that are here, in the peer's order; the same holds for them."""
        return self.download.expressions

    @property
    def counts(self) -> FrameCounts:
        """What became of the peer's frames."""
        return self._decoder.counts

    @property
    def rtt_ms(self) -> float | None:
        """Round trip on the reliable channel."""
        return self._clock.rtt_ms

    @property
    def stats(self) -> RemoteStats:
        counts, jitter = self._decoder.counts, self._buffer.statistics
        return RemoteStats(
            frames=counts.decoded,
            dropped=MappingProxyType(dict(counts.dropped)),
            lost=counts.lost,
            bytes_per_frame=self._bytes / self._frames if self._frames else 0.0,
            rtt_ms=self._clock.rtt_ms,
            offset_ms=self._clock.offset_ms,
            delay_ms=jitter.delay_ms,
            jitter_ms=jitter.jitter_ms,
            latency_ms=self._latency_ms,
            controls_refused=self.controls_refused,
            expressions_refused=self.expressions_refused,
        )

    def sample(self, now_ms: float) -> FaceParams | None:
        """The peer's face at ``now_ms`` of our clock; None before the first, and while hidden."""
        return None if self.choice.hidden else self._buffer.sample(now_ms)

    def take_frame(self, data: bytes, now_ms: float) -> None:
        """A parameter frame came. Never raises on any bytes."""
        if self.choice.hidden:
            return
        self._frames += 1
        self._bytes += len(data)
        params = self._decoder.feed(data)
        if params is None:
            return
        self._buffer.push(params, now_ms)
        offset_ms = self._clock.offset_ms
        if offset_ms is not None:
            self._latency_ms = now_ms + offset_ms - params.time_ms

    def renew(self) -> None:
        """The peer's page was loaded anew: its frames' numbers and its clock are others.

        The looks stay until its greeting: they are those of the same person, by their key.
        """
        self.code = None
        self._decoder.begin_anew()
        self._clock = ClockSync()
        self._pings.clear()

    def take_hello(self, hello: Hello) -> None:
        """The peer begins anew; an emotion it wears is named after the greeting."""
        self._wire, self.app, self.avatar = hello.wire, hello.app, hello.avatar
        self.emotion = BARE_FACE

    def make_ping(self, now_ms: float) -> ClockPing:
        self._pings.append(now_ms)
        return ClockPing(now_ms)

    def take_pong(self, pong: ClockPong, now_ms: float) -> None:
        """Learns the clocks' offset; a pong to no ping of ours is ignored."""
        if pong.t0_ms in self._pings:
            self._pings.remove(pong.t0_ms)
            self._clock.add(pong.t0_ms, pong.t1_ms, pong.t2_ms, now_ms)
