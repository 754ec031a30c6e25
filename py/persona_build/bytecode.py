"""Python as byte code: what a page loads need not be compiled again at every start.

Pyodide's standard library and numpy come as source. Compiling what a start imports takes two
seconds of it. So the site ships them, and our own wheel, compiled by the very Pyodide that will
load them. Nothing is fetched for it: Node, which npm needs, runs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from persona_build.assets import sha256_of
from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.process import run_tool
from persona_build.stamps import fingerprint, read_stamp, write_stamp

RUNTIME = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "pyodide-lock.json")
STDLIB = "python_stdlib.zip"
INDEX = "pyodide-lock.json"

IMPORTS = (
    "numpy",
    "numpy.typing",
    # what our modules and PyScript import of the standard library, besides what Pyodide does
    "base64",
    "dataclasses",
    "decimal",
    "fractions",
    "hashlib",
    "html",
    "ipaddress",
    "secrets",
    "statistics",
    "urllib.parse",
)
"""What is compiled of the standard library and of numpy is what these load. The rest stays
source, which is smaller; a test in the browser sees that a start compiles none of it."""

_HERE = Path(__file__).parent
_TOOLS = (_HERE / "bytecode.mjs", _HERE / "archive_compiler.py")


@dataclass(frozen=True)
class _Archive:
    """One archive to compile; the fields are those that ``bytecode.mjs`` reads."""

    source: str
    target: str
    stdlib: bool = False
    all: bool = False


class Bytecode:
    """Compiled archives of one checkout, each made anew only when something has changed.

    Args:
        find_node: gives the words that start Node, or raises ToolError; called only if needed.
    """

    def __init__(
        self, layout: Layout, console: Console, find_node: Callable[[], list[str]]
    ) -> None:
        self._layout = layout
        self._console = console
        self._find_node = find_node
        self._folder = layout.scratch / "bytecode"

    def compile(self, wheel: Path) -> dict[Path, Path]:
        """What the site ships instead of a file: compiled by the file as it was.

        Args:
            wheel: our own.

        Raises:
            ToolError: Node is missing, or a module is not Python.
        """
        vendored = self._layout.pyodide
        index = json.loads((vendored / INDEX).read_text("utf-8"))
        numpy = vendored / index["packages"]["numpy"]["file_name"]
        stdlib = vendored / STDLIB
        inputs = [vendored / name for name in RUNTIME]
        runtime = [
            _Archive(str(stdlib), str(self._folder / STDLIB), stdlib=True),
            _Archive(str(numpy), str(self._folder / numpy.name)),
        ]
        self._ensure("Compiling Pyodide's library and numpy", "runtime", inputs, runtime)
        own = [_Archive(str(wheel), str(self._folder / wheel.name), all=True)]
        self._ensure("Compiling the wheel", "wheel", inputs, own)
        shipped = {Path(a.source): Path(a.target) for a in (*runtime, *own)}
        shipped[vendored / INDEX] = self._write_index(index, shipped)
        return shipped

    def _ensure(
        self, title: str, name: str, inputs: Sequence[Path], archives: Sequence[_Archive]
    ) -> None:
        imports = IMPORTS if name == "runtime" else ()
        sources = [Path(archive.source) for archive in archives]
        key = {
            "imports": list(imports),
            "inputs": fingerprint(self._layout.root, [*inputs, *sources]),
            "tools": fingerprint(_HERE, _TOOLS),
        }
        stamp = self._folder / f"{name}.json"
        if read_stamp(stamp) == key and all(Path(a.target).is_file() for a in archives):
            return
        stamp.unlink(missing_ok=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        job = {
            "pyodide": str(self._layout.pyodide),
            "compiler": str(_TOOLS[1]),
            "imports": imports,
            "archives": [asdict(archive) for archive in archives],
        }
        with self._console.step(title) as step:
            run_tool(
                [*self._find_node(), _TOOLS[0], json.dumps(job)], what="compiling Python", step=step
            )
        write_stamp(stamp, key)

    def _write_index(self, index: Mapping[str, Any], shipped: Mapping[Path, Path]) -> Path:
        """Pyodide's package index, of the packages that the site has, as it has them."""
        packages = {}
        for name, entry in index["packages"].items():
            vendored = self._layout.pyodide / entry["file_name"]
            if vendored.is_file():
                wheel = shipped.get(vendored, vendored)
                packages[name] = {**entry, "sha256": sha256_of(wheel)}
        target = self._folder / INDEX
        text = json.dumps({**index, "packages": packages})
        if not target.is_file() or target.read_text("utf-8") != text:
            target.write_text(text, "utf-8")
        return target
