"""What ``boot.js`` found out before Python ran: where the site is and how it is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsException, JsProxy, to_js

from persona_web.base.sentence import said_now
from persona_web.bridge.proxies import Proxies

if TYPE_CHECKING:
    from persona_core.wire.render_server import RenderServer

SIGNALING_PATH = "signal"


class Site:
    """The page's ``globalThis.virtualpersona``, typed."""

    def __init__(self) -> None:
        self._boot = js.virtualpersona
        self._told: tuple[str, ...] = ()
        self._say: Any = None  # made with the first notice, and kept: a page has one site

    @property
    def root(self) -> str:
        """Absolute address of the site's root folder, with a slash at its end."""
        return str(self._boot.root)

    def address(self, path: str) -> str:
        """Absolute address of a path relative to the site's root."""
        return str(js.URL.new(path, self.root).href)

    def web_address(self, path: str) -> str:
        """Absolute address of a JavaScript file of this package, as ``bridge/network/rtc.js``."""
        return self.address(f"{self._boot.assets.code}web/{path}")

    def has(self, path: str) -> bool:
        """Whether the site was built with an optional file, as ``vendor/models/x.task``."""
        return path in self._boot.assets.optional.to_py()

    async def load(self, path: str) -> Any:
        """Imports a JavaScript module of this package."""
        return await self._boot.load(self.web_address(path))

    @property
    def signaling_url(self) -> str:
        """Where the signaling server listens: configured, else beside the site."""
        configured = self._boot.config.signaling
        if configured:
            return str(configured)
        return self.address(SIGNALING_PATH).replace("http", "ws", 1)

    @property
    def render_server(self) -> RenderServer | None:
        """The render server that the site's operator configured, if there is one."""
        # Only where there is one: few sites have.
        configured = getattr(self._boot.config, "render", None)
        if not configured:
            return None
        from persona_core.wire.render_server import RenderServer

        plain = configured.to_py() if isinstance(configured, JsProxy) else configured
        return RenderServer.from_config(plain, self.root)

    @property
    def ice_servers(self) -> list[Any]:
        """The ``RTCIceServer`` objects that the site's operator configured, as dicts; unchecked."""
        configured = self._boot.config.iceServers
        if not configured:
            return []
        found = configured.to_py() if isinstance(configured, JsProxy) else configured
        return found if isinstance(found, list) else [found]

    @property
    def timings(self) -> dict[str, float]:
        """When each step of the start-up was reached, in ms since the navigation began."""
        return dict(self._boot.timings.to_py())

    @staticmethod
    def to_object(mapping: dict[str, Any]) -> Any:
        """A plain JavaScript object of a dict."""
        return to_js(mapping, dict_converter=js.Object.fromEntries)

    async def fetch_bytes(self, path: str) -> bytes:
        """A file of the site.

        Raises:
            OSError: the server did not give it, or cannot be reached.
        """
        try:
            response = await js.fetch(self.address(path))
            if response.ok:
                return bytes((await response.arrayBuffer()).to_bytes())
        except JsException as error:
            raise OSError(f"{path}: {error}") from None
        raise OSError(f"{path}: HTTP {response.status}")

    def notify(self, text: str, action: str = "") -> None:
        """Shows a message in the page's notice area, and says it to screen readers. A
        :class:`Sentence` follows a change of the language."""
        self._told = (text, action)
        if self._say is None:
            self._say = Proxies().keep(self._say_notice)
        self._boot.notice.show(self._say)

    def _say_notice(self) -> Any:
        return to_js([str(said_now(one)) for one in self._told])

    def unnotify(self) -> None:
        """Takes back the message shown last."""
        self._boot.notice.hide()

    def stage(self, name: str) -> None:
        """Names the step of the start-up that begins now."""
        self._boot.boot.stage(name)

    def ready(self) -> None:
        """The page is usable: the progress display goes."""
        self._boot.boot.ready()

    def fail(self, code: str, detail: str) -> None:
        """The page could not start: shows the sentence of ``error.<code>``."""
        self._boot.boot.fail(code, detail)
