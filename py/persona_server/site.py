"""The static site, with the headers that isolate it and keep it to itself."""

from __future__ import annotations

from os import PathLike, stat_result
from pathlib import Path, PurePath

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from persona_server.security_headers import HEADERS, POLICY_NAME, SitePolicy

CACHING = "no-cache"
"""Kept by the browser but asked for each time: an ETag answers for what has not changed."""

MIME_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".task": "application/octet-stream",
    ".toml": "application/toml",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
}
"""Types that differ between systems, or that systems do not know; the rest is looked up."""


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
        response = super().file_response(full_path, stat_result, scope, status_code)
        known = MIME_TYPES.get(PurePath(full_path).suffix.lower())
        if known is not None and isinstance(response, FileResponse):
            response.headers["content-type"] = known
        return response
