"""Finding the browsers other than Chromium to test with, and installing them where there are none.

Nothing stops for want of one: the tests that need it are skipped, and say what is missing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from persona_build import system_packages
from persona_build.console import Console
from persona_build.errors import ToolError

SCREEN: Final[Mapping[str, str]] = {
    "Xvfb": "xvfb",
    "libEGL.so.1": "libegl1",
    "swrast_dri.so": "libgl1-mesa-dri",
}
"""A screen that nobody sees, and graphics on it that the processor draws."""


@dataclass(frozen=True)
class Engine:
    """A browser, and what it takes to run it.

    Attributes:
        variable: of the environment, which names the program or, to the tests, the one found.
        programs: by which names it is installed, the best first.
        needs: Debian's package of every program or library without which there are no tests.
    """

    name: str
    variable: str
    programs: tuple[str, ...]
    needs: Mapping[str, str]


FIREFOX: Final = Engine(
    "Firefox",
    "VP_FIREFOX",
    ("firefox-esr", "firefox"),
    # Without a sound card that can be opened, what plays sound stands still.
    {"firefox-esr": "firefox-esr", "pulseaudio": "pulseaudio", **SCREEN},
)
WEBKIT: Final = Engine(
    "WebKitGTK",
    "VP_WEBKIT",
    ("MiniBrowser",),
    {
        "MiniBrowser": "libwebkit2gtk-4.1-0",
        "WebKitWebDriver": "webkit2gtk-driver",
        **SCREEN,
    },
)
ENGINES: Final = (FIREFOX, WEBKIT)

_LIBRARIES: Final = (Path("/usr/lib"), Path("/usr/lib64"))
_INSIDE: Final = ("*/{}", "*/dri/{}", "*/webkit2gtk-4.1/{}", "dri/{}", "webkit2gtk-4.1/{}", "{}")
"""Where, in a folder of libraries, what no PATH leads to may lie."""


def ensure_engines(console: Console) -> dict[str, str]:
    """Have the engines installed, where this machine lets us (Debian or Ubuntu, as root).

    Returns:
        The path of each engine that is here with all it needs, by its variable.

    Raises:
        ToolError: a variable names something that is not there.
    """
    if missing := [engine for engine in ENGINES if lacks(engine)]:
        _install(missing, console)
    return {
        engine.variable: str(program)
        for engine in ENGINES
        if (program := find(engine)) and not lacks(engine)
    }


def find(engine: Engine) -> Path | None:
    """The program that its variable names, else the first one installed.

    Raises:
        ToolError: the variable names something that is not there.
    """
    if named := os.environ.get(engine.variable):
        if not shutil.which(named):
            raise ToolError(
                f"{engine.variable} is {named}, which is no program.",
                remedy=f"set {engine.variable} to the path of {engine.name}, or unset it",
            )
        return Path(named)
    return next((path for name in engine.programs if (path := place_of(name))), None)


def lacks(engine: Engine) -> tuple[str, ...]:
    """The packages that are still wanted before its tests can run."""
    has_program = find(engine) is not None
    return tuple(
        package
        for name, package in engine.needs.items()
        if not (has_program if name in engine.programs else place_of(name))
    )


def place_of(name: str) -> Path | None:
    """Where a program or library is, if it is here."""
    if program := shutil.which(name):
        return Path(program)
    ways = [way.format(name) for way in _INSIDE]
    places = (path for folder in _LIBRARIES for way in ways for path in folder.glob(way))
    # A program's libraries may lie in a folder of its name.
    return next((path for path in places if path.is_file()), None)


def _install(missing: list[Engine], console: Console) -> None:
    names = " and ".join(engine.name for engine in missing)
    if not system_packages.can_install():
        console.say(
            f"{names} cannot be installed here (that takes apt-get and root): "
            "tests in them are skipped."
        )
        return
    packages = dict.fromkeys(package for engine in missing for package in lacks(engine))
    try:
        with console.step(f"Installing {names} with apt-get") as step:
            system_packages.install(list(packages), step)
    except ToolError as error:
        console.say(f"{error.failed} Tests in {names} are skipped.")
