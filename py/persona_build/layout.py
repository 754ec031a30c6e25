"""Where things lie in a checkout."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The paths of one checkout, all below ``root``."""

    root: Path

    @classmethod
    def here(cls) -> Layout:
        """The checkout that this module belongs to."""
        return cls(Path(__file__).resolve().parents[2])

    @property
    def packages(self) -> Path:
        return self.root / "py"

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def models(self) -> Path:
        return self.root / "static" / "models"

    @property
    def tests(self) -> Path:
        return self.root / "tests"

    @property
    def tools(self) -> Path:
        """What measures and takes pictures."""
        return self.root / "tools"

    @property
    def pyproject(self) -> Path:
        return self.root / "pyproject.toml"

    @property
    def assets_lock(self) -> Path:
        return self.root / "assets.lock.json"

    def requirements(self, group: str) -> Path:
        """The lock file of one dependency group."""
        return self.root / f"requirements-{group}.lock"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter, whether or not it exists yet."""
        if sys.platform == "win32":
            return self.venv / "Scripts" / "python.exe"
        return self.venv / "bin" / "python"

    @property
    def vendor(self) -> Path:
        """Fetched web assets."""
        return self.root / "vendor"

    @property
    def pyodide(self) -> Path:
        return self.vendor / "pyodide"

    @property
    def pyodide_test(self) -> Path:
        """The Pyodide folder that tests in the browser load, with pytest in it."""
        return self.vendor / "pyodide-test"

    @property
    def dist(self) -> Path:
        """The finished site."""
        return self.root / "dist"

    @property
    def scratch(self) -> Path:
        """Intermediate results and stamps of the build; may be deleted at any time."""
        return self.root / "build"

    @property
    def test_results(self) -> Path:
        return self.root / "test-results"

    def relative(self, path: Path) -> str:
        """``path`` as a person in the checkout would write it."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )
