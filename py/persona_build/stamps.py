"""Stamps: small files that say for which input a step was last done, so it need not be again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read_stamp(path: Path) -> dict[str, Any]:
    """The stamp's content; empty where there is none or it is damaged (then the step is redone)."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_stamp(path: Path, content: dict[str, Any]) -> None:
    """Replace the stamp at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(content, indent=1, sort_keys=True), "utf-8")
    beside.replace(path)


def fingerprint(root: Path, files: Iterable[Path]) -> str:
    """A SHA-256 over the names (relative to ``root``) and contents of ``files``."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
