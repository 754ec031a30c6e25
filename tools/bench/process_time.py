"""CPU time of a browser with all its processes, from the operating system."""

from __future__ import annotations

from tools.bench.process_cpu import PROC, read_stat


class ProcessTimes:
    """CPU seconds that a browser uses from here on.

    Args:
        marker: stands on the command line of its first process, and of no other program's: the
            folder of its profile.
    """

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self._start = self._total()

    def seconds(self) -> float:
        """Of user and system together, of all processes that live now; nan where the system does
        not tell."""
        return self._total() - self._start

    def _total(self) -> float:
        if not PROC.is_dir():
            return float("nan")
        parents: dict[int, int] = {}
        seconds: dict[int, float] = {}
        family: set[int] = set()
        for folder in PROC.iterdir():
            if not folder.name.isdigit():
                continue
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended
            stat, process = read_stat(folder), int(folder.name)
            if stat is None:
                continue
            parents[process], seconds[process] = stat.parent, stat.seconds
            if self._marker.encode() in command:
                family.add(process)
        while found := {p for p, parent in parents.items() if parent in family} - family:
            family |= found
        return sum(seconds[process] for process in family if process in seconds)
