from __future__ import annotations

import csv
import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from persona_build.archive_compiler import compile_archive, loaded_files
from persona_build.bytecode import INDEX, STDLIB, Bytecode
from persona_build.console import Console
from persona_build.layout import Layout

PLACE = "/site/"
UNCHECKED = 0b01
MODULES = {
    "wares/__init__.py": "from wares.stock import count\n",
    "wares/stock.py": "def count(things):\n    return 1 / len(things)\n",
    "wares/data.bin": "weights",
    "wares/stock.pyi": "def count(things: list) -> float: ...\n",
    "wares-1.dist-info/METADATA": "Name: wares\n",
    "wares-1.dist-info/RECORD": "wares/__init__.py,sha256=x,1\nwares-1.dist-info/RECORD,,\n",
}


def write_archive(path: Path, members: dict[str, str] = MODULES) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def compiled(tmp_path: Path, wanted: set[str] | None = None) -> Path:
    target = tmp_path / "wares-1-py3-none-any.whl"
    compile_archive(write_archive(tmp_path / "source.whl"), target, PLACE, wanted)
    return target


def names_of(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def run_with(path: Path, script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = [{str(path)!r}]; {script}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_archive_holds_byte_code_for_source_and_no_stubs_when_compiled(tmp_path: Path) -> None:
    path = compiled(tmp_path)
    assert names_of(path) == {
        "wares/__init__.pyc",
        "wares/stock.pyc",
        "wares/data.bin",
        "wares-1.dist-info/METADATA",
        "wares-1.dist-info/RECORD",
    }
    with zipfile.ZipFile(path) as archive:
        code = archive.read("wares/stock.pyc")
        assert archive.read("wares/data.bin") == b"weights"
    assert code[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(code[4:8], "little") == UNCHECKED


def test_compiled_module_runs_and_tells_its_lines_when_imported(tmp_path: Path) -> None:
    path = compiled(tmp_path)
    assert run_with(path, "import wares; print(wares.count('ab'))").stdout.strip() == "0.5"
    failed = run_with(path, "import wares; wares.count([])")
    assert f'File "{PLACE}wares/stock.py", line 2, in count' in failed.stderr


def test_record_describes_what_is_in_the_wheel_when_compiled(tmp_path: Path) -> None:
    path = compiled(tmp_path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("wares-1.dist-info/RECORD").decode()
        sizes = {info.filename: str(info.file_size) for info in archive.infolist()}
    rows = list(csv.reader(io.StringIO(text)))
    assert {row[0] for row in rows} == names_of(path)
    assert rows[-1] == ["wares-1.dist-info/RECORD", "", ""]
    assert all(row[1].startswith("sha256=") and row[2] == sizes[row[0]] for row in rows[:-1])


def test_source_stays_when_a_module_is_not_wanted(tmp_path: Path) -> None:
    path = compiled(tmp_path, {f"{PLACE}wares/stock.py"})
    assert {"wares/__init__.py", "wares/stock.pyc"} <= names_of(path)
    assert run_with(path, "import wares; print(wares.count('ab'))").stdout.strip() == "0.5"


def test_loaded_files_are_those_of_modules_when_they_come_from_files() -> None:
    files = loaded_files(["json.tool", "sys"])
    assert {Path(file).name for file in files} >= {"tool.py", "decoder.py"}
    assert all(Path(file).is_absolute() for file in files)


@pytest.fixture
def pyodide(checkout: Layout) -> Layout:
    """A checkout with the Pyodide that this one has fetched."""
    vendor = Layout.here().vendor
    if not (vendor / "pyodide" / STDLIB).is_file():
        pytest.skip("Pyodide has not been fetched")
    checkout.vendor.symlink_to(vendor.resolve())
    return checkout


def test_site_ships_what_its_own_pyodide_compiled_when_built(
    pyodide: Layout, console: Console, tmp_path: Path, find_node: Callable[[], list[str]]
) -> None:
    pyodide.scratch.mkdir()
    wheel = write_archive(pyodide.scratch / "wares-1-py3-none-any.whl")
    shipped = Bytecode(pyodide, console, find_node).compile(wheel)

    assert set(shipped) >= {wheel, pyodide.pyodide / STDLIB, pyodide.pyodide / INDEX}
    first = {path: path.read_bytes() for path in shipped.values()}
    with zipfile.ZipFile(shipped[wheel]) as own:
        magic = own.read("wares/stock.pyc")[:4]
    for vendored, path in shipped.items():
        if vendored.suffix == ".json":
            continue
        with zipfile.ZipFile(path) as archive:
            codes = [archive.read(name) for name in archive.namelist() if name.endswith(".pyc")]
        assert codes
        assert all(code[:4] == magic for code in codes)
    with zipfile.ZipFile(shipped[pyodide.pyodide / STDLIB]) as library:
        names = set(library.namelist())
    assert {"dataclasses.pyc", "asyncio/events.pyc", "pdb.py"} <= names
    assert {"dataclasses.py", "pdb.pyc"}.isdisjoint(names)
    index = json.loads(shipped[pyodide.pyodide / INDEX].read_text("utf-8"))
    assert set(index["packages"]) == {"micropip", "numpy", "packaging"}

    def refuse() -> list[str]:
        raise AssertionError("nothing had changed")

    assert Bytecode(pyodide, console, refuse).compile(wheel) == shipped

    for stamp in ("runtime.json", "wheel.json"):
        (pyodide.scratch / "bytecode" / stamp).unlink()
    Bytecode(pyodide, console, find_node).compile(wheel)
    assert {path: path.read_bytes() for path in shipped.values()} == first
