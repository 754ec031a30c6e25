"""Running other programs: output kept for the error message, progress passed on."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from persona_build.console import Step
from persona_build.errors import ToolError

KEPT_LINES = 12


def run_tool(
    command: Sequence[str | Path],
    *,
    what: str,
    remedy: str = "",
    step: Step | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program to its end and return what it printed on both streams.

    Args:
        what: the deed in words, for the error: ``installing the packages of serve``.
        step: gets each printed line as its detail.
        environment: variables on top of the present ones.

    Raises:
        ToolError: the program is missing or ended with another status than 0.
    """
    words = [str(word) for word in command]
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            env={**os.environ, **(environment or {})},
        )
    except OSError as error:
        raise ToolError(
            f"{what.capitalize()} failed: {words[0]} cannot be run.",
            tried=[f"{words[0]}: {error.strerror}"],
            remedy=remedy or f"install {Path(words[0]).name} and run this again",
        ) from error
    lines: list[str] = []
    try:
        with process:
            for line in process.stdout or ():
                lines.append(line)
                if step and line.strip():
                    step.note(line.strip())
    except BaseException:
        process.kill()
        raise
    if process.returncode != 0:
        tail = deque((line.rstrip() for line in lines if line.strip()), maxlen=KEPT_LINES)
        raise ToolError(
            f"{what.capitalize()} failed: {Path(words[0]).name} ended with {process.returncode}.",
            tried=tail,
            remedy=remedy,
        )
    return "".join(lines)
