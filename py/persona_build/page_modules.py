"""The scripts of ours that a page imports while it starts: those, and no others, belong to its
start. Whatever else of ``persona_web`` there is, a page fetches when it first needs it.

``app/<page>/modules.json`` names the ones that Python loads; what these import is found here.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from persona_build.errors import StartListError

FILE_NAME = "modules.json"

_IMPORT = re.compile(
    r"""^(?:import\s*|(?:import|export)\b[^"';]*\bfrom\s*)["'](\.[^"']+)["']""", re.MULTILINE
)


def start_modules(listing: Path, package: Path) -> list[Path]:
    """The scripts of a page's start: each one named, followed by those that it imports.

    Args:
        listing: the page's list, a JSON array of paths as ``bridge/network/rtc.js``.
        package: the folder that these are relative to.

    Raises:
        StartListError: the list cannot be read, or names a script that is not there.
    """
    title, remedy = f"{listing.parent.name}/{FILE_NAME}", f"mend app/{listing.parent.name}/"
    try:
        todo = [package / name for name in json.loads(listing.read_text("utf-8"))]
    except (ValueError, TypeError) as error:
        raise StartListError(f"{title} is not a list of paths: {error}.", remedy=remedy) from error
    found: dict[Path, None] = {}
    while todo:
        path = todo.pop(0)
        if path in found:
            continue
        if not path.is_file():
            raise StartListError(
                f"{title} leads to {path.relative_to(package)}, which does not exist.",
                remedy=remedy,
            )
        found[path] = None
        imports = _IMPORT.findall(path.read_text("utf-8"))
        todo = [Path(os.path.normpath(path.parent / name)) for name in imports] + todo
    return list(found)
