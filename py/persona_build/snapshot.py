"""Python's memory after all imports: what a start restores instead of running them.

Starting Python, importing numpy and our own modules is the same work at every start. So it is done
once, here, by the very Pyodide that the site ships, in Node; its memory is written down and the
page copies it into place. The file is a little-endian 32-bit length, JSON of that length, and then
what the JSON describes::

    {"table": functions that the interpreter's table has,
     "files": [[path, bytes], ...]}      the data files of our packages
    each file's content
    the snapshot as Pyodide writes it

What was imported from the standard library's archive is in the memory, so a page gets an archive of
the rest (``library_rest``). numpy's extension modules are code, which no memory holds: they are
shipped beside it, and loaded before Python (``app/boot/libraries.mjs``).
"""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from persona_build import library_rest
from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.process import run_tool
from persona_build.stamps import fingerprint, read_stamp, write_stamp

SITE_PACKAGES = "/lib/python3.13/site-packages/"
LIBRARIES = ("_core/_multiarray_umath", "linalg/_umath_linalg", "linalg/lapack_lite")
"""numpy's extension modules that ``import numpy`` loads. All others (``numpy.random``,
``numpy.fft``) are not there in a page; a test sees that nothing of ours wants them."""

_HERE = Path(__file__).parent
_TOOLS = (_HERE / "snapshot.mjs", _HERE / "snapshot_importer.py")


@dataclass(frozen=True)
class Library:
    """An extension module: ``name`` is where Python looks for it, ``file`` its WebAssembly."""

    name: str
    file: Path


@dataclass(frozen=True)
class Snapshot:
    """The files of a snapshot.

    Attributes:
        plain: the snapshot, for servers that compress what they send.
        packed: the same as gzip, for those that do not.
        library: an archive of what is not in it of the standard library.
    """

    plain: Path
    packed: Path
    library: Path
    libraries: tuple[Library, ...]


def make_snapshot(
    layout: Layout,
    console: Console,
    find_node: Callable[[], list[str]],
    wheel: Path,
    library: Path,
) -> Snapshot:
    """The snapshot of a checkout, made anew only when something that is in it has changed.

    Args:
        find_node: gives the words that start Node.
        wheel: our own, as source.
        library: the archive of the standard library that the site ships.

    Raises:
        ToolError: Node is missing, or a module cannot be imported.
    """
    folder = layout.scratch / "snapshot"
    index = json.loads((layout.pyodide / "pyodide-lock.json").read_text("utf-8"))
    numpy = layout.pyodide / index["packages"]["numpy"]["file_name"]
    runtime = [path for path in layout.pyodide.iterdir() if path.name.startswith("py")]
    preloader = layout.app / "boot" / "libraries.mjs"
    key = {
        "inputs": fingerprint(layout.root, [*runtime, numpy, wheel, preloader, library]),
        "tools": fingerprint(_HERE, [*_TOOLS, Path(__file__), Path(library_rest.__file__)]),
    }
    plain, packed = folder / "python.memory", folder / "python.memory.gz"
    rest, loaded = folder / "library.zip", folder / "loaded.json"
    stamp = layout.scratch / "snapshot.json"
    folder.mkdir(parents=True, exist_ok=True)
    current = read_stamp(stamp) == key and all(path.is_file() for path in (plain, packed, rest))
    libraries = _extract(numpy, folder) if not current else _extracted(numpy, folder)
    made = Snapshot(plain, packed, rest, libraries)
    if current:
        return made
    stamp.unlink(missing_ok=True)
    job = {
        "pyodide": str(layout.pyodide),
        "preloader": str(preloader),
        "importer": str(_TOOLS[1]),
        "archives": [str(numpy), str(wheel)],
        "libraries": [{"path": lib.name, "file": str(lib.file)} for lib in libraries],
        "target": str(plain),
        "loaded": str(loaded),
    }
    with console.step("Taking a snapshot of Python's memory") as step:
        command: list[str | Path] = [*find_node(), _TOOLS[0], json.dumps(job)]
        run_tool(command, what="taking a snapshot of Python's memory", step=step)
        library_rest.write_rest(library, rest, json.loads(loaded.read_text("utf-8")))
        packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    write_stamp(stamp, key)
    return made


def _extract(numpy: Path, folder: Path) -> tuple[Library, ...]:
    with zipfile.ZipFile(numpy) as archive:
        for library, member in _members(numpy, folder):
            library.file.write_bytes(archive.read(member))
    return _extracted(numpy, folder)


def _extracted(numpy: Path, folder: Path) -> tuple[Library, ...]:
    return tuple(library for library, _ in _members(numpy, folder))


def _members(numpy: Path, folder: Path) -> list[tuple[Library, str]]:
    with zipfile.ZipFile(numpy) as archive:
        names = archive.namelist()
    found = []
    for wanted in LIBRARIES:
        [member] = [n for n in names if n.startswith(f"numpy/{wanted}.") and n.endswith(".so")]
        file = folder / f"{wanted.rpartition('/')[2]}.wasm"
        found.append((Library(SITE_PACKAGES + member, file), member))
    return found
