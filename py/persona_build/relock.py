"""Refreshing the lock files, a maintainer's deed.

Web assets: edit the versions in ``assets.lock.json``; every asset is fetched anew and its size
and hash are written down. All sources that answer must give the same bytes.

Python packages: edit the groups in ``pyproject.toml``; uv resolves them for every platform.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from persona_build.assets import Asset, sha256_of
from persona_build.console import Console
from persona_build.environment import Dependencies
from persona_build.errors import AssetError, SourceError, ToolError
from persona_build.layout import Layout
from persona_build.process import run_tool
from persona_build.sources import SourceReader

_MADE = "# Made by `python build.py setup --relock` from the groups in pyproject.toml.\n"
_HEADERS = {
    True: _MADE,
    False: _MADE
    + "# The version only: torch's build and what it asks for differ by platform, so there is\n"
    "# no one hash to hold it to.\n",
}


def relock_requirements(layout: Layout, console: Console) -> None:
    """Write ``requirements-<group>.lock`` for every group of ``pyproject.toml``.

    Raises:
        ToolError: uv is missing or finds no versions that go together.
    """
    uv = _find_uv(layout)
    with console.step("Resolving the Python packages") as step:
        for group in Dependencies:
            step.note(group.value)
            lock = layout.requirements(group.value)
            beside = layout.scratch / lock.name
            beside.parent.mkdir(parents=True, exist_ok=True)
            command = [uv, "pip", "compile", "--quiet", "--upgrade", "--universal"]
            command += ["--python-version", "3.11", "--group", f"{layout.pyproject}:{group.value}"]
            command += ["--no-header", "--no-annotate", "--no-emit-index-url"]
            command += ["--no-emit-find-links", "--output-file", str(beside)]
            command += ["--generate-hashes"] if group.hashed else ["--no-deps"]
            if group is Dependencies.CLUSTER:  # it stands beside the tests in one environment
                command += ["--constraint", str(layout.requirements(Dependencies.TEST.value))]
            run_tool(command, what=f"resolving the group {group.value}", cwd=layout.root)
            lock.write_text(_HEADERS[group.hashed] + beside.read_text("utf-8"), "utf-8")


def relock_assets(
    assets: tuple[Asset, ...],
    scratch: Path,
    console: Console,
    open_reader: Callable[[Path], SourceReader],
) -> tuple[Asset, ...]:
    """The same assets with the sizes and hashes that their sources give today.

    An optional asset of which no source answers stays as it is.

    Raises:
        AssetError: no source of any other asset answers, or two give different bytes.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        reader = open_reader(scratch)
        with console.step(f"Looking at the sources of {len(assets)} assets") as step:
            fresh = []
            for asset in assets:
                step.note(asset.name)
                fresh.append(_refresh(asset, reader, scratch))
            return tuple(fresh)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _find_uv(layout: Layout) -> str:
    beside = shutil.which("uv", path=layout.python.parent)
    if found := beside or shutil.which("uv"):
        return found
    raise ToolError(
        "Refreshing the locks needs uv, which is not here.",
        remedy=f"{layout.relative(layout.python)} -m pip install uv",
    )


def _refresh(asset: Asset, reader: SourceReader, scratch: Path) -> Asset:
    partial = scratch / "asset"
    tried: list[str] = []
    seen: dict[tuple[str, int], str] = {}
    for source in asset.sources:
        try:
            reader.fetch(source, partial)
        except SourceError as error:
            tried.append(f"{source}: {error.failed}")
            continue
        seen.setdefault((sha256_of(partial), partial.stat().st_size), str(source))
    if len(seen) == 1:
        [(digest, size)] = seen
        return replace(asset, sha256=digest, bytes=size)
    if not seen and asset.optional:
        return asset
    if not seen:
        raise AssetError(
            f"No source of the asset {asset.name} answers.",
            tried=tried,
            remedy="check the network and the versions in the lock file",
        )
    raise AssetError(
        f"The sources of the asset {asset.name} give different bytes.",
        tried=[
            f"{source}: SHA-256 {digest}, {size} bytes" for (digest, size), source in seen.items()
        ],
        remedy="keep only sources of the same file",
    )
