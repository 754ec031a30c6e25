"""``FrameDecoder``: the frames of one peer, in their own time, each once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from persona_core.errors import UnsupportedVersionError, WireError
from persona_core.face.params import FaceParams
from persona_core.wire.codec import SEQUENCE_MODULUS, TIME_MODULUS, VERSION, decode_frame


@dataclass(slots=True)
class FrameCounts:
    """What became of one peer's frames.

    Attributes:
        decoded: frames handed on.
        dropped: frames refused, by reason: the code of a :class:`WireError`, ``duplicate``
            or ``out-of-window``.
        lost: sequence numbers skipped and not (yet) filled by a late frame.
    """

    decoded: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    lost: int = 0


class FrameDecoder:
    """The frames of one peer: decodes, unwraps sequence and time, drops what came before.

    The sequence numbers of the last 64 positions are kept as a bit mask, as IPsec does against
    replay (RFC 4303, section 3.4.3). A frame inside the window is handed on even if it is late
    (the jitter buffer decides whether it still serves), once. One outside may be a straggler or
    a sender that started anew: as in RFC 3550, appendix A.1, it is dropped, and a second one
    that follows on it starts the window anew. Then ``time_ms`` may step back, never else
    further than the window.
    """

    WINDOW = 64
    NEWER_RUN = 10
    """So many frames of a higher version in a row, and no other, tell that the peer is newer."""

    def __init__(self) -> None:
        self.counts = FrameCounts()
        self._highest: int | None = None
        self._seen = 0
        self._suspect: int | None = None
        self._last_time: int | None = None
        self._newer_run = 0

    @property
    def peer_is_newer(self) -> bool:
        """Whether the peer speaks a version above ours, and nothing else of late."""
        return self._newer_run >= self.NEWER_RUN

    def feed(self, data: bytes) -> FaceParams | None:
        """The face in ``data`` with its time unwrapped (steadily rising through wraps).

        Never raises on any bytes: what cannot be used gives None and is counted.
        """
        try:
            frame = decode_frame(data)
        except WireError as error:
            self.counts.dropped[error.code] += 1
            is_newer = isinstance(error, UnsupportedVersionError) and data[0] >> 4 > VERSION
            self._newer_run = self._newer_run + 1 if is_newer else 0
            return None
        self._newer_run = 0
        refusal = self._place(frame.sequence)
        if refusal is not None:
            self.counts.dropped[refusal] += 1
            return None
        self.counts.decoded += 1
        return replace(frame.params, time_ms=float(self._unwrap_time(int(frame.params.time_ms))))

    def begin_anew(self) -> None:
        """The sender is another page from now on, which numbers its frames from the beginning."""
        self._highest = self._suspect = None

    def _place(self, sequence: int) -> str | None:
        """Enters a sequence number in the window; the reason if it may not."""
        if self._highest is None:
            self._restart(sequence)
            return None
        ahead = _signed_distance(sequence, self._highest, SEQUENCE_MODULUS)
        if abs(ahead) >= self.WINDOW:
            return self._suspect_restart(sequence)
        self._suspect = None
        if ahead > 0:
            self._highest = sequence
            self._seen = (self._seen << ahead | 1) & ((1 << self.WINDOW) - 1)
            self.counts.lost += ahead - 1
            return None
        bit = 1 << -ahead
        if self._seen & bit:
            return "duplicate"
        self._seen |= bit
        # A straggler from before the first frame was never counted as lost.
        self.counts.lost = max(0, self.counts.lost - 1)
        return None

    def _suspect_restart(self, sequence: int) -> str | None:
        suspect, self._suspect = self._suspect, sequence
        if suspect is not None:
            follows = _signed_distance(sequence, suspect, SEQUENCE_MODULUS)
            if 0 < follows < self.WINDOW:
                self._restart(sequence)
                return None
        return "out-of-window"

    def _restart(self, sequence: int) -> None:
        self._highest = sequence
        self._seen = 1
        self._suspect = None

    def _unwrap_time(self, time_ms: int) -> int:
        if self._last_time is not None:
            time_ms = self._last_time + _signed_distance(time_ms, self._last_time, TIME_MODULUS)
        self._last_time = time_ms
        return time_ms


def _signed_distance(to: int, start: int, modulus: int) -> int:
    """The shorter way round from ``start`` to ``to``, in [-modulus / 2, modulus / 2)."""
    return (to - start + modulus // 2) % modulus - modulus // 2
