"""Copies of the built site with something wrong in them."""

from __future__ import annotations

import json
import shutil
import zipfile
from fnmatch import fnmatch
from pathlib import Path

FAULT = "broken on purpose"


def without(dist: Path, folder: str, copy: Path) -> Path:
    """A copy that lacks a folder, where the site has it."""
    shutil.copytree(dist, copy)
    shutil.rmtree(copy / folder, ignore_errors=True)
    return copy


def with_broken_modules(dist: Path, pattern: str, copy: Path) -> Path:
    """A copy in whose wheel every module that matches ``pattern`` raises when it is imported, and
    whose pages import them instead of restoring a memory that has them."""
    shutil.copytree(dist, copy)
    listing = copy / "assets.json"
    assets = json.loads(listing.read_text("utf-8"))
    del assets["memory"]
    wheel = copy / assets["wheel"]
    with zipfile.ZipFile(wheel) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    broken = [name for name in members if fnmatch(name, f"{pattern}c")]  # they are compiled
    assert broken, f"no {pattern} in the wheel"
    for name in broken:
        del members[name]
        members[name.removesuffix("c")] = f"raise RuntimeError({FAULT!r})\n".encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    for stage in assets["stages"]:
        for file in stage["files"]:
            file["bytes"] = (copy / file["path"]).stat().st_size
    listing.write_text(json.dumps(assets), "utf-8")
    return copy
