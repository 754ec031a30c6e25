from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from persona_build.assets import Asset, Group, sha256_of
from persona_build.layout import Layout
from persona_build.pyodide_testbed import build_testbed

INDEX = {
    "info": {"version": "0"},
    "packages": {
        "numpy": {"file_name": "numpy.whl", "sha256": "0", "depends": []},
        "pytest": {
            "file_name": "pytest-built.whl",
            "sha256": "0",
            "depends": ["atomicwrites", "pluggy"],
        },
    },
}


@pytest.fixture
def testbed(tmp_path: Path, asset: Callable[..., Asset]) -> tuple[Layout, list[Asset]]:
    layout = Layout(tmp_path)
    for path, content in {
        layout.pyodide / "pyodide.mjs": b"export {}",
        layout.pyodide / "pyodide-lock.json": json.dumps(INDEX).encode(),
        layout.pyodide_test / "pytest-py3.whl": b"wheel",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    destination = "pyodide-test/pytest-py3.whl"
    wheel = asset(b"wheel", "https://example.org", destination=destination, group=Group.TEST)
    named = Asset(**{**vars(wheel), "name": "pyodide-test/pytest"})
    return layout, [named]


def test_index_describes_the_wheels_when_rewritten(testbed: tuple[Layout, list[Asset]]) -> None:
    build_testbed(*testbed)
    folder = testbed[0].pyodide_test
    packages = json.loads((folder / "pyodide-lock.json").read_text())["packages"]
    assert packages["pytest"] == {
        "file_name": "pytest-py3.whl",
        "sha256": sha256_of(folder / "pytest-py3.whl"),
        "depends": ["pluggy"],
    }
    assert packages["numpy"] == INDEX["packages"]["numpy"]  # type: ignore[index]
    assert (folder / "pyodide.mjs").read_bytes() == b"export {}"


def test_testbed_follows_pyodide_when_it_changes(testbed: tuple[Layout, list[Asset]]) -> None:
    layout, _ = testbed
    build_testbed(*testbed)
    before = (layout.pyodide_test / "pyodide-lock.json").stat().st_mtime_ns
    build_testbed(*testbed)
    assert (layout.pyodide_test / "pyodide-lock.json").stat().st_mtime_ns == before
    (layout.pyodide / "pyodide.mjs").write_bytes(b"export { x }")
    build_testbed(*testbed)
    assert (layout.pyodide_test / "pyodide.mjs").read_bytes() == b"export { x }"
