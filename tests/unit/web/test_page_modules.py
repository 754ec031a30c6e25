"""Each page is a composition of its own, read from its source: CPython cannot import it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import persona_web
from persona_build.pages import SitePage, load_pages, page_texts

PAGES = Path(persona_web.__file__).parent / "pages"
APP = Path(__file__).resolve().parents[3] / "app"
PACKAGE = "persona_web.pages"
MODULES = sorted(path.stem for path in PAGES.glob("*.py") if path.stem != "__init__")
ROWS = load_pages(APP)
SHIPPED = page_texts(APP, ROWS)


def pages_imported(source: str) -> set[str]:
    """The page modules that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {module for module in MODULES if f"{PACKAGE}.{module}" in names}


@pytest.mark.parametrize("module", MODULES)
def test_page_imports_no_other_page_when_it_is_composed(module: str) -> None:
    assert pages_imported((PAGES / f"{module}.py").read_text("utf-8")) == set()


@pytest.mark.parametrize("page", ROWS, ids=lambda page: page.name)
def test_folder_starts_its_own_page_alone_when_it_is_opened(page: SitePage) -> None:
    assert pages_imported(SHIPPED[f"{page.name}/main.py"]) == {page.module}


def test_every_page_has_a_row_when_its_module_is_written() -> None:
    assert sorted(page.module for page in ROWS) == MODULES
