"""The official files are fetched by hash, from a hub that may break off, lie or be gone.

The real hub cannot be asked in a test; a local server stands in for it, the hashes are its own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import pytest

from persona_liveportrait.convert.download import download
from persona_liveportrait.errors import DownloadError
from persona_liveportrait.network.parts import (
    OFFICIAL_FILES,
    OFFICIAL_HUB,
    NetworkPart,
    OfficialFile,
)

CONTENT = {"a/first": bytes(range(256)) * 40, "b/second": b"weights" * 999}


@dataclass
class Hub:
    """A server of :data:`CONTENT`, and how it misbehaves."""

    base: str = ""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    cut_after: int | None = None
    """Breaks off after this many bytes, once."""
    ranges: bool = True
    wrong_range: bool = False
    replies: dict[str, bytes] = field(default_factory=dict)
    """What it sends instead."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.requests.append((self.path, wanted))
            name = self.path.removeprefix("/root/").removesuffix(".pth")
            if name not in CONTENT:
                self.send_error(404)
                return
            data = state.replies.get(name, CONTENT[name])
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if wanted and state.ranges:
                said = start + 1 if state.wrong_range else start
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {said}-{len(data) - 1}/{len(data)}")
                data = data[start:]
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            cut, state.cut_after = state.cut_after, None
            self.wfile.write(data if cut is None else data[:cut])

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    state.base = f"http://127.0.0.1:{server.server_address[1]}/root"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


FILES = tuple(
    OfficialFile(
        name,
        len(data),
        hashlib.sha256(data).hexdigest(),
        MappingProxyType({NetworkPart.MOTION: ""}),
    )
    for name, data in CONTENT.items()
)


def fetch(hub: Hub, folder: Path) -> list[str]:
    notes: list[str] = []
    download(folder, notes.append, base=hub.base, files=FILES)
    return notes


def assert_whole(folder: Path) -> None:
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == {f"{name}.pth": data for name, data in CONTENT.items()}


def test_files_are_fetched_once_and_kept(hub: Hub, tmp_path: Path) -> None:
    notes = fetch(hub, tmp_path)
    assert_whole(tmp_path)
    assert any("MB" in note for note in notes)
    assert len(hub.requests) == 2
    assert fetch(hub, tmp_path) == ["first.pth: here already", "second.pth: here already"]
    assert len(hub.requests) == 2


def test_download_goes_on_where_it_broke_off(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after = 5000
    fetch(hub, tmp_path)
    assert_whole(tmp_path)
    assert hub.requests[1] == ("/root/a/first.pth", "bytes=5000-")


def test_download_starts_over_when_the_hub_knows_no_ranges(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after, hub.ranges = 5000, False
    fetch(hub, tmp_path)
    assert_whole(tmp_path)


def test_earlier_runs_piece_is_built_upon(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "a" / "first.pth.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT["a/first"][:300])
    fetch(hub, tmp_path)
    assert_whole(tmp_path)
    assert hub.requests[0][1] == "bytes=300-"


def test_damaged_piece_is_thrown_away_and_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "a" / "first.pth.part"
    part.parent.mkdir()
    part.write_bytes(b"x" * 300)
    fetch(hub, tmp_path)
    assert_whole(tmp_path)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"<!doctype html><p>Please sign in</p>", "36 bytes came"),
        (bytes(len(CONTENT["a/first"])), "another SHA-256"),
        (bytes(2 * len(CONTENT["a/first"])), "bytes came, the official file has"),
    ],
)
def test_wrong_file_is_refused(hub: Hub, tmp_path: Path, reply: bytes, said: str) -> None:
    hub.replies["a/first"] = reply
    with pytest.raises(DownloadError, match=said) as caught:
        fetch(hub, tmp_path)
    assert "a/first.pth" in caught.value.failed
    assert caught.value.remedy
    assert not (tmp_path / "a" / "first.pth").exists()


def test_range_that_was_not_asked_for_is_not_appended(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after, hub.wrong_range = 5000, True
    with pytest.raises(DownloadError, match="another range"):
        fetch(hub, tmp_path)


def test_missing_file_and_missing_hub_are_told(hub: Hub, tmp_path: Path) -> None:
    gone = [OfficialFile("a/third", 3, "0" * 64, MappingProxyType({NetworkPart.MOTION: ""}))]
    with pytest.raises(DownloadError, match="404"):
        download(tmp_path, lambda note: None, base=hub.base, files=gone)
    with pytest.raises(DownloadError, match=r"refused|reach"):
        download(tmp_path, lambda note: None, base="http://127.0.0.1:9", files=gone)


def test_official_files_are_named_whole() -> None:
    assert OFFICIAL_HUB.startswith("https://")
    parts = [part for file in OFFICIAL_FILES for part in file.sections]
    assert sorted(parts, key=str) == sorted(NetworkPart, key=str)
    for file in OFFICIAL_FILES:
        assert len(file.sha256) == 64
        assert file.bytes > 1_000_000
