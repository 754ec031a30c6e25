"""Each page is a composition of its own, read from its source: CPython cannot import it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import persona_web

PAGES = Path(persona_web.__file__).parent / "pages"
APP = Path(__file__).resolve().parents[3] / "app"
PACKAGE = "persona_web.pages"
MODULES = sorted(path.stem for path in PAGES.glob("*.py") if path.stem != "__init__")
FOLDERS = sorted(path.parent.name for path in APP.glob("*/main.py"))


def module_of(folder: str) -> str:
    """``room-v3`` is ``room_v3``."""
    return folder.replace("-", "_")


def pages_imported(source: Path) -> set[str]:
    """The page modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {module for module in MODULES if f"{PACKAGE}.{module}" in names}


@pytest.mark.parametrize("module", MODULES)
def test_page_imports_no_other_page_when_it_is_composed(module: str) -> None:
    assert pages_imported(PAGES / f"{module}.py") == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_starts_its_own_page_alone_when_it_is_opened(folder: str) -> None:
    assert pages_imported(APP / folder / "main.py") == {module_of(folder)}


def test_every_page_has_a_folder_when_its_module_is_written() -> None:
    assert {module_of(folder) for folder in FOLDERS} == set(MODULES)
