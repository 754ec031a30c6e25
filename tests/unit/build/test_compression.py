from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from persona_build.compression import add_compressed
from persona_build.console import Console
from persona_build.dist import SitePlan
from persona_build.layout import Layout

SCRIPT = b"export const answer = 42;\n" * 200
PAGE = "<p>Nobody is here.</p>\n" * 200


@pytest.fixture
def plan(tmp_path: Path) -> SitePlan:
    """A site with two files that gain by compression, and four that do not or must not."""
    folder = tmp_path / "sources"
    folder.mkdir()
    contents = {
        "boot.js": SCRIPT,
        "short.js": b"export {};",
        "config.json": b" " * 5000 + b"{}",
        "app.whl": SCRIPT,
        "code/python.memory": SCRIPT,
        "code/python.memory.gz": gzip.compress(SCRIPT),
    }
    copies = {}
    for address, content in contents.items():
        copies[address] = folder / address.replace("/", "-")
        copies[address].write_bytes(content)
    return SitePlan(copies, {"index.html": PAGE, "tiny.html": "<p>"})


def refuse() -> list[str]:
    raise AssertionError("nothing is new")


def test_plan_has_compressed_files_beside_those_that_gain_by_it(
    checkout: Layout, console: Console, plan: SitePlan, find_node: Callable[[], list[str]]
) -> None:
    whole = add_compressed(plan, checkout, console, find_node)

    added = whole.sizes().keys() - plan.sizes().keys()
    assert added == {
        *("boot.js.br", "boot.js.gz", "index.html.br", "index.html.gz", "code/python.memory.br"),
    }
    assert whole.copies["code/python.memory.gz"] == plan.copies["code/python.memory.gz"]
    assert whole.sizes().items() >= plan.sizes().items()
    assert whole.copies["index.html"].read_text("utf-8") == PAGE
    assert gzip.decompress(whole.copies["boot.js.gz"].read_bytes()) == SCRIPT
    unpack = "process.stdout.write(zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])))"
    command = [*find_node(), "-e", unpack, str(whole.copies["boot.js.br"])]
    assert subprocess.run(command, capture_output=True, check=True).stdout == SCRIPT


def test_files_are_compressed_once_and_stay_younger_than_their_sources(
    checkout: Layout, console: Console, plan: SitePlan, find_node: Callable[[], list[str]]
) -> None:
    first = add_compressed(plan, checkout, console, find_node)
    later = os.stat(first.copies["boot.js.br"]).st_mtime - 100.0
    os.utime(first.copies["boot.js.br"], (later, later))

    again = add_compressed(plan, checkout, console, refuse)

    assert again == first
    for address in ("boot.js", "index.html"):
        source, packed = first.copies[address], first.copies[f"{address}.br"]
        assert packed.stat().st_mtime >= source.stat().st_mtime
