"""Fetching web assets into ``vendor/``: fetch, verify, rename; never anything half-written.

An optional asset that cannot be had is left out and not asked for again for a day, so that a
machine without network is not kept waiting at every build.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from persona_build.assets import Asset, sha256_of
from persona_build.console import Console, Step
from persona_build.errors import AssetError, SourceError
from persona_build.sources import SourceReader
from persona_build.stamps import read_stamp, write_stamp

PARALLEL_FETCHES = 4
RETRY_AFTER_S = 24 * 3600.0


class Vendor:
    """The folder of fetched assets.

    Args:
        folder: ``vendor/``.
        console: gets the progress.
        open_reader: makes the reader of sources, given a scratch folder; called only when
            something must be fetched.
        now_s: the wall clock, in seconds.
    """

    def __init__(
        self,
        folder: Path,
        console: Console,
        open_reader: Callable[[Path], SourceReader],
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._console = console
        self._open_reader = open_reader
        self._now_s = now_s
        self._stamp = folder / ".verified.json"
        self._failures = folder / ".unavailable.json"
        self._partial = folder / ".partial"

    def ensure(
        self, assets: Sequence[Asset], *, verify: bool = False, retry: bool = False
    ) -> list[Asset]:
        """Have every asset in place with the right bytes; files already right are not touched.

        Args:
            verify: hash every file again instead of trusting size and modification time.
            retry: also ask for optional assets that could not be had a short time ago.

        Returns:
            The assets that were fetched.

        Raises:
            AssetError: some that are not optional could not be had; all others are in place.
        """
        trusted = {} if verify else read_stamp(self._stamp)
        missing = [asset for asset in assets if not self._is_right(asset, trusted)]
        wanted = missing if retry else [a for a in missing if not self._failed_lately(a)]
        failures = self._fetch_all(wanted) if wanted else {}
        fetched = [asset for asset in wanted if asset not in failures]
        right = {
            asset.destination.as_posix(): _identity(asset.path(self._folder), asset)
            for asset in assets
            if asset in fetched or asset not in missing
        }
        if (stamp := {**trusted, **right}) != trusted:
            write_stamp(self._stamp, stamp)
        self._give_up({asset: tried for asset, tried in failures.items() if asset.optional})
        required = {asset: tried for asset, tried in failures.items() if not asset.optional}
        if required:
            raise _unavailable(required, self._folder)
        return fetched

    def has(self, asset: Asset) -> bool:
        """Whether the last :meth:`ensure` left an asset in place."""
        path = asset.path(self._folder)
        known = read_stamp(self._stamp).get(asset.destination.as_posix())
        return path.is_file() and known == _identity(path, asset)

    def _failed_lately(self, asset: Asset) -> bool:
        match read_stamp(self._failures).get(asset.destination.as_posix()):
            case [asset.sha256, int() | float() as failed_s] if asset.optional:
                return 0.0 <= self._now_s() - failed_s < RETRY_AFTER_S
        return False

    def _give_up(self, failures: Mapping[Asset, Sequence[str]]) -> None:
        """Say which optional assets are left out, and remember when."""
        if not failures:
            return
        now_s = self._now_s()
        fresh = {asset.destination.as_posix(): [asset.sha256, now_s] for asset in failures}
        write_stamp(self._failures, read_stamp(self._failures) | fresh)
        for asset, tried in failures.items():
            self._console.say(
                f"Going on without {asset.name}, which is optional: {tried[-1]} "
                "(asked again in a day, or by `build.py setup`)"
            )

    def _is_right(self, asset: Asset, trusted: dict[str, Any]) -> bool:
        path = asset.path(self._folder)
        if not path.is_file() or path.stat().st_size != asset.bytes:
            return False
        if trusted.get(asset.destination.as_posix()) == _identity(path, asset):
            return True
        return sha256_of(path) == asset.sha256

    def _fetch_all(self, missing: Sequence[Asset]) -> dict[Asset, list[str]]:
        """Fetch in parallel; what was tried for each asset that could not be had."""
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True)
        pool = ThreadPoolExecutor(PARALLEL_FETCHES)
        try:
            reader = self._open_reader(self._partial)
            total = sum(asset.bytes for asset in missing)
            with self._console.step(f"Fetching {len(missing)} web assets", total) as step:
                jobs = [pool.submit(self._fetch, asset, reader, step) for asset in missing]
                outcomes = [job.result() for job in jobs]
        finally:
            pool.shutdown(cancel_futures=True)
            shutil.rmtree(self._partial, ignore_errors=True)
        return {asset: tried for asset, tried in zip(missing, outcomes, strict=True) if tried}

    def _fetch(self, asset: Asset, reader: SourceReader, step: Step) -> list[str]:
        """Put one asset in place. What was tried where it could not be had, else nothing."""
        tried: list[str] = []
        path = asset.path(self._folder)
        partial = self._partial / asset.destination.as_posix().replace("/", "+")
        for source in asset.sources:
            step.note(f"{asset.name}: {source}")
            try:
                reader.fetch(source, partial, asset.bytes)
                check_bytes(partial, asset)
                path.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(path)
            except SourceError as error:
                tried.append(f"{source}: {error.failed}")
            except OSError as error:
                tried.append(f"{source}: {error}")
            else:
                step.advance(asset.bytes)
                return []
        return tried


def check_bytes(path: Path, asset: Asset) -> None:
    """Check size and hash of a fetched file.

    Raises:
        SourceError: they are not the asset's.
    """
    size = path.stat().st_size
    if size != asset.bytes:
        raise SourceError(f"gave {size} bytes instead of {asset.bytes}")
    digest = sha256_of(path)
    if digest != asset.sha256:
        raise SourceError(f"gave other content (SHA-256 {digest[:12]}...)")


def _identity(path: Path, asset: Asset) -> list[Any]:
    """What a file looked like when its hash was right; a change of any part asks for a new look."""
    status = path.stat()
    return [asset.sha256, status.st_size, status.st_mtime_ns]


def _unavailable(failures: Mapping[Asset, Sequence[str]], folder: Path) -> AssetError:
    count = "One web asset" if len(failures) == 1 else f"{len(failures)} web assets"
    lines = [f"{count} could not be had."]
    for asset, tried in failures.items():
        lines.append(f"  {asset.name}: {asset.bytes} bytes, SHA-256 {asset.sha256}")
        lines.append(f"    belongs at {asset.path(folder)}")
        lines += (f"    tried {attempt}" for attempt in tried)
    return AssetError(
        "\n".join(lines),
        remedy="check the network and run this again, or put each file by hand where it belongs",
    )
