"""Decoding a render server's pictures by the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Self

import js

from persona_core.wire.rendering import PictureFormat
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

MODULE: Final = "bridge/network/pictures.js"


class PictureDecoder:
    """Of one line, in its format."""

    def __init__(
        self,
        module: Any,
        form: PictureFormat,
        side: int,
        on_picture: Callable[[int, Any], None],
        on_fault: Callable[[], None],
    ) -> None:
        self._proxies = Proxies()
        create = module.createVideo if form is PictureFormat.VP8 else module.createPictures
        keep = self._proxies.keep
        self._decoder = create(side, keep(on_picture), keep(on_fault))

    def decode(self, number: int, data: bytes, *, whole: bool) -> None:
        """What comes of it is told later."""
        bytes_ = js.Uint8Array.new(len(data))
        bytes_.assign(data)
        self._decoder.decode(number, bytes_, whole)

    def close(self) -> None:
        self._decoder.close()
        self._proxies.close_later()


class PictureDecoders:
    """Makes them.

    Attributes:
        formats: what this browser decodes, the best first.
    """

    def __init__(self, module: Any, formats: tuple[PictureFormat, ...]) -> None:
        """Made by :meth:`load`."""
        self._module = module
        self.formats = formats

    @classmethod
    async def load(cls, site: Site) -> Self:
        module = await site.load(MODULE)
        video = (PictureFormat.VP8,) if await module.decodesVideo() else ()
        return cls(module, (*video, PictureFormat.WEBP))

    def open(
        self,
        form: PictureFormat,
        side: int,
        on_picture: Callable[[int, Any], None],
        on_fault: Callable[[], None],
    ) -> PictureDecoder:
        return PictureDecoder(self._module, form, side, on_picture, on_fault)
