"""Where things lie in a checkout."""

from __future__ import annotations

import sys
from pathlib import Path


class Layout:
    """The paths of one checkout, all below ``root``.

    Attributes:
        tools: what measures and takes pictures.
        python: the environment's interpreter, whether or not it exists yet.
        vendor: fetched web assets.
        pyodide_test: the Pyodide folder that tests in the browser load, with pytest in it.
        dist: the finished site.
        scratch: intermediate results and stamps of the build; may be deleted at any time.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.packages = root / "py"
        self.app = root / "app"
        self.models = root / "static" / "models"
        self.tests = root / "tests"
        self.tools = root / "tools"
        self.pyproject = root / "pyproject.toml"
        self.assets_lock = root / "assets.lock.json"
        self.venv = root / ".venv"
        windows = sys.platform == "win32"
        self.python = self.venv / ("Scripts/python.exe" if windows else "bin/python")
        self.vendor = root / "vendor"
        self.pyodide = self.vendor / "pyodide"
        self.pyodide_test = self.vendor / "pyodide-test"
        self.dist = root / "dist"
        self.scratch = root / "build"
        self.test_results = root / "test-results"

    @classmethod
    def here(cls) -> Layout:
        """The checkout that this module belongs to."""
        return cls(Path(__file__).resolve().parents[2])

    def requirements(self, group: str) -> Path:
        """The lock file of one dependency group."""
        return self.root / f"requirements-{group}.lock"

    def relative(self, path: Path) -> str:
        """``path`` as a person in the checkout would write it."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )
