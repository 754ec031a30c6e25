"""Driving the one page in which the tests of the bridge run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page
from pytest_pyodide.runner import PlaywrightChromeRunner

PAGE = "room-v3/testbed.html"
ALLOWED = ["camera", "microphone"]  # unless a test says otherwise

SetPermission = Callable[[str, str], None]
"""Takes a permission's name, as ``navigator.permissions`` has it, and ``granted`` or ``denied``."""


class PageRunner(PlaywrightChromeRunner):
    """pytest-pyodide's driver of a page, on a page of ours.

    Attributes:
        errors: what no code of the page caught.
    """

    def get_driver(self, jspi: bool = False) -> Page:
        # The tests hand their code over as text, which the site's policy forbids.
        context = self.browsers[self.browser].new_context(permissions=ALLOWED, bypass_csp=True)
        page = context.new_page()
        assert isinstance(page, Page)
        return page

    def prepare_driver(self) -> None:
        self.errors: list[str] = []
        self.driver.on("pageerror", lambda error: self.errors.append(str(error)))
        self.goto(f"{self.base_url}/{PAGE}")
        self.driver.wait_for_selector("html[data-testbed=ready]")

    def install(self, package: Path) -> None:
        """Puts a folder's modules where Python in the page can import them."""
        self.driver.evaluate("name => pyodide.FS.mkdirTree(name)", package.name)
        for module in package.glob("*.py"):
            self.driver.evaluate(
                "([name, text]) => pyodide.FS.writeFile(name, text)",
                [f"{package.name}/{module.name}", module.read_text("utf-8")],
            )
