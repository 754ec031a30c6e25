"""Whether this machine has the room that a conversion takes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from persona_liveportrait.errors import ResourceError

DISK_BYTES = 1_200_000_000
"""For the official network: 320 MB of shards, the same once more while they are cut, and the
weights in float32 while a part is verified."""
MEMORY_BYTES = 4_000_000_000
"""The peak of a conversion of the official network is 3.1 GB."""


def check_room(folder: Path, disk_bytes: int, memory_bytes: int) -> None:
    """Raises ResourceError where ``folder`` or the memory has less room than that."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < disk_bytes:
        raise ResourceError(
            f"{existing} has {_gigabytes(free)} free, the conversion takes "
            f"{_gigabytes(disk_bytes)}.",
            remedy="make room, or name a folder on another disk (--out)",
            code="too-little-disk",
        )
    available = available_memory()
    if available is not None and available < memory_bytes:
        raise ResourceError(
            f"{_gigabytes(available)} of memory are available, the conversion takes "
            f"{_gigabytes(memory_bytes)}.",
            remedy="close other programs, or convert on a larger machine",
            code="too-little-memory",
        )


def available_memory() -> int | None:
    """Bytes that may be used without swapping; None where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
