"""A server from the system's packages, started by a test and ended with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PATIENCE_S = 20.0
_PAUSE_S = 0.02


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SystemServer:
    """Runs inside a ``with`` block; can be ended and started again on the same port.

    Args:
        program: its name; the test is skipped where it is not installed.
        package: Debian's name of what brings it.
        arguments: given the folder it may write to, its command line.
        answers: whether it is ready.
    """

    def __init__(
        self,
        program: str,
        package: str,
        arguments: Callable[[Path], Sequence[str]],
        answers: Callable[[], bool],
    ) -> None:
        found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/bin")
        if found is None:
            pytest.skip(f"{program} is not installed (Debian, Ubuntu: apt-get install {package})")
        self._program = found
        self._arguments = arguments
        self._answers = answers
        self._folder = Path(tempfile.mkdtemp(prefix=f"{program}-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        log = self._folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._program, *self._arguments(self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                process_group=0,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(_PAUSE_S)

    def kill(self) -> None:
        """Ends it at once, as a crash would, and its workers with it, which outlive their master.
        Harmless when it is not running."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)

    def freeze(self) -> None:
        """Stops it from doing anything, connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        with contextlib.suppress(OSError):
            shutil.rmtree(self._folder)
