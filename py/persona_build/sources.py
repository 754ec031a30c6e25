"""Getting the bytes of one asset from one source.

A `SourceReader` lives for one run and remembers what it learnt, failures too: an npm package is
packed once, a wheel's address is asked once, an unreachable host is not tried again.
"""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from persona_build.assets import AssetSource, Kind
from persona_build.download import Downloader
from persona_build.errors import SourceError, ToolError
from persona_build.process import run_tool

T = TypeVar("T")

CAUSE_LENGTH = 240
"""Characters of a program's last words that an error repeats."""

NPM_OPTIONS = (
    "--loglevel=error",
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
)


class SourceReader:
    """Fetches sources. Safe to share by threads.

    Args:
        python: the environment's interpreter, with pip and remotezip.
        scratch: an existing folder for intermediate files; the caller removes it.
        find_npm: gives the words that start npm, or raises ToolError; called only if needed.
    """

    def __init__(self, python: Path, scratch: Path, find_npm: Callable[[], list[str]]) -> None:
        self._python = python
        self._scratch = scratch
        self._downloader = Downloader()
        self._npm = Once(lambda _: find_npm())
        self._packed = Once(self._pack)
        self._addresses = Once(self._wheel_address)

    def fetch(self, source: AssetSource, out: Path, limit: int | None = None) -> None:
        """Write what ``source`` gives to ``out``.

        Args:
            limit: stop an address that sends more bytes than this.

        Raises:
            SourceError: the source cannot be reached or does not have the file.
        """
        try:
            match source.kind:
                case Kind.URL:
                    self._downloader.fetch(source.url, out, limit)
                case Kind.NPM:
                    _extract(self._packed.get(source.requirement), source.member, out)
                case Kind.WHEEL:
                    self._read_wheel_member(source, out)
                case Kind.PYPI:
                    self._download_wheel(source.requirement, out)
        except ToolError as error:
            raise SourceError(_cause(error)) from error

    def _pack(self, requirement: str) -> Path:
        folder = self._folder("npm", requirement)
        command = [*self._npm.get(""), "pack", requirement, *NPM_OPTIONS]
        run_tool(command, what=f"npm pack {requirement}", cwd=folder)
        return _only_file(folder)

    def _read_wheel_member(self, source: AssetSource, out: Path) -> None:
        address = self._addresses.get(source.requirement)
        script = Path(__file__).with_name("wheel_member.py")
        command: list[str | Path] = [self._python, script, address, source.member, out]
        run_tool(command, what=f"reading {source.member}")

    def _wheel_address(self, requirement: str) -> str:
        folder = self._folder("wheel", requirement)
        report = folder / "report.json"
        # A dry run that reports what it would install is pip's way to tell an address.
        # --target keeps it from looking at what the environment has.
        self._pip("install", "--dry-run", "--ignore-installed", "--target", str(folder),
                  "--no-deps", "--report", str(report), requirement)  # fmt: skip
        return str(json.loads(report.read_text("utf-8"))["install"][0]["download_info"]["url"])

    def _download_wheel(self, requirement: str, out: Path) -> None:
        folder = self._folder("pypi", requirement)
        self._pip("download", "--dest", str(folder), "--only-binary=:all:", "--no-deps",
                  requirement)  # fmt: skip
        _only_file(folder).replace(out)

    def _pip(self, *words: str) -> None:
        command = [str(self._python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        run_tool([*command, "--no-input", *words], what=f"pip {words[0]} {words[-1]}")

    def _folder(self, kind: str, requirement: str) -> Path:
        folder = self._scratch / kind / requirement.replace("/", "+")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


class Once(Generic[T]):
    """Makes a value a key once, and gives every later asker the same value or the same error."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._values: dict[str, T] = {}
        self._errors: dict[str, Exception] = {}

    def get(self, key: str) -> T:
        """The value of ``key``; the first asker makes it, others asking meanwhile wait."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._errors:
                raise self._errors[key]
            if key not in self._values:
                try:
                    self._values[key] = self._make(key)
                except Exception as error:
                    self._errors[key] = error
                    raise
            return self._values[key]


def _cause(error: ToolError) -> str:
    """What a program gave as its reason, short enough for one line."""
    named = [line for line in error.tried if "error" in line.lower()]
    words = "; ".join(named or error.tried) or error.failed
    return words if len(words) <= CAUSE_LENGTH else words[:CAUSE_LENGTH] + "..."


def _extract(package: Path, member: str, out: Path) -> None:
    try:
        with tarfile.open(package) as archive:
            content = archive.extractfile(f"package/{member}")
            if content is None:
                raise KeyError(member)
            with content, out.open("wb") as file:
                shutil.copyfileobj(content, file)
    except KeyError as error:
        raise SourceError(f"{package.name} has no file {member}") from error
    except (OSError, EOFError, tarfile.TarError) as error:
        raise SourceError(f"{package.name} is damaged: {error}") from error


def _only_file(folder: Path) -> Path:
    files = list(folder.iterdir())
    if len(files) != 1:
        raise SourceError(f"{len(files)} files came instead of one")
    return files[0]
