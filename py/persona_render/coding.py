"""Pictures as bytes: video that a page's WebCodecs decode, or single WebP pictures."""

from __future__ import annotations

import io
from fractions import Fraction
from importlib.util import find_spec
from typing import Any, Final, Protocol

import numpy as np
from PIL import Image

from persona_core.wire.rendering import PictureFormat
from persona_render.engines.engine import Picture

WEBP_QUALITY: Final = 70
WEBP_METHOD: Final = 1
"""Of 0 (quick) to 6 (small)."""
SECONDS_BETWEEN_WHOLE: Final = 10
"""Most, between two pictures of a video that can be decoded by themselves."""
VP8: Final = "libvpx"
H264: Final = "libx264"
"""Under the GPL, and no better here: for measuring beside it."""


class Coder(Protocol):
    """Codes one viewer's pictures, in order."""

    def code(self, picture: Picture, *, whole: bool = False) -> tuple[bytes, bool]:
        """A picture's bytes, and whether it can be decoded without those before.

        Args:
            whole: it has to be.
        """
        ...


class WebpCoder:
    """Each picture by itself."""

    def code(self, picture: Picture, *, whole: bool = False) -> tuple[bytes, bool]:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
        return file.getvalue(), True


class VideoCoder:
    """A video without a container: what one call gives is one ``EncodedVideoChunk``.

    Args:
        codec: :data:`VP8` or :data:`H264`.
        kbit: bits a second that it aims at, in thousands.
    """

    def __init__(self, codec: str, side: int, fps: int, kbit: int) -> None:
        import av  # only where pictures are video

        context: Any = av.CodecContext.create(codec, "w")
        context.width = context.height = side
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, fps)
        context.framerate = Fraction(fps)
        context.bit_rate = 1000 * kbit
        context.gop_size = SECONDS_BETWEEN_WHOLE * fps
        context.thread_count = 1
        context.options = _OPTIONS[codec]
        self._context = context
        self._frame_of = av.VideoFrame.from_ndarray
        self._whole_kind = av.video.frame.PictureType.I
        self._count = 0

    def code(self, picture: Picture, *, whole: bool = False) -> tuple[bytes, bool]:
        frame = self._frame_of(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="itu601")
        frame.pts = self._count
        self._count += 1
        if whole:
            frame.pict_type = self._whole_kind
        packets = self._context.encode(frame)
        return b"".join(map(bytes, packets)), any(packet.is_keyframe for packet in packets)


_OPTIONS: Final = {
    VP8: {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "error-resilient": "1",
        "auto-alt-ref": "0",
    },
    H264: {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": "repeat-headers=1:annexb=1",
    },
}


def formats() -> tuple[PictureFormat, ...]:
    """What can be coded here, the usual one first."""
    if find_spec("av") is None:
        return (PictureFormat.WEBP,)
    import av

    video = (PictureFormat.VP8,) if VP8 in av.codecs_available else ()
    return (*video, PictureFormat.WEBP)


def coder_of(form: PictureFormat, side: int, fps: int, kbit: int) -> Coder:
    """What codes one viewer's pictures."""
    return WebpCoder() if form is PictureFormat.WEBP else VideoCoder(VP8, side, fps, kbit)
