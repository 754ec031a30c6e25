from __future__ import annotations

import gzip
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from persona_build.bytecode import STDLIB
from persona_build.console import Console
from persona_build.errors import ToolError
from persona_build.layout import Layout
from persona_build.snapshot import LIBRARIES, SITE_PACKAGES, Snapshot, make_snapshot

HERE = Layout.here()
MODULES = {
    "persona_core/__init__.py": "",
    "persona_core/data.bin": "weights",
    "persona_core/drawn/__init__.py": "",
    "persona_core/drawn/characters.py": "CHARACTERS = ()\n",
    "persona_core/drawn/rig.py": "import numpy\nRig = None\n",
    "persona_web/__init__.py": "",
    "persona_web/page.py": "import js\n",
}
LEFT_OUT = re.compile(
    r"\b(?:np|numpy)\.(?:random|fft|ma|polynomial|testing|ctypeslib|f2py|(?:nan)?median)\b"
)
"""``median`` imports ``numpy.ma`` when it is called."""


@pytest.fixture
def pyodide(checkout: Layout) -> Layout:
    """A checkout with the Pyodide that this one has fetched."""
    if not (HERE.pyodide / "python_stdlib.zip").is_file():
        pytest.skip("Pyodide has not been fetched")
    shutil.copytree(HERE.pyodide, checkout.pyodide)
    preloader = checkout.app / "boot" / "libraries.mjs"
    preloader.parent.mkdir(parents=True)
    shutil.copy(HERE.app / "boot" / "libraries.mjs", preloader)
    return checkout


def write_wheel(folder: Path, modules: dict[str, str]) -> Path:
    path = folder / "app-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in modules.items():
            archive.writestr(name, text)
    return path


def head_of(snapshot: Snapshot) -> dict[str, object]:
    content = snapshot.plain.read_bytes()
    size = int.from_bytes(content[:4], "little")
    head: dict[str, object] = json.loads(content[4 : 4 + size])
    return head


def test_snapshot_holds_data_files_and_is_made_once(
    pyodide: Layout, console: Console, find_node: Callable[[], list[str]]
) -> None:
    wheel = write_wheel(pyodide.root, MODULES)
    library = pyodide.pyodide / STDLIB
    made = make_snapshot(pyodide, console, find_node, wheel, library)

    assert head_of(made)["files"] == [[f"{SITE_PACKAGES}persona_core/data.bin", len("weights")]]
    assert gzip.decompress(made.packed.read_bytes()) == made.plain.read_bytes()
    assert len(made.libraries) == len(LIBRARIES)
    assert all(lib.file.read_bytes().startswith(b"\0asm") for lib in made.libraries)

    def refuse() -> list[str]:
        raise AssertionError("nothing has changed")

    assert make_snapshot(pyodide, console, refuse, wheel, library) == made

    rest = set(zipfile.ZipFile(made.library).namelist())
    whole = set(zipfile.ZipFile(library).namelist())
    assert rest < whole
    assert "tarfile.py" in rest, "what a function may yet import"
    assert not rest & {"dataclasses.py", "os.py", "unittest/__init__.py", "encodings/gbk.py"}


def test_no_snapshot_is_left_when_a_module_cannot_be_imported(
    pyodide: Layout, console: Console, find_node: Callable[[], list[str]]
) -> None:
    wheel = write_wheel(pyodide.root, {**MODULES, "persona_web/page.py": "1 / 0\n"})
    with pytest.raises(ToolError) as refused:
        make_snapshot(pyodide, console, find_node, wheel, pyodide.pyodide / STDLIB)
    assert "ZeroDivisionError" in "\n".join(refused.value.tried) + str(refused.value)


def test_pages_want_nothing_of_numpy_that_the_snapshot_leaves_out() -> None:
    found = [
        f"{path.relative_to(HERE.packages)}: {match[0]}"
        for package in ("persona_core", "persona_web")
        for path in (HERE.packages / package).rglob("*.py")
        for match in LEFT_OUT.finditer(path.read_text("utf-8"))
    ]
    assert found == []
