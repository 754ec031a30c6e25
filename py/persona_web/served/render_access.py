"""A page's way to the render server of its site. Nothing of it is loaded before the person agrees,
and nothing at all where the site has none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from persona_web.base.background import Background

if TYPE_CHECKING:
    from persona_core.base.ports import Storage
    from persona_core.call.invitation import Invitation
    from persona_core.wire.render_server import RenderServer
    from persona_web.bridge.site import Site
    from persona_web.served.render_host import RenderHost
    from persona_web.view.graphics import Graphics

LOGGER = logging.getLogger(__name__)
AGREED_KEY: Final = "render.agreed"

OpenHost = Callable[["RenderServer", Callable[[bool], None]], "Awaitable[RenderHost]"]
"""Opens the page's host; raises whatever kept it from being opened."""


class RenderAccess:
    """
    Args:
        server: the site's; None for none.
        storage: keeps what the person agreed to; without one it is asked for at each visit.

    Attributes:
        host: None until it was opened.
        invitation: to the room that the page is in, if any; for servers that want to be told.
    """

    def __init__(
        self, server: RenderServer | None, open_host: OpenHost, storage: Storage | None
    ) -> None:
        self.server = server
        self.host: RenderHost | None = None
        self.invitation: Callable[[], Invitation | None] = lambda: None
        self._open_host = open_host
        self._storage = storage
        self._opening = asyncio.Lock()
        self._listeners: list[Callable[[RenderHost], object]] = []
        self._resumed = False
        self._background = Background()

    def on_open(self, listener: Callable[[RenderHost], object]) -> None:
        """Calls ``listener`` with the host when it has been opened."""
        self._listeners.append(listener)

    @property
    def is_agreed(self) -> bool:
        """Whether the person agreed to this very server of this very operator."""
        if self.server is None or self._storage is None:
            return False
        return self._storage.get(AGREED_KEY) == self.server.identity

    async def open(self) -> RenderHost:
        """The host; opened now if nobody did before. Raises what kept it from being opened."""
        async with self._opening:
            if self.host is None:
                assert self.server is not None
                self.host = await self._open_host(self.server, self._remember)
                for listener in self._listeners:
                    listener(self.host)
            return self.host

    def leave(self) -> None:
        """The person takes back what they agreed to, whether it was used or not."""
        self._resumed = True
        self._remember(False)
        if self.host is not None:
            self.host.leave()

    def step(self, wanted: bool) -> None:
        """Uses a server that the person agreed to at an earlier visit, once.

        Args:
            wanted: whether there is anybody for it to draw now.
        """
        if wanted and not self._resumed and self.server is not None:
            self._resumed = True
            if self.is_agreed:
                self._background.run(self._resume())

    def report(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {"state": "unopened"} if self.host is None else self.host.report()

    def _remember(self, agreed: bool) -> None:
        if self._storage is None or self.server is None:
            return
        if agreed:
            self._storage.set(AGREED_KEY, self.server.identity)
        else:
            self._storage.remove(AGREED_KEY)

    async def _resume(self) -> None:
        try:
            (await self.open()).resume()
        except Exception:  # a file of the app that could not be had: what draws here goes on
            LOGGER.exception("the render server is not used")


def render_access(site: Site, graphics: Graphics, storage: Storage | None = None) -> RenderAccess:
    """A page's way to the site's render server, put together from the parts of the browser."""

    async def open_host(server: RenderServer, told_agreed: Callable[[bool], None]) -> RenderHost:
        from persona_web.served.served_renderer import open_render_host

        invitation = access.invitation
        return await open_render_host(site, graphics, server, told_agreed, invitation)

    access = RenderAccess(site.render_server, open_host, storage)
    return access
