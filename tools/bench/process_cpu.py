"""What a browser's processes and threads use of the cores, as Linux tells it."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser

PROC: Final = Path("/proc")
PARTS: Final = ("pages' main threads", "their workers", "their other threads", "GPU", "browser")
WORKER_NAMES: Final = ("DedicatedWorker", "ServiceWorker", "AudioWorklet")


class Stat(NamedTuple):
    """What Linux tells of a process or a thread; ``seconds`` of CPU, user and system together."""

    name: str
    parent: int
    seconds: float


def read_stat(folder: Path) -> Stat | None:
    """The ``stat`` of a folder of ``/proc``, see proc(5); None where it has just ended."""
    try:
        text = (folder / "stat").read_text()
    except OSError:
        return None
    name, _, fields = text.partition(" (")[2].rpartition(") ")
    values = fields.split()
    ticks = int(values[11]) + int(values[12])
    return Stat(name, int(values[1]), ticks / os.sysconf("SC_CLK_TCK"))


class ProcessCpu:
    """CPU time of all processes of some browsers, by what they do.

    Raises:
        FileNotFoundError: this system has no ``/proc``.
    """

    def __init__(self, *browsers: Browser) -> None:
        self._sessions = [browser.new_browser_cdp_session() for browser in browsers]
        self._start_s, self._start = time.monotonic(), self._read()

    def cores(self) -> dict[str, float]:
        """Cores in use since the meter was made, by :data:`PARTS`, ended threads left out."""
        used, elapsed_s = self._read(), time.monotonic() - self._start_s
        found = Counter(dict.fromkeys(PARTS, 0.0))
        for (part, thread), seconds in used.items():
            found[part] += seconds - self._start.get((part, thread), 0.0)
        return {part: seconds / elapsed_s for part, seconds in found.items()}

    def _read(self) -> dict[tuple[str, int], float]:
        """CPU seconds of each thread, by its part and number."""
        found: dict[tuple[str, int], float] = {}
        for session in self._sessions:
            for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
                found |= self._threads(process["type"], int(process["id"]))
        return found

    def _threads(self, kind: str, process: int) -> dict[tuple[str, int], float]:
        found = {}
        for folder in (PROC / str(process) / "task").iterdir():
            stat, thread = read_stat(folder), int(folder.name)
            if stat is not None:
                found[_part(kind, stat.name, thread == process), thread] = stat.seconds
        return found


def _part(kind: str, thread: str, first: bool) -> str:
    match kind:
        case "renderer" if first:
            return PARTS[0]
        case "renderer" if thread.startswith(WORKER_NAMES):
            return PARTS[1]
        case "renderer":
            return PARTS[2]
        case "GPU":
            return PARTS[3]
    return PARTS[4]
