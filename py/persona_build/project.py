"""The steps that the commands share, each done only as far as something has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from persona_build.assets import Asset, Group, load_assets
from persona_build.bytecode import STDLIB, Bytecode
from persona_build.compression import add_compressed
from persona_build.console import Console
from persona_build.dist import SitePlan, build_dist, plan_site
from persona_build.environment import Dependencies, Environment
from persona_build.layout import Layout
from persona_build.mutex import exclusive
from persona_build.offline import with_listing
from persona_build.pyodide_testbed import build_testbed
from persona_build.snapshot import make_snapshot
from persona_build.sources import SourceReader
from persona_build.vendor import Vendor
from persona_build.wheel import build_wheel

CACHES = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache")


class Project:
    """One checkout and what can be made of it."""

    def __init__(self, layout: Layout, console: Console) -> None:
        self.layout = layout
        self.console = console
        self.environment = Environment(layout, console)
        self.bytecode = Bytecode(layout, console, self._find_node)

    def setup(
        self,
        dependencies: Iterable[Dependencies],
        groups: Iterable[Group],
        *,
        verify: bool = False,
        retry: bool = False,
    ) -> tuple[Asset, ...]:
        """Have the Python packages and the web assets in place.

        Args:
            verify: hash every asset again instead of trusting size and modification time.
            retry: also ask for optional assets that could not be had a short time ago.

        Returns:
            The assets of ``groups``, without optional ones that could not be had.

        Raises:
            BuildError: something could not be had; names what and the remedy.
        """
        wanted = set(groups)
        with exclusive(self.layout.scratch / "lock", self.console):
            self.environment.ensure(dependencies)
            assets = tuple(a for a in load_assets(self.layout.assets_lock) if a.group in wanted)
            vendor = Vendor(self.layout.vendor, self.console, self.open_reader)
            vendor.ensure(assets, verify=verify, retry=retry)
            assets = tuple(a for a in assets if not a.optional or vendor.has(a))
            if Group.TEST in wanted:
                build_testbed(self.layout, assets)
        return assets

    def build(self, assets: Iterable[Asset], *, compressed: bool = True) -> tuple[SitePlan, bool]:
        """Have the site in ``dist/``.

        Args:
            compressed: whether files lie compressed beside themselves, too, which takes longest.

        Returns:
            What it holds, and whether it had to be made anew.

        Raises:
            BuildError: the wheel could not be built or compiled.
        """
        with exclusive(self.layout.scratch / "lock", self.console):
            wheel = build_wheel(self.layout, self.console)
            compiled = self.bytecode.compile(wheel)
            library = compiled[self.layout.pyodide / STDLIB]
            snapshot = make_snapshot(self.layout, self.console, self._find_node, wheel, library)
            plan = plan_site(self.layout, tuple(assets), wheel, compiled, snapshot)
            plan = with_listing(plan)
            if compressed:
                plan = add_compressed(plan, self.layout, self.console, self._find_node)
            return plan, build_dist(plan, self.layout.dist, self.layout.scratch)

    def clean(self, *, everything: bool) -> list[str]:
        """Remove what was built; with ``everything`` also what was installed and fetched.

        Returns:
            What was removed.
        """
        layout = self.layout
        doomed = [layout.dist, layout.scratch, layout.test_results]
        doomed += [layout.root / name for name in CACHES]
        for folder in (layout.packages, layout.tests, layout.tools, layout.app):
            doomed += folder.rglob("__pycache__")
        if everything:
            doomed += [layout.venv, layout.vendor]
        present = [path for path in doomed if path.exists()]
        for path in present:
            shutil.rmtree(path)
        return [layout.relative(path) for path in present]

    def _find_node(self) -> list[str]:
        return self.environment.node_program("node")

    def open_reader(self, scratch: Path) -> SourceReader:
        """A reader of asset sources that keeps intermediate files in ``scratch``."""
        return SourceReader(
            self.layout.python, scratch, lambda: self.environment.node_program("npm")
        )
