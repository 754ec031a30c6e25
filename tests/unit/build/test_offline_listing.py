from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from persona_build.dist import SitePlan
from persona_build.offline import LISTING, with_listing

CONTENTS = {
    "boot.js": b"start();",
    "config.json": b"{}",
    "sw.js": b"addEventListener;",
    "sw/keeping.js": b"keep();",
    "portraits/README.md": b"whose",
    "icons/app-512.png": b"\x89PNG",
    "pictures/call.avif": b"moving",
    "code/abcd/web/rtc.js": b"export {};",
    "code/abcd/python.memory": b"memory",
    "code/abcd/app.whl": b"PK",
    "models/index.json": b"[]",
    "models/a/shard.bin": b"weights",
    "vendor/ort/ort.mjs": b"ort",
}


@pytest.fixture
def plan(tmp_path: Path) -> SitePlan:
    copies = {}
    for number, (address, content) in enumerate(CONTENTS.items()):
        copies[address] = tmp_path / str(number)
        copies[address].write_bytes(content)
    return SitePlan(copies, {"home/index.html": "<p>"})


def listing(plan: SitePlan) -> dict[str, dict[str, str]]:
    listed: dict[str, dict[str, str]] = json.loads(with_listing(plan).texts[LISTING])
    return listed


def test_listing_tells_small_files_from_those_kept_once_used_when_made(plan: SitePlan) -> None:
    listed = listing(plan)

    assert listed["small"].keys() == {
        *("boot.js", "code/abcd/web/rtc.js", "home/index.html", "models/index.json"),
    }
    assert listed["large"].keys() == {
        *(
            "icons/app-512.png",
            "pictures/call.avif",
            "code/abcd/python.memory",
            "code/abcd/app.whl",
        ),
        *("models/a/shard.bin", "vendor/ort/ort.mjs"),
    }
    for files in (listed["small"], listed["large"]):
        for address, told in files.items():
            content = CONTENTS.get(address, b"<p>")
            assert hashlib.sha256(content).hexdigest().startswith(told)


def test_version_changes_with_every_listed_file_and_with_no_other(plan: SitePlan) -> None:
    version = listing(plan)["version"]
    for address, path in plan.copies.items():
        path.write_bytes(b"other")
        changed = listing(plan)
        is_listed = address in changed["small"] or address in changed["large"]
        assert (changed["version"] != version) == is_listed, address
        path.write_bytes(CONTENTS[address])
    assert listing(plan)["version"] == version
