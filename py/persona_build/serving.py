"""Running the site and its signaling endpoint on this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from persona_build.console import Console
from persona_build.layout import Layout

_ANNOUNCED = re.compile(r"VirtualPersona is at (\S+)")


def run_server(layout: Layout, console: Console, *, host: str, port: int, open_page: bool) -> int:
    """Run the server until it is stopped (Ctrl-C, SIGTERM) and pass on what it prints.

    Args:
        port: 0 lets the system pick a free one; the server prints the address.
        open_page: show the address in the person's browser once it answers.

    Returns:
        The exit status: the server's own, or 0 where it was stopped.
    """
    words = ["persona_server", "--site", layout.dist, "--host", host, "--port", port]
    # Who comes and goes is for an operator's log; the environment may ask for it all the same.
    return _run(layout, console, words, {"VP_LOG_LEVEL": "warning"}, open_page=open_page)


def run_render_server(layout: Layout, console: Console, arguments: Sequence[str]) -> int:
    """Run the render server until it is stopped, for pages that :func:`run_server` serves.

    Args:
        arguments: of ``python -m persona_render``.

    Returns:
        The exit status: the server's own, or 0 where it was stopped.
    """
    origins = ",".join(f"http://{host}:8000" for host in ("127.0.0.1", "localhost"))
    variables = {"VP_RENDER_LOG_LEVEL": "warning", "VP_RENDER_ALLOWED_ORIGINS": origins}
    return _run(layout, console, ["persona_render", *arguments], variables)


def _run(
    layout: Layout,
    console: Console,
    words: Sequence[object],
    variables: Mapping[str, str],
    *,
    open_page: bool = False,
) -> int:
    """Runs a module of ours; ``variables`` count where the environment has none of them."""
    # A group of its own: Ctrl-C in the terminal comes to this process only, which stops the
    # server once and in order.
    alone: dict[str, Any] = {} if sys.platform == "win32" else {"process_group": 0}
    process = subprocess.Popen(
        [str(word) for word in (layout.python, "-m", *words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={
            **variables,
            **os.environ,
            "PYTHONPATH": str(layout.packages),
            "PYTHONUNBUFFERED": "1",
        },
        **alone,
    )
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        if process.poll() is None:
            process.kill() if stopped else process.terminate()
        stopped = True

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    with process:
        for line in process.stdout or ():
            console.say(line.rstrip())
            if open_page and (announced := _ANNOUNCED.search(line)):
                webbrowser.open(announced[1])
    return 0 if stopped else process.returncode
