"""The Pyodide folder for tests in the browser: Pyodide as the site has it, plus pytest.

pytest-pyodide loads pytest inside Pyodide and therefore wants it in Pyodide's own package
index. Pyodide's npm package brings the index but no packages, and the wheels of PyPI are not
byte for byte those that Pyodide built. So the test folder gets PyPI's wheels and an index
rewritten to them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from persona_build.assets import Asset, Group, sha256_of
from persona_build.layout import Layout

FOLDER = "pyodide-test"

DROPPED_DEPENDENCIES = frozenset({"atomicwrites"})
"""Of Pyodide's pytest, on Windows only and nowhere to be had as a wheel."""


def build_testbed(layout: Layout, assets: Sequence[Asset]) -> None:
    """Complete ``vendor/pyodide-test/``, in which the wheels already lie.

    Files that are right are left alone, so it may be called before every test run.
    """
    for source in layout.pyodide.iterdir():
        target = layout.pyodide_test / source.name
        if source.name != "pyodide-lock.json" and not _same(source, target):
            _replace(target, source)
    index = json.loads((layout.pyodide / "pyodide-lock.json").read_text("utf-8"))
    wheels = {
        asset.name.removeprefix(f"{FOLDER}/"): asset.path(layout.vendor)
        for asset in assets
        if asset.group is Group.TEST and asset.destination.parts[0] == FOLDER
    }
    text = json.dumps(rewrite_index(index, wheels))
    target = layout.pyodide_test / "pyodide-lock.json"
    if not target.is_file() or target.read_text("utf-8") != text:
        target.write_text(text, "utf-8")


def rewrite_index(index: dict[str, Any], wheels: dict[str, Path]) -> dict[str, Any]:
    """A copy of Pyodide's package index whose entries for ``wheels`` describe those files.

    Args:
        index: the content of ``pyodide-lock.json``.
        wheels: the wheel's path by the name of its entry.
    """
    packages = {}
    for name, entry in index["packages"].items():
        rewritten = dict(entry)
        rewritten["depends"] = [d for d in entry["depends"] if d not in DROPPED_DEPENDENCIES]
        if wheel := wheels.get(name):
            rewritten["file_name"] = wheel.name
            rewritten["sha256"] = sha256_of(wheel)
        packages[name] = rewritten
    return {**index, "packages": packages}


def _same(source: Path, target: Path) -> bool:
    if not target.is_file():
        return False
    one, other = source.stat(), target.stat()
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _replace(target: Path, source: Path) -> None:
    beside = target.with_name(target.name + ".new")
    shutil.copy2(source, beside)
    beside.replace(target)
