"""The static site, with the headers that isolate it and keep it to itself."""

from __future__ import annotations

import contextlib
import os
from os import PathLike, stat_result
from pathlib import Path, PurePath

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from persona_server.security_headers import HEADERS, POLICY_NAME, SitePolicy

CACHING = "no-cache"
"""Kept by the browser but asked for each time: an ETag answers for what has not changed."""

MIME_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".memory": "application/octet-stream",
    ".mjs": "text/javascript; charset=utf-8",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".task": "application/octet-stream",
    ".toml": "application/toml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
}
"""Types that differ between systems, or that systems do not know; the rest is looked up."""

CODINGS = {"br": ".br", "gzip": ".gz"}
"""What a file may lie beside itself as, best first, and what its name ends in then."""
_NONE = {"q=0", "q=0.0", "q=0.00", "q=0.000"}


class StaticSite(StaticFiles):
    """A folder of static files; ``index.html`` stands for its folder.

    Args:
        folder: must exist.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self._policy = SitePolicy(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # the base class has no answer to that
            await send({"type": "websocket.close"})
            return
        await super().__call__(scope, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        response.headers[POLICY_NAME] = self._policy.text
        response.headers["cache-control"] = CACHING
        return response

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        path = PurePath(full_path)
        coding = _coding(path, stat_result, Headers(scope=scope))
        if coding:
            full_path = f"{full_path}{CODINGS[coding]}"
            stat_result = os.stat(full_path)
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["vary"] = "Accept-Encoding"
        if coding:
            response.headers["content-encoding"] = coding
        if isinstance(response, FileResponse):
            known = MIME_TYPES.get(path.suffix.lower())
            if known is not None:
                response.headers["content-type"] = known
        return response


def _coding(path: PurePath, stat: stat_result, headers: Headers) -> str:
    """What the file lies beside itself as and the client takes; "" for the file itself."""
    if "range" in headers:
        return ""
    words = [word.split(";") for word in headers.get("accept-encoding", "").lower().split(",")]
    taken = {word[0].strip() for word in words if "".join(word[1:]).replace(" ", "") not in _NONE}
    for coding, end in CODINGS.items():
        if coding in taken:
            with contextlib.suppress(OSError):
                # One that is older was made of what the file held before somebody edited it.
                if os.stat(f"{path}{end}").st_mtime_ns >= stat.st_mtime_ns:
                    return coding
    return ""
