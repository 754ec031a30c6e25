"""Every file of the site that gains by it, compressed beside itself, for servers that send these.

Brotli and gzip are Node's, which knows both; Python's standard library has only the latter.
Results are kept by the tool and their content, so that a build compresses what is new.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from persona_build.assets import sha256_of
from persona_build.console import Console
from persona_build.dist import SitePlan
from persona_build.layout import Layout
from persona_build.process import run_tool

SUFFIXES = frozenset(
    {
        *(".css", ".glsl", ".html", ".js", ".json", ".memory", ".mjs", ".py", ".svg", ".wasm"),
        *(".webmanifest", ".wgsl"),
    }
)
"""Of files that are not compressed in themselves."""
CODINGS = ("br", "gz")
LEAST_BYTES = 1024
"""Smaller ones cost a packet either way."""
EDITED = frozenset({"config.json"})
"""What an operator changes, and would have to compress again."""

_TOOL = Path(__file__).with_name("compress.mjs")


def add_compressed(
    plan: SitePlan, layout: Layout, console: Console, find_node: Callable[[], list[str]]
) -> SitePlan:
    """The plan with ``x.br`` and ``x.gz`` beside each ``x`` that gains by it.

    Args:
        find_node: gives the words that start Node; called only if something is new.

    Raises:
        ToolError: Node is missing.
    """
    folder = layout.scratch / "compressed" / sha256_of(_TOOL)[:8]
    folder.mkdir(parents=True, exist_ok=True)
    sizes = plan.sizes()
    sources = {address: path for address, path in plan.copies.items() if _gains(address, sizes)}
    kept: dict[str, Path] = {}
    for address, text in plan.texts.items():
        if _gains(address, sizes):
            content = text.encode()
            kept[address] = folder / hashlib.sha256(content).hexdigest()
            if not kept[address].is_file():
                kept[address].write_bytes(content)
    sources |= kept
    added: dict[str, Path] = {}
    jobs: dict[str, str] = {}
    for address, source in sources.items():
        digest = sha256_of(source)
        for coding in CODINGS:
            if f"{address}.{coding}" in plan.copies:
                continue
            target = folder / f"{digest}.{coding}"
            added[f"{address}.{coding}"] = target
            if not target.is_file():
                jobs[str(target)] = str(source)
            elif target.stat().st_mtime < source.stat().st_mtime:
                os.utime(target)  # servers take what is older for that of an earlier content
    if jobs:
        listing = folder / "jobs.json"
        # Written beside and renamed, so that what was broken off is not taken for a result.
        beside = {target: f"{target}.new.{target[-2:]}" for target in jobs}
        listing.write_text(json.dumps([[jobs[target], beside[target]] for target in jobs]), "utf-8")
        with console.step(f"Compressing {len(jobs)} files") as step:
            run_tool([*find_node(), _TOOL, listing], what="compressing the site", step=step)
        for finished, new in beside.items():
            Path(new).replace(finished)
    texts = {address: text for address, text in plan.texts.items() if address not in kept}
    return SitePlan({**plan.copies, **kept, **added}, texts)


def _gains(address: str, sizes: Mapping[str, int]) -> bool:
    written = PurePosixPath(address).suffix in SUFFIXES
    return written and sizes[address] >= LEAST_BYTES and address not in EDITED
