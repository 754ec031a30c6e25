"""A static host as plain as they come: no headers of its own, the site under some sub-path."""

from __future__ import annotations

import functools
import http.server
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType

PREFIX = "/some/path/"
POLL_S = 0.02
"""How often the server looks whether it is to end."""


class PlainSite:
    """Serves ``folder`` under ``PREFIX`` on a free port while it is entered.

    A path that holds one of ``withheld`` is answered with 503, one that holds a key of ``delays``
    after so many seconds; ``requests`` lists the paths asked for, relative to the site.

    Args:
        headers: sent with every file.
    """

    def __init__(self, folder: Path, headers: Mapping[str, str] | None = None) -> None:
        self.headers = dict(headers or {})
        self.withheld: set[str] = set()
        self.delays: dict[str, float] = {}
        self.requests: list[str] = []
        handler = functools.partial(_Handler, self, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{PREFIX}"

    def __enter__(self) -> PlainSite:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    # Not left to the machine's tables: browsers refuse modules and streamed wasm by type.
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
    }

    def __init__(self, site: PlainSite, *args: object, **options: str) -> None:
        self.site = site
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        inside, _, path = self.path.partition("?")[0].partition(PREFIX)
        self.site.requests.append(path)
        time.sleep(sum(s for part, s in self.site.delays.items() if part in path))
        if inside or any(part in path for part in self.site.withheld):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.path = f"/{path}"
        try:
            super().do_GET()
        except ConnectionError:
            pass  # the page went away, as pages do

    def end_headers(self) -> None:
        for name, value in self.site.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass
