"""``MotionTrack``: recorded motion of a face, played in a loop.

The file is little-endian: ``VPMT``, version u8 (1), one zero byte, frames a second in
hundredths u16, frame count u32; then each frame as its length u8 and a frame of
:mod:`persona_core.wire.codec`, whose times rise from frame to frame. The rate is told for
information; the frames' own times say when each one is.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from itertools import pairwise

from persona_core.errors import PersonaError, WireError
from persona_core.face.blend import interpolate, smoothstep
from persona_core.face.params import FaceParams
from persona_core.wire.codec import decode_frame, encode_frame

FORMAT_VERSION = 1
MAX_FRAMES = 60 * 60 * 10
"""Ten minutes at 60 frames a second: more is not a track but a mistake."""
SEAM_MS = 400.0
"""How much of the end is crossfaded over the beginning, at most a third of the track."""

DEMO_FILE = "demo_motion.bin"

_MAGIC = b"VPMT"
_HEADER = struct.Struct("<4sBxHI")


class MotionTrackError(PersonaError):
    """A motion track that cannot be read or written."""

    default_code = "bad-motion-track"


class MotionTrack:
    """A face's motion over a few seconds or minutes.

    Args:
        frames: at least 2; ``time_ms`` rises from each to the next.

    Raises:
        MotionTrackError: too few or too many frames, or times that do not rise.
    """

    def __init__(self, frames: Sequence[FaceParams]) -> None:
        if not 2 <= len(frames) <= MAX_FRAMES:
            raise MotionTrackError(f"{len(frames)} frames; 2 to {MAX_FRAMES} make a track")
        self._frames = tuple(frames)
        self._times = [frame.time_ms - frames[0].time_ms for frame in frames]
        if any(later <= time for time, later in pairwise(self._times)):
            raise MotionTrackError("frames whose times do not rise")
        self._seam_ms = min(SEAM_MS, self._times[-1] / 3.0)
        self.period_ms = self._times[-1] - self._seam_ms
        """The time after which the motion repeats."""

    @property
    def frames(self) -> tuple[FaceParams, ...]:
        """The recording itself, in order."""
        return self._frames

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def frames_per_second(self) -> float:
        """The mean rate of the recording."""
        return (len(self._frames) - 1) * 1000.0 / self._times[-1]

    def sample(self, now_ms: float) -> FaceParams:
        """The face at ``now_ms``, repeating every :attr:`period_ms`; ``time_ms`` is ``now_ms``."""
        position = now_ms % self.period_ms
        face = self._at(position)
        if position < self._seam_ms:
            # The end runs on over the beginning, so the loop meets itself in value.
            share = smoothstep(position / self._seam_ms)
            face = interpolate(self._at(position + self.period_ms), face, share)
        return replace(face, time_ms=now_ms)

    def to_bytes(self) -> bytes:
        """The file; :meth:`from_bytes` reads it. Values are quantised as on the wire."""
        rate = min(0xFFFF, round(self.frames_per_second * 100.0))
        parts = [_HEADER.pack(_MAGIC, FORMAT_VERSION, rate, len(self._frames))]
        for sequence, (time_ms, frame) in enumerate(zip(self._times, self._frames, strict=True)):
            encoded = encode_frame(replace(frame, time_ms=time_ms), sequence)
            parts += [bytes((len(encoded),)), encoded]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> MotionTrack:
        """The track in ``data``.

        Raises:
            MotionTrackError: not a track, of another version, cut short or altered.
        """
        if len(data) < _HEADER.size:
            raise MotionTrackError(f"{len(data)} bytes hold no header")
        magic, version, _rate, count = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise MotionTrackError(f"begins with {magic!r}, not {_MAGIC!r}")
        if version != FORMAT_VERSION:
            raise MotionTrackError(f"version {version}; we read {FORMAT_VERSION}")
        frames = []
        offset = _HEADER.size
        while offset < len(data):
            end = offset + 1 + data[offset]
            try:
                frames.append(decode_frame(data[offset + 1 : end]).params)
            except WireError as error:
                raise MotionTrackError(f"frame {len(frames)}: {error}") from error
            offset = end
        if len(frames) != count:
            raise MotionTrackError(f"{len(frames)} of {count} frames")
        return cls(frames)

    def _at(self, position_ms: float) -> FaceParams:
        after = bisect_right(self._times, position_ms)
        if after == len(self._times):
            return self._frames[-1]
        start, end = self._times[after - 1], self._times[after]
        share = (position_ms - start) / (end - start)
        return interpolate(self._frames[after - 1], self._frames[after], share)


def load_demo() -> MotionTrack:
    """The recorded motion that ships with the package and stands in for a camera.

    Raises:
        MotionTrackError: the package was built without it, or it is damaged.
    """
    try:
        data = resources.files(__package__).joinpath(DEMO_FILE).read_bytes()
    except OSError as error:
        raise MotionTrackError(f"{DEMO_FILE} is missing from the package: {error}") from error
    return MotionTrack.from_bytes(data)
