"""Byte code in the place of source, in archives of Python modules.

It runs inside the Pyodide that the site ships, because byte code is one interpreter's own; so
it needs nothing but the standard library. ``bytecode.mjs`` hands it the archives.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import py_compile
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

RECORD = ".dist-info/RECORD"

FOR_COMPILERS = frozenset({".c", ".h", ".pxd", ".pyi", ".pyx"})
"""Files that are read when something is compiled or type-checked, which no page does."""


def loaded_files(imports: Iterable[str]) -> frozenset[str]:
    """The absolute paths of what has been loaded from files once ``imports`` have."""
    for name in imports:
        importlib.import_module(name)
    specs = [getattr(module, "__spec__", None) for module in sys.modules.values()]
    return frozenset(spec.origin for spec in specs if spec and spec.has_location and spec.origin)


def compile_archive(
    source: Path, target: Path, place: str, wanted: Collection[str] | None = None
) -> None:
    """Write an archive whose modules are compiled; what remains keeps its bytes.

    The byte code is never compared with a source, which is not there any more (an unchecked
    hash, PEP 552). The same interpreter makes the same bytes of the same archive.

    Args:
        source: a wheel, or another zip of modules.
        place: where the archive's files will lie, with a slash at its end: tracebacks tell it.
        wanted: paths of the modules to compile, below ``place``; None for all of them.

    Raises:
        PyCompileError: a module that was to be compiled is not Python.
    """
    lines: list[str] = []
    record: ZipInfo | None = None
    with (
        ZipFile(source) as old,
        ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as new,
        TemporaryDirectory() as scratch,
    ):
        for member in old.infolist():
            name, path = member.filename, place + member.filename
            if name.endswith(RECORD):
                record = member
                continue
            if Path(name).suffix in FOR_COMPILERS:
                continue
            content = old.read(member)
            if name.endswith(".py") and (wanted is None or path in wanted):
                member = _plain(name + "c")
                content = _compile(content, path, Path(scratch))
            new.writestr(member, content, ZIP_DEFLATED)
            lines.append(_record_line(member.filename, content))
        if record is not None:
            lines.append(f"{record.filename},,")
            new.writestr(record, "".join(f"{line}\n" for line in lines), ZIP_DEFLATED)


def _plain(name: str) -> ZipInfo:
    """An entry without a time of its own, so that two builds agree."""
    entry = ZipInfo(name)
    entry.external_attr = 0o644 << 16
    return entry


def _compile(content: bytes, path: str, scratch: Path) -> bytes:
    module, compiled = scratch / "module.py", scratch / "module.pyc"
    module.write_bytes(content)
    py_compile.compile(
        str(module),
        str(compiled),
        dfile=path,
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return compiled.read_bytes()


def _record_line(name: str, content: bytes) -> str:
    """A line of RECORD as the specification of wheels has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"
