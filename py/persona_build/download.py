"""Plain HTTP downloads that give up quickly on a host that is not there."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from persona_build.errors import SourceError

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18


class Downloader:
    """Downloads files and remembers which hosts cannot be reached. Safe to share by threads."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(_HttpHandler, _HttpsHandler)
        self._guard = threading.Lock()
        self._unreachable: dict[str, str] = {}

    def fetch(self, url: str, out: Path, limit: int | None = None) -> None:
        """Write what is at ``url`` to ``out``.

        Args:
            limit: give up when more bytes than this arrive.

        Raises:
            SourceError: the host cannot be reached (not asked again after the first time), refuses,
                breaks off or sends too much.
        """
        host = urlsplit(url).netloc
        with self._guard:
            known = self._unreachable.get(host)
        if known:
            raise SourceError(f"{known} (not asked again)")
        try:
            response = self._opener.open(url, timeout=CONNECT_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            raise SourceError(f"{host} answers with status {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = f"{host} cannot be reached: {getattr(error, 'reason', None) or error!r}"
            with self._guard:
                self._unreachable[host] = reason
            raise SourceError(reason) from error
        try:
            with response, out.open("wb") as file:
                _copy(response, file, limit)
        except (OSError, http.client.HTTPException) as error:
            raise SourceError(f"{host} broke off: {error!r}") from error


def _copy(response: IO[bytes], file: IO[bytes], limit: int | None) -> None:
    count = 0
    while chunk := response.read(CHUNK_BYTES):
        count += len(chunk)
        if limit is not None and count > limit:
            raise SourceError(f"sends more than the expected {limit} bytes")
        file.write(chunk)


# urllib has one timeout for connecting and reading: too long for the first, or too short for
# the second. These connections connect under the request's own and then read with patience.


class _HttpConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_TIMEOUT_S)


class _HttpsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_TIMEOUT_S)


class _HttpHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpConnection, req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpsConnection, req)
