"""The static site as a browser gets it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.running_server import RunningServer

from persona_server.config import ServerConfig


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("dist")
    (folder.parent / "secret.txt").write_text("not for you")
    (folder / "room-v3").mkdir()
    for name in ("index.html", "room-v3/index.html"):
        (folder / name).write_text(f"<title>{name}</title>")
    for name in TYPES:
        (folder / name).write_bytes(b"0123456789")
    (folder / "boot.js.gz").write_bytes(gzip.compress(b"0123456789"))
    (folder / "python.memory").write_bytes(b"0123456789")
    (folder / "python.memory.br").write_bytes(b"brotli")
    with (
        RunningServer(ServerConfig(log_level="error"), folder) as server,
        httpx.Client(base_url=server.address, trust_env=False) as client,
    ):
        yield client


TYPES = {
    "boot.js": "text/javascript",
    "pyodide.mjs": "text/javascript",
    "pyodide.asm.wasm": "application/wasm",
    "virtualpersona.whl": "application/zip",
    "face_landmarker.task": "application/octet-stream",
    "main.py": "text/x-python",
    "python.memory": "application/octet-stream",
    "page.css": "text/css",
    "assets.json": "application/json",
    "icon.svg": "image/svg+xml",
}


@pytest.mark.parametrize(("name", "kind"), TYPES.items())
def test_file_has_its_type_and_isolating_headers_when_it_is_fetched(
    browser: httpx.Client, name: str, kind: str
) -> None:
    answer = browser.get(name)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-cache"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "microphone=(self)" in answer.headers["permissions-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_file_is_not_sent_again_when_its_etag_matches(browser: httpx.Client) -> None:
    first = browser.get("boot.js")
    again = browser.get("boot.js", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["cross-origin-embedder-policy"] == "require-corp"
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("BR;q=0.5", "br"),
        ("gzip, br;q=0", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_file_is_sent_as_it_lies_compressed_beside_itself_when_the_browser_takes_that(
    browser: httpx.Client, accepted: str, coding: str
) -> None:
    with browser.stream("GET", "python.memory", headers={"accept-encoding": accepted}) as answer:
        content = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding", "") == coding
    assert content == (b"brotli" if coding else b"0123456789")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"


def test_compressed_file_is_not_sent_again_when_its_etag_matches(browser: httpx.Client) -> None:
    first = browser.get("boot.js", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert first.content == b"0123456789"
    plain = browser.get("boot.js", headers={"accept-encoding": "identity"})
    assert plain.headers["etag"] != first.headers["etag"]
    asked = {"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    assert browser.get("boot.js", headers=asked).status_code == 304


def test_edited_file_is_sent_itself_when_what_lies_beside_it_is_older(tmp_path: Path) -> None:
    (tmp_path / "boot.js.gz").write_bytes(gzip.compress(b"before"))
    os.utime(tmp_path / "boot.js.gz", (1, 1))
    (tmp_path / "boot.js").write_bytes(b"after")
    with RunningServer(ServerConfig(log_level="error"), tmp_path) as server:
        assert httpx.get(f"{server.address}/boot.js", trust_env=False).content == b"after"


def test_part_of_a_file_is_sent_when_a_range_is_asked_for(browser: httpx.Client) -> None:
    part = browser.get("boot.js", headers={"range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")


def test_index_stands_for_its_folder_when_a_folder_is_asked_for(browser: httpx.Client) -> None:
    assert "index.html" in browser.get("/").text
    assert "room-v3/index.html" in browser.get("/room-v3/").text
    assert browser.get("/room-v3").headers["location"].endswith("/room-v3/")


@pytest.mark.parametrize("path", ["/nothing", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%00"])
def test_nothing_is_found_when_the_path_leads_out_or_nowhere(
    browser: httpx.Client, path: str
) -> None:
    assert browser.get(path).status_code == 404


def test_policy_names_the_configured_signaling_server_when_the_file_is_edited(
    tmp_path: Path,
) -> None:
    (tmp_path / "index.html").write_text("<title>site</title>")
    config = tmp_path / "config.json"

    def connect_src() -> str:
        policy = client.get("index.html").headers["content-security-policy"]
        (found,) = [part for part in policy.split("; ") if part.startswith("connect-src")]
        return found

    with (
        RunningServer(ServerConfig(log_level="error"), tmp_path) as server,
        httpx.Client(base_url=server.address, trust_env=False) as client,
    ):
        assert connect_src() == "connect-src 'self'"
        config.write_text('{"signaling": "wss://signal.you.example:8443/signal"}')
        assert connect_src() == "connect-src 'self' wss://signal.you.example:8443"
        config.write_text('{"render": {"url": "wss://render.you.example/render"}}')
        assert connect_src() == "connect-src 'self' wss://render.you.example"
        config.write_text('{"signaling": null}')
        assert connect_src() == "connect-src 'self'"
        config.write_text("half a fi")
        assert connect_src() == "connect-src 'self'"
