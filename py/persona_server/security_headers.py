"""The headers that keep a page of the site to itself, as one table.

Every way of serving the site sends the same ones: this server, the service worker ``app/sw.js``
where a host sends none, and a proxy (``deploy/nginx.conf``). They are sent with every file, not
with pages alone: a worker is bound by the policy of its own script's response.

The pages carry a part of the policy in a ``<meta>`` element as well (``app/partials/policy.html``),
for the first visit to a host that sends nothing. There it can name no signaling server, which the
operator chooses after the build, and no ``frame-ancestors``, which count in headers only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

CONFIG_NAME: Final = "config.json"

DIRECTIVES: Final[dict[str, tuple[str, ...]]] = {
    "default-src": ("'self'",),
    # Pyodide, MediaPipe and onnxruntime compile WebAssembly; nothing evaluates JavaScript.
    "script-src": ("'self'", "'wasm-unsafe-eval'"),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:", "blob:"),
    "media-src": ("'self'", "blob:"),
    # Files of the site and, by CSP 3, WebSockets of its host; the signaling server comes behind.
    "connect-src": ("'self'",),
    "worker-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'none'",),
    "frame-ancestors": ("'none'",),
}
"""The content security policy: what each directive allows."""

USED_FEATURES: Final = (
    "autoplay",
    "camera",
    "clipboard-write",
    "cross-origin-isolated",
    "microphone",
    "picture-in-picture",
    "screen-wake-lock",
)
"""What pages ask of the platform: for themselves, not for frames of others."""

UNUSED_FEATURES: Final = (
    "accelerometer",
    "browsing-topics",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "midi",
    "payment",
    "publickey-credentials-get",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "xr-spatial-tracking",
)
"""What no page asks for: off."""

PERMISSIONS: Final = ", ".join(
    [f"{name}=(self)" for name in USED_FEATURES] + [f"{name}=()" for name in UNUSED_FEATURES]
)

HEADERS: Final[dict[str, str]] = {
    # The first two make the page cross-origin isolated (WebAssembly threads need it), the
    # third lets such pages load these files.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": PERMISSIONS,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Those that are the same on every site."""

POLICY_NAME: Final = "content-security-policy"

_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])")
_SCHEMES: Final = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}


def content_security_policy(servers: Sequence[str] = ()) -> str:
    """The policy of a site.

    Args:
        servers: the origins of those of its servers that are not beside the site.
    """
    directives = DIRECTIVES | {"connect-src": (*DIRECTIVES["connect-src"], *dict.fromkeys(servers))}
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items())


def server_origins(config: str) -> tuple[str, ...]:
    """The origins that a site's configuration names for its signaling and its render server.

    Args:
        config: the text of ``config.json``.

    Returns:
        each as ``ws(s)://host`` with the port where there is one, in the form that a policy takes;
        none for what is beside the site or no such address. Never anything that could end the
        directive or begin another.
    """
    try:
        fields = json.loads(config)
    except ValueError:
        return ()
    if not isinstance(fields, dict):
        return ()
    render = fields.get("render")
    named = (fields.get("signaling"), render.get("url") if isinstance(render, dict) else None)
    origins = (_origin(address) for address in named if isinstance(address, str))
    return tuple(origin for origin in origins if origin is not None)


def _origin(named: str) -> str | None:
    try:
        address = urlsplit(named)
        host, port = address.hostname or "", address.port
    except ValueError:
        return None
    scheme = _SCHEMES.get(address.scheme)
    if scheme is None:
        return None
    try:
        shown = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not _HOST.fullmatch(shown):
        return None
    return f"{scheme}://{shown}" if port is None else f"{scheme}://{shown}:{port}"


class SitePolicy:
    """The policy that belongs to a folder's present ``config.json``.

    Operators edit that file beside a running server, so it is looked at with every request and
    read when it has changed.
    """

    def __init__(self, folder: Path) -> None:
        self._config = folder / CONFIG_NAME
        self._age: tuple[int, int] | None = None
        self._text = content_security_policy()

    @property
    def text(self) -> str:
        """The value of the header. Without a readable file: of a site with its own signaling."""
        try:
            status = self._config.stat()
            age = status.st_mtime_ns, status.st_size
            if age != self._age:
                config = self._config.read_text("utf-8")
                self._text = content_security_policy(server_origins(config))
                self._age = age
        except (OSError, UnicodeDecodeError):
            return content_security_policy()
        return self._text
