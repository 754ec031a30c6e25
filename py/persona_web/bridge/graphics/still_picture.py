"""A person who cannot be shown moving: their photo with a level meter, or a silhouette."""

from __future__ import annotations

from typing import Any, Final

import js

from persona_core.portrait.portrait import Portrait
from persona_web.base.background import Latest
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.site import Site

MODULE: Final = "view/js/still.js"


class StillPicture:
    """On one canvas, which goes on following its element's size.

    Args:
        module: ``view/js/still.js``.
    """

    def __init__(self, site: Site, module: Any, canvas: DrawingCanvas) -> None:
        self._site = site
        self._latest = Latest()
        self._still = module.createStill(canvas.picture)
        self._closed = False

    async def wear(self, portrait: Portrait | None) -> None:
        """Takes the photo of a portrait, None for none; what is shown stays until it is decoded.

        Raises:
            PortraitError: it cannot be decoded, or is not as large as it says.
        """
        is_wanted = self._latest.ask()
        if portrait is None:
            self._still.wear()
            return
        # Only now: most people come as drawn characters.
        from persona_core.portrait.tiles import head_box
        from persona_web.bridge.files.pixels import typed
        from persona_web.bridge.graphics.portrait_scene import DECODING, decoded

        bitmap = await decoded(await self._site.load(DECODING), portrait)
        if self._closed or not is_wanted():
            bitmap.close()
        else:
            self._still.wear(bitmap, typed(js.Float32Array, head_box(portrait.landmarks)))

    def draw(self, level: float, now_ms: float, *, concealed: bool) -> None:
        """Shows the photo, or where there is none or it is ``concealed``, the silhouette.

        Args:
            level: of the voice, 0 to 1.
        """
        self._still.draw(level, concealed, now_ms)

    def forget(self) -> None:
        """Something else was drawn on the canvas."""
        self._still.forget()

    def close(self) -> None:
        self._closed = True
        self._still.close()
