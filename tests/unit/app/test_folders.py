"""Folders stay small enough to be taken in at a look, and pytest passes none of tests by."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest
from tests.support.order import TESTS

import persona_core
import persona_web

MOST_MODULES = 20


@pytest.mark.parametrize("package", [persona_core, persona_web], ids=lambda each: each.__name__)
def test_folder_holds_few_modules_when_all_are_counted(package: object) -> None:
    root = Path(package.__path__[0])  # type: ignore[attr-defined]
    counts = {
        str(folder.relative_to(root)): sum(
            path.name != "__init__.py" for path in folder.glob("*.py")
        )
        for folder in (root, *(path for path in root.rglob("*") if path.is_dir()))
    }
    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_pytest_goes_into_every_folder_that_holds_tests(pytestconfig: pytest.Config) -> None:
    passed_by = pytestconfig.getini("norecursedirs")
    folders = {
        folder.name
        for path in TESTS.rglob("test_*.py")
        for folder in path.relative_to(TESTS).parents
    }
    assert "build" in folders
    assert {name for name in folders if any(fnmatch(name, one) for one in passed_by)} == set()
