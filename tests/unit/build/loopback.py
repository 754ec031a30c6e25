"""A web server on the loopback that can misbehave, and package registries served by it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What an address answers with.

    Attributes:
        cut: send only this many bytes of ``body``, then end the connection.
        stall: wait after the cut until the server ends instead of ending the connection.
    """

    body: bytes
    status: int = 200
    cut: int | None = None
    stall: bool = False
    media_type: str = "application/octet-stream"


class Loopback:
    """The server: put answers into `answers`; read what was asked from `requests`."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.sent_bytes = 0
        self.stalled = threading.Event()
        self.ended = threading.Event()

    def put(self, path: str, answer: Answer | bytes) -> str:
        """Answer ``path`` from now on; returns its address."""
        self.answers[path] = answer if isinstance(answer, Answer) else Answer(answer)
        return self.base + path

    def put_npm(self, package: str, version: str, members: Mapping[str, bytes]) -> None:
        """Serve an npm package of one version; the registry is at the server's root."""
        body = _tarball(members)
        name = package.rsplit("/", 1)[-1]
        tarball = self.put(f"/{package}/-/{name}-{version}.tgz", body)
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(body).digest()).decode()
        dist = {"tarball": tarball, "integrity": integrity}
        manifest = {"name": package, "version": version, "dist": dist}
        document = {
            "name": package,
            "dist-tags": {"latest": version},
            "versions": {version: manifest},
        }
        media = "application/json"
        answer = Answer(json.dumps(document).encode(), media_type=media)
        self.put("/" + package.replace("/", "%2f"), answer)

    def put_wheel(self, package: str, version: str, members: Mapping[str, bytes]) -> bytes:
        """Serve a wheel; the index is at ``/simple/``. Returns the wheel's bytes."""
        wheel, metadata = make_wheel(package, version, members)
        name = wheel_name(package, version)
        self.put(f"/files/{name}", wheel)
        self.put(f"/files/{name}.metadata", metadata)
        digest = hashlib.sha256(metadata).hexdigest()
        anchor = f'<a href="/files/{name}" data-core-metadata="sha256={digest}">{name}</a>'
        page = f"<!doctype html><html><body>{anchor}</body></html>".encode()
        self.put(f"/simple/{package}/", Answer(page, media_type="text/html"))
        return wheel


@contextmanager
def serving() -> Iterator[Loopback]:
    """A server on a free port for the time of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    site = Loopback(f"http://127.0.0.1:{server.server_port}")
    server.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        site.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def wheel_name(package: str, version: str) -> str:
    return f"{package.replace('-', '_')}-{version}-py3-none-any.whl"


def make_wheel(package: str, version: str, members: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """A wheel that pip installs, and its metadata."""
    folder = f"{package.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n".encode()
    tags = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {**members, f"{folder}/METADATA": metadata, f"{folder}/WHEEL": tags}
    record = "".join(f"{name},,\n" for name in (*files, f"{folder}/RECORD"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**files, f"{folder}/RECORD": record.encode()}.items():
            archive.writestr(name, content)
    return buffer.getvalue(), metadata


def _tarball(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        site: Loopback = self.server.site  # type: ignore[attr-defined]
        site.requests.append(self.path)
        answer = site.answers.get(self.path, Answer(b"", status=404))
        status, body, extra = _part(answer, self.headers.get("Range"))
        self.send_response(status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        if not with_body:
            return
        sent = body if answer.cut is None else body[: answer.cut]
        site.sent_bytes += len(sent)
        self.wfile.write(sent)
        self.wfile.flush()
        if answer.cut is not None:
            if answer.stall:
                site.stalled.set()
                site.ended.wait()
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


def _part(answer: Answer, header: str | None) -> tuple[int, bytes, dict[str, str]]:
    """The status, body and headers for a request with this ``Range`` header."""
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if not wanted or answer.status != 200:
        return answer.status, answer.body, {}
    size = len(answer.body)
    first, last = wanted.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    extra = {"Content-Range": f"bytes {start}-{end}/{size}"}
    return 206, answer.body[start : end + 1], extra
