"""What a person is told of a render server, wherever they are on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from persona_core.graphics.render_offer import OfferState
from persona_core.wire.rendering import RenderCode
from persona_web.served.render_line import RenderTrouble

if TYPE_CHECKING:
    from persona_web.bridge.page import Strings
    from persona_web.bridge.site import Site
    from persona_web.served.render_host import RenderHost
    from persona_web.view.graphics import Graphics

_WHY: Final[Mapping[str, str]] = {
    RenderTrouble.UNREACHABLE: "render.why.unreachable",
    RenderTrouble.SLOW: "render.why.slow",
    RenderTrouble.BAD_ANSWER: "render.why.answer",
    RenderCode.BUSY: "render.why.busy",
    RenderCode.TOO_MANY_SESSIONS: "render.why.busy",
    RenderCode.CLOSING: "render.why.closing",
    RenderCode.UNSUPPORTED_VERSION: "render.why.version",
    RenderCode.UNSUPPORTED_FORMAT: "render.why.version",
    RenderCode.UNSUPPORTED_SIZE: "render.why.version",
    RenderCode.ORIGIN_REFUSED: "render.why.denied",
    RenderCode.ACCESS_DENIED: "render.why.denied",
    RenderCode.PORTRAIT_BAD: "render.why.portrait",
}


def why_key(code: str | None) -> str:
    """The catalogue's key of why a server is not used; of a code that a newer server has, that it
    ended the connection."""
    return _WHY.get(code or "", "render.why.ended")


class RenderNotice:
    """Says once that the server was lost, until it has drawn again."""

    def __init__(self, site: Site, strings: Strings, graphics: Graphics, host: RenderHost) -> None:
        self._site = site
        self._strings = strings
        self._host = host
        self._is_said = False
        host.on_change(self._heard)
        graphics.on_change(self._drawn)

    def _heard(self) -> None:
        host, text = self._host, self._strings.text
        if self._is_said or host.state not in (OfferState.WAITING, OfferState.REFUSED):
            return
        self._is_said = True
        key = "render.waiting" if host.state is OfferState.WAITING else "render.refused"
        self._site.notify(text(key, why=text(why_key(host.problem))))

    def _drawn(self) -> None:
        if self._host.is_drawing:
            self._is_said = False
