"""What is left of the standard library for a start from the snapshot."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from persona_build.layout import Layout
from persona_build.library_rest import NOT_IN_PAGES, write_rest

LIBRARY = Layout.here().pyodide / "python_stdlib.zip"
IMPORT = re.compile(r"^(?:from|import) +([\w.]+)", re.MULTILINE)
"""Of a module, not of a function of it."""

MEMBERS = (
    "dataclasses.pyc",
    "email/__init__.py",
    "email/message.py",
    "encodings/__init__.pyc",
    "encodings/cp437.py",
    "encodings/cp949.py",
    "encodings/iso8859_1.py",
    "encodings/iso8859_15.py",
    "importlib/metadata/_meta.py",
    "LICENSE",
    "unittest/mock.py",
    "xml/etree/ElementTree.py",
)


def above(module: str) -> set[str]:
    """A module and the packages that it is in."""
    parts = module.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def archive(folder: Path) -> Path:
    path = folder / "library.zip"
    with zipfile.ZipFile(path, "w") as written:
        for name in MEMBERS:
            written.writestr(name, name)
    return path


def test_rest_has_what_is_not_loaded_and_may_be_of_use(tmp_path: Path) -> None:
    target = tmp_path / "rest.zip"
    write_rest(archive(tmp_path), target, ["dataclasses", "email", "encodings", "sys"])
    with zipfile.ZipFile(target) as rest:
        assert rest.namelist() == [
            "email/message.py",
            "encodings/cp437.py",
            "encodings/iso8859_1.py",
            "importlib/metadata/_meta.py",
            "LICENSE",
        ]
        assert rest.read("email/message.py") == b"email/message.py"


def test_same_rest_is_written_when_the_library_is_the_same(tmp_path: Path) -> None:
    library, targets = archive(tmp_path), (tmp_path / "one.zip", tmp_path / "two.zip")
    for target in targets:
        write_rest(library, target, ["email"])
    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_no_module_that_is_left_imports_one_that_is_left_out(tmp_path: Path) -> None:
    if not LIBRARY.is_file():
        pytest.skip("Pyodide has not been fetched")
    target = tmp_path / "rest.zip"
    write_rest(LIBRARY, target, [])
    with zipfile.ZipFile(target) as rest:
        missed = [
            f"{name}: {module}"
            for name in rest.namelist()
            if name.endswith(".py")
            for module in IMPORT.findall(rest.read(name).decode())
            if not NOT_IN_PAGES.isdisjoint(above(module))
        ]
    assert missed == []
