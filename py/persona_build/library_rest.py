"""What a start from the snapshot may still want of Python's standard library.

The modules that the snapshot holds are never loaded from the archive again, and some others can be
of no use in a page. What is left is imported when a function of the library is first called:
readers of archives and of package data, encodings.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FOR_DEVELOPERS: Final = """
    _pyrepl antigravity asyncio.__main__ bdb cProfile cmd compileall curses doctest getpass
    modulefinder optparse pdb pickletools profile pstats pty py_compile pyclbr pydoc pydoc_data
    symtable tabnanny timeit trace tty unittest zipapp"""
FOR_OTHER_SYSTEMS: Final = """
    _android_support _ios_support asyncio.proactor_events asyncio.windows_events
    asyncio.windows_utils concurrent.futures.process ctypes ftplib http.cookiejar http.server
    imaplib logging.config logging.handlers mailbox multiprocessing poplib smtplib socketserver
    webbrowser wsgiref xmlrpc"""
FOR_OTHER_FILES: Final = """
    dbm filecmp fileinput netrc plistlib shelve sqlite3 wave xml"""
COMPILED_IN: Final = """
    _pydatetime _pydecimal _pyio"""
NOT_IN_PAGES: Final = frozenset(
    (FOR_DEVELOPERS + FOR_OTHER_SYSTEMS + FOR_OTHER_FILES + COMPILED_IN).split()
)
"""Modules and packages that are of no use in a page. No module that stays imports them; functions
that do are of no use there either."""
OLD_CHARSETS: Final = re.compile(
    r"encodings\.(?:cp(?!437|1252)|iso8859_(?!1$)|mac_|koi8_|kz1048|ptcp|tis_620|hp_roman|palmos"
    r"|big5|euc_|gb|hz|iso2022|johab|shift_ji)"
)
"""Texts of pages are UTF-8; archives name their members by code page 437."""


def write_rest(library: Path, target: Path, loaded: Collection[str]) -> None:
    """Writes the archive of what is left.

    Args:
        library: the whole standard library, an archive.
        loaded: names of the modules that the snapshot holds.
    """
    held = frozenset(loaded)
    with ZipFile(library) as old, ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as new:
        for member in old.infolist():
            module = _module(member.filename)
            if module is not None and (module in held or _is_useless(module)):
                continue
            entry = ZipInfo(member.filename)  # without a time of its own, so that two builds agree
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(member), ZIP_DEFLATED)


def _module(member: str) -> str | None:
    """The name of the module that a member of an archive is; None for other files."""
    path = PurePosixPath(member)
    if path.suffix not in (".py", ".pyc"):
        return None
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _is_useless(module: str) -> bool:
    parts = module.split(".")
    above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return OLD_CHARSETS.match(module) is not None or any(name in NOT_IN_PAGES for name in above)
