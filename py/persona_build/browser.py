"""Finding a Chromium to test with, and installing one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from persona_build import system_packages
from persona_build.console import Console
from persona_build.errors import ToolError
from persona_build.layout import Layout
from persona_build.process import run_tool

VARIABLE = "VP_CHROMIUM"

_NAMES = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "chrome",
    "msedge",
    "microsoft-edge",
    "microsoft-edge-stable",
)

_MAC_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)

_WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)

_PLAYWRIGHT_PATH = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)

REMEDY = f"install Chrome or Chromium, or set {VARIABLE} to the path of one"


def find_browser() -> Path | None:
    """The browser that ``VP_CHROMIUM`` names, else the first one installed that answers.

    Raises:
        ToolError: ``VP_CHROMIUM`` names something that is not a browser.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not _answers(Path(named)):
            raise ToolError(
                f"{VARIABLE} is {named}, which is not a browser that runs.",
                remedy=f"set {VARIABLE} to the path of Chrome or Chromium, or unset it",
            )
        return Path(named)
    return next((path for path in _candidates() if _answers(path)), None)


def ensure_browser(layout: Layout, console: Console) -> Path:
    """A browser's path: one that is installed, else from Debian, else from Playwright.

    Raises:
        ToolError: there is none and none can be installed; says what was tried.
    """
    if found := find_browser():
        return found
    tried: list[str] = []
    for install in (_install_by_apt, _install_by_playwright):
        try:
            install(layout, console)
            path = find_browser() or _playwright_browser(layout)
        except ToolError as error:
            tried.append("; ".join((error.failed, *error.tried[-1:])))
            continue
        if path:
            return path
        tried.append("the installed browser does not answer")
    raise ToolError("No browser to test with was found.", tried=tried, remedy=REMEDY)


def _candidates() -> Iterator[Path]:
    for name in _NAMES:
        if found := shutil.which(name):
            yield Path(found)
    if sys.platform == "darwin":
        homes = (Path("/"), Path.home())
        yield from (home / place.lstrip("/") for place in _MAC_PLACES for home in homes)
    elif sys.platform == "win32":
        variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        roots = [Path(root) for name in variables if (root := os.environ.get(name))]
        yield from (root / place for place in _WINDOWS_PLACES for root in roots)


def _answers(path: Path) -> bool:
    """Whether the program is there and tells its version (Ubuntu's placeholder for a snap fails).

    Windows' browsers open a window instead of telling, so there being there is enough.
    """
    if not path.is_file() or not os.access(path, os.X_OK):
        return False
    if sys.platform == "win32":
        return True
    try:
        command = [str(path), "--version"]
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install_by_apt(layout: Layout, console: Console) -> None:
    if not system_packages.can_install():
        raise ToolError("apt-get can install Chromium only on Debian or Ubuntu, as root.")
    with console.step("Installing Chromium with apt-get") as step:
        system_packages.install(["chromium"], step)


def _install_by_playwright(layout: Layout, console: Console) -> None:
    with console.step("Downloading Chromium with Playwright") as step:
        command: list[str | Path] = [layout.python, "-m", "playwright", "install", "chromium"]
        run_tool(command, what="playwright install chromium", step=step)


def _playwright_browser(layout: Layout) -> Path | None:
    printed = run_tool([layout.python, "-c", _PLAYWRIGHT_PATH], what="asking Playwright")
    path = Path(printed.strip())
    return path if _answers(path) else None
