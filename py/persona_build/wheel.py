"""The wheel that the browser installs: ``persona_core`` and ``persona_web``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.process import run_tool
from persona_build.stamps import fingerprint, read_stamp, write_stamp

WEB_PACKAGE = "persona_web"
PACKAGES = ("persona_core", WEB_PACKAGE)

WEB_SUFFIXES = frozenset({".js", ".mjs", ".wgsl", ".glsl"})
"""Files of the web package that the browser loads by address instead of from the wheel."""


def build_wheel(layout: Layout, console: Console) -> Path:
    """Build the wheel, unless its inputs are those of the last build.

    The same inputs give the same bytes.

    Raises:
        ToolError: hatchling failed.
    """
    folder = layout.scratch / "wheel"
    stamp = layout.scratch / "wheel.json"
    inputs = [path for path in _package_files(layout) if path.suffix not in WEB_SUFFIXES]
    inputs += [layout.pyproject, layout.root / "LICENSE"]
    key = fingerprint(layout.root, inputs)
    known = read_stamp(stamp)
    if known.get("inputs") == key and (folder / known["wheel"]).is_file():
        return Path(folder / known["wheel"])
    shutil.rmtree(folder, ignore_errors=True)
    with console.step("Building the wheel") as step:
        run_tool(
            [layout.python, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
            what="building the wheel",
            step=step,
            cwd=layout.root,
        )
    [wheel] = folder.glob("*.whl")
    write_stamp(stamp, {"inputs": key, "wheel": wheel.name})
    return wheel


def web_files(layout: Layout) -> list[Path]:
    """The scripts and shaders of the web package."""
    folder = layout.packages / WEB_PACKAGE
    return [
        path
        for path in _package_files(layout)
        if path.suffix in WEB_SUFFIXES and path.is_relative_to(folder)
    ]


def _package_files(layout: Layout) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((layout.packages / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
