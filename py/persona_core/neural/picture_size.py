"""How large a picture of a render server is, from its first bytes: before a decoder sees it."""

from __future__ import annotations

from typing import Final

from persona_core.portrait.file.image_header import image_size
from persona_core.wire.rendering import PictureFormat, RenderedPicture, RenderingError

MAX_PICTURE_BYTES: Final = 1 << 20
_VP8_START: Final = b"\x9d\x01\x2a"


def check_picture(picture: RenderedPicture, form: PictureFormat, side: int) -> None:
    """
    Raises:
        RenderingError: it is not as large as was asked for, or not what it says of itself.
    """
    data = picture.data
    if form is PictureFormat.WEBP:
        size = image_size(data)
    elif data[0] & 1:  # RFC 6386, 9.1: no key frame, so it has the size of the one before
        return
    elif data[3:6] == _VP8_START:
        size = (
            int.from_bytes(data[6:8], "little") & 0x3FFF,
            int.from_bytes(data[8:10], "little") & 0x3FFF,
        )
    else:
        size = None
    if size != (side, side):
        raise RenderingError(f"a picture of {size}, not {side}")
