"""The build's only voice: steps with progress, results, tables, errors.

On a terminal a step is one line that is redrawn; elsewhere (a log, CI) it is a line when it
starts, one every ten seconds while it runs, and one when it ends.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

PLAIN_INTERVAL_S = 10.0
REDRAW_INTERVAL_S = 0.2
LINE_WIDTH = 100
BAR_WIDTH = 20


class Step:
    """A running step: what it is doing now and, where it is known, how far it has come."""

    def __init__(self, title: str, total_bytes: int = 0) -> None:
        self.title = title
        self.total_bytes = total_bytes
        self._done_bytes = 0
        self._detail = ""
        self._guard = threading.Lock()

    def note(self, detail: str) -> None:
        """Say what is being done at the moment."""
        with self._guard:
            self._detail = detail

    def advance(self, count: int) -> None:
        """Count ``count`` more bytes as done."""
        with self._guard:
            self._done_bytes = min(self._done_bytes + count, self.total_bytes)

    def describe(self) -> str:
        """One line: title, share and bytes done, current detail."""
        with self._guard:
            parts = [self.title]
            if self.total_bytes:
                share = self._done_bytes / self.total_bytes
                filled = int(share * BAR_WIDTH)
                parts.append("[" + "#" * filled + "." * (BAR_WIDTH - filled) + "]")
                parts.append(f"{share:4.0%}")
                parts.append(
                    f"{format_bytes(self._done_bytes)} of {format_bytes(self.total_bytes)}"
                )
            if self._detail:
                parts.append(f"- {self._detail}")
        line = " ".join(parts)
        return line if len(line) <= LINE_WIDTH else line[: LINE_WIDTH - 3] + "..."


class Console:
    """Prints for people. ``out`` gets steps, results and tables; ``err`` gets errors."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._interactive = self._out.isatty()

    def say(self, text: str = "") -> None:
        """Print one line of result."""
        print(text, file=self._out, flush=True)

    def error(self, text: str) -> None:
        """Print one error."""
        self._out.flush()
        print(f"error: {text}", file=self._err, flush=True)

    @contextmanager
    def step(self, title: str, total_bytes: int = 0) -> Iterator[Step]:
        """Show progress while the body runs, and how long it took."""
        step = Step(title, total_bytes)
        stopped = threading.Event()
        start = time.monotonic()
        if not self._interactive:
            self.say(f"{title} ...")
        ticker = threading.Thread(target=self._tick, args=(step, stopped, start), daemon=True)
        ticker.start()
        outcome = "stopped"
        try:
            yield step
            outcome = "done"
        finally:
            stopped.set()
            ticker.join()
            erase = "\r\x1b[K" if self._interactive else ""
            self.say(f"{erase}{title}: {outcome} in {time.monotonic() - start:.1f} s")

    def _tick(self, step: Step, stopped: threading.Event, start: float) -> None:
        interval = REDRAW_INTERVAL_S if self._interactive else PLAIN_INTERVAL_S
        while not stopped.wait(interval):
            line = f"{step.describe()} ({time.monotonic() - start:.0f} s)"
            if self._interactive:
                self._out.write(f"\r\x1b[K{line}")
                self._out.flush()
            else:
                self.say(line)

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Collection[int] = (0,)
    ) -> None:
        """Print a table: the columns of these numbers to the left, the others to the right."""
        widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
        for row in (head, ["-" * width for width in widths], *rows):
            cells = (
                cell.ljust(width) if column in left else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            self.say("  ".join(cells).rstrip())


def format_bytes(count: int) -> str:
    """A size as a person reads it: ``812 B``, ``3.8 kB``, ``11.2 MB`` (powers of 1000)."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"
