"""A blank page with nothing but our scripts and files on its origin, read from disk: for tests
of a script by itself. No server runs and no request leaves the browser."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

ORIGIN = "http://localhost"  # a secure context, as workers and cameras want
# Not left to the machine's tables: browsers refuse modules by type.
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}


@contextmanager
def bare_page(browser: Browser, files: Mapping[str, Path | bytes]) -> Iterator[Page]:
    """The page.

    Args:
        files: by path on the origin, as ``/bridge``: a file, a folder, or a file's content.
    """

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            route.fulfill(content_type="text/html", body="<!doctype html>")
            return
        media_type = TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0]
        mount = next(mount for mount in files if path == mount or path.startswith(f"{mount}/"))
        source = files[mount]
        if isinstance(source, bytes):
            route.fulfill(body=source, content_type=media_type)
        else:
            route.fulfill(path=source / path[len(mount) + 1 :], content_type=media_type)

    context = browser.new_context()
    context.route(f"{ORIGIN}/**", serve)
    page = context.new_page()
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()
