"""Servers that tests talk to and that the system's package manager brings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import Final

from persona_build.console import Console, Step
from persona_build.errors import ToolError
from persona_build.process import run_tool

SERVERS: Final[Mapping[str, str]] = {
    "redis-server": "redis-server",
    "turnserver": "coturn",
    "nginx": "nginx-light",
}
"""Programs that tests start, and the Debian package of each."""

SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin"
"""Where servers lie that Debian leaves out of a person's PATH."""


def missing_packages(programs: Mapping[str, str] = SERVERS) -> tuple[str, ...]:
    """The packages of the programs that are not installed."""
    return tuple(
        package
        for program, package in programs.items()
        if not (shutil.which(program) or shutil.which(program, path=SYSTEM_FOLDERS))
    )


def ensure_servers(console: Console) -> tuple[str, ...]:
    """Have the servers installed, where this machine lets us (Debian or Ubuntu, as root).

    Returns:
        The packages that are still missing; tests that need them are skipped.
    """
    missing = missing_packages()
    if not missing:
        return ()
    if not can_install():
        console.say(
            f"{' and '.join(missing)} cannot be installed here (that takes apt-get and root): "
            "tests that need them are skipped."
        )
        return missing
    try:
        with console.step(f"Installing {' and '.join(missing)} with apt-get") as step:
            install(missing, step)
    except ToolError as error:
        console.say(f"{error.failed} Tests that need what is missing are skipped.")
    return missing_packages()


def can_install() -> bool:
    """Whether :func:`install` may work here."""
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def install(packages: Sequence[str], step: Step) -> None:
    """Install Debian packages.

    Raises:
        ToolError: apt-get failed; says how.
    """
    # At run level 1 no installed server is started: the tests start their own.
    environment = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        run_tool(
            ["apt-get", *words], what=f"apt-get {words[0]}", step=step, environment=environment
        )
