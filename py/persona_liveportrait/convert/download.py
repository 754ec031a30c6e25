"""Fetches the official checkpoint, each file checked by its size and SHA-256.

A file that is here is not fetched again; one that was broken off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import IO

from persona_liveportrait.errors import DownloadError
from persona_liveportrait.network.parts import OFFICIAL_FILES, OFFICIAL_HUB, OfficialFile

SUFFIX = ".pth"
CHUNK = 1 << 20
STALL_S = 60.0
TRIES = 3


def download(
    folder: Path,
    note: Callable[[str], None],
    *,
    base: str = OFFICIAL_HUB,
    files: Sequence[OfficialFile] = OFFICIAL_FILES,
) -> None:
    """Has every file in ``folder``, in the tree of the release.

    Args:
        base: address that the files' paths are below.

    Raises:
        DownloadError: a file could not be fetched, or is another one.
    """
    for file in files:
        target = folder / f"{file.path}{SUFFIX}"
        if _is_right(target, file):
            note(f"{target.name}: here already")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(f"{base.rstrip('/')}/{file.path}{SUFFIX}", target, file, note)


def _fetch(url: str, target: Path, file: OfficialFile, note: Callable[[str], None]) -> None:
    part = target.with_name(target.name + ".part")
    failure = ""
    for _ in range(TRIES):
        try:
            _fetch_rest(url, part, file, note)
        except (OSError, urllib.error.URLError) as error:
            failure = str(error)
            continue
        if _is_right(part, file):
            part.replace(target)
            return
        failure = _difference(part, file)
        # Too much or wrong bytes cannot be built upon; too few can.
        if part.stat().st_size >= file.bytes:
            part.unlink()
    raise DownloadError(
        f"{url} could not be fetched: {failure}.",
        remedy="check the network and run this again: what is here is kept; or fetch the file "
        f"by hand and put it at {target}",
    )


def _fetch_rest(url: str, part: Path, file: OfficialFile, note: Callable[[str], None]) -> None:
    """Appends to ``part`` what is missing of it."""
    here = part.stat().st_size if part.is_file() else 0
    if here >= file.bytes:
        return
    request = urllib.request.Request(url)
    if here:
        request.add_header("Range", f"bytes={here}-")
    with urllib.request.urlopen(request, timeout=STALL_S) as answer:
        resumed = answer.status == HTTPStatus.PARTIAL_CONTENT
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
            raise OSError("the server sent another range than asked for")
        with part.open("ab" if resumed else "wb") as out:
            _copy(answer, out, file, here if resumed else 0, note)


def _copy(
    answer: IO[bytes], out: IO[bytes], file: OfficialFile, done: int, note: Callable[[str], None]
) -> None:
    told = -1
    # One byte more than it should have tells a wrong file without fetching all of it.
    while done <= file.bytes and (chunk := answer.read(CHUNK)):
        out.write(chunk)
        done += len(chunk)
        if (tenths := 10 * done // file.bytes) != told:
            told = tenths
            note(f"{file.stem}: {done / 1e6:.1f} of {file.bytes / 1e6:.1f} MB")


def _is_right(path: Path, file: OfficialFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _difference(path: Path, file: OfficialFile) -> str:
    size = path.stat().st_size
    if size != file.bytes:
        return f"{size} bytes came, the official file has {file.bytes}"
    return "what came has another SHA-256 than the official file"
