"""Imports everything that a page may, inside the Pyodide whose memory becomes the snapshot.

``snapshot.mjs`` calls it. It needs nothing but the standard library.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
import zipfile
from dataclasses import is_dataclass
from pathlib import Path
from types import FunctionType

SITE = Path("/lib/python3.13/site-packages")
PACKAGES = ("persona_core", "persona_web")
MODULES = (".py", ".pyc")


def unpack(archive: str) -> None:
    """Put a wheel's files beside those of others. An extension module, which lies in memory
    already, needs a name on the disk and no content."""
    with zipfile.ZipFile(archive) as wheel:
        for member in wheel.infolist():
            target = SITE / member.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            if not member.is_dir():
                library = member.filename.endswith(".so")
                target.write_bytes(b"" if library else wheel.read(member))
    importlib.invalidate_caches()


def import_everything(scratch: str) -> list[str]:
    """Import all modules of our packages and what any function of theirs imports.

    Args:
        scratch: a folder that is forgotten.

    Returns:
        The paths of their data files, which a page may read.
    """
    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            importlib.import_module(module.name)
    _draw_characters()
    for path in [path for path in sys.path_importer_cache if path.startswith(scratch)]:
        del sys.path_importer_cache[path]
    files = [path for package in PACKAGES for path in (SITE / package).rglob("*")]
    return [str(path) for path in files if path.is_file() and path.suffix not in MODULES]


def loaded_modules() -> list[str]:
    """The names of what has been imported, and of what the interpreter itself holds."""
    return sorted(sys.modules)


def _draw_characters() -> None:
    """Have the characters that a page offers drawn."""
    characters = importlib.import_module("persona_core.drawn.characters").CHARACTERS
    rig = importlib.import_module("persona_core.drawn.rig").Rig
    for character in characters:
        rig(character.style)


def settle(end: int) -> None:
    """Let zeros lie in every free block of Python's own small-object memory, and have the garbage
    collector leave alone what there is, which lives as long as the page.

    Args:
        end: addresses from here on are new memory.
    """
    _forget_descriptions()
    gc.collect()
    held = []
    for size in range(15, 512 - 33, 16):
        while True:
            block = bytes(size)
            if id(block) >= end:
                break
            held.append(block)
    del held
    gc.freeze()


def _forget_descriptions() -> None:
    """Drop what is for readers and type checkers: annotations of functions, and the sentences that
    dataclasses describe themselves by."""
    for found in gc.get_objects():
        if isinstance(found, FunctionType):
            found.__annotations__ = None  # type: ignore[assignment]
        elif isinstance(found, type) and is_dataclass(found):
            found.__doc__ = None
