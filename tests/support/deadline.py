"""Ends a test that hangs, and tells where it hung.

pytest-timeout says when; what it does then stops short of what our tests need: greenlets and tasks
that wait are in no thread's stack, browsers and servers outlive the process that started them, and
a worker of xdist has no terminal to write on. A process whose test hangs cannot be mended, so it
ends; xdist counts the test as failed and goes on with a new worker.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import pytest
import pytest_timeout
from tests.support import console_log

FOLDER = "deadline_folder"
"""What a worker's input calls the folder in which it may leave word."""
FOREIGN_LINES = 3
"""Of a stack in which nothing is ours, such as that of a library's thread."""

_folder = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = TemporaryDirectory(prefix="vp-deadline-")
        config.stash[_folder] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of xdist where to leave its last words."""
    node.workerinput[FOLDER] = node.config.stash[_folder]


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport) -> None:
    """Puts a worker's last words into the report of the test that it could not end."""
    node: Any = report.node  # type: ignore[attr-defined]
    words = Path(node.workerinput[FOLDER]) / node.gateway.id
    if words.exists():
        report.longrepr = words.read_text("utf-8")


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Ends the process when the time is up, unless the timer is cancelled."""
    timer = threading.Timer(settings.timeout, _end, (item, settings))
    timer.daemon = True
    timer.start()
    item.cancel_timeout = timer.cancel  # type: ignore[attr-defined]
    return True


def _end(item: pytest.Item, settings: Any) -> None:
    if pytest_timeout.is_debugging() and not settings.disable_debugger_detection:
        return
    try:
        try:
            words = told(item, settings.timeout)
        except Exception:
            words = f"{item.nodeid} hangs, and asking where failed:\n{traceback.format_exc()}"
        worker = getattr(item.config, "workerinput", {})
        if worker:
            (Path(worker[FOLDER]) / worker["workerid"]).write_text(words, "utf-8")
        else:
            capture: Any = item.config.pluginmanager.getplugin("capturemanager")
            capture.suspend_global_capture(item)
            print(words, file=sys.__stderr__, flush=True)
    finally:
        end_descendants()
        os._exit(1)


def told(item: pytest.Item, seconds: float) -> str:
    """What is known of a test that hangs: its name, what browsers said last, and every stack,
    beginning with those that lead through the project's own code."""
    parts = [f"{item.nodeid} was not done within {seconds:g} s."]
    if lines := console_log.last_lines():
        parts.append("\n".join(["The browser's last lines:", *lines]))
    own, foreign = [], []
    for name, frames in _stacks():
        first = _first_own(frames, item.config.rootpath)
        found = foreign if first is None else own
        lines = frames.format()[-FOREIGN_LINES if first is None else first :]
        found.append(f"{name}:\n{''.join(lines)}".rstrip())
    return "\n\n".join([*parts, *own, *foreign])


def _stacks() -> Iterator[tuple[str, traceback.StackSummary]]:
    """All that this process is in the midst of, but for the calling thread."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            yield f"Thread {names.get(ident, ident)}", traceback.extract_stack(frame)
    for thing in gc.get_objects():
        if isinstance(thing, asyncio.Task) and not thing.done():
            frames = traceback.StackSummary.from_list(list(_awaited(thing.get_coro())))
            yield f"Task {thing.get_name()}", frames
        # As Playwright waits: the test stands still while an event loop runs on its thread.
        elif type(thing).__module__ == "greenlet" and (frame := getattr(thing, "gr_frame", None)):
            yield "Greenlet", traceback.extract_stack(frame)


def _awaited(coroutine: Any) -> Iterator[traceback.FrameSummary]:
    """Where a coroutine waits, and what it waits for."""
    while isinstance(frame := getattr(coroutine, "cr_frame", None), FrameType):
        code = frame.f_code
        yield traceback.FrameSummary(code.co_filename, frame.f_lineno, code.co_name)
        coroutine = coroutine.cr_await


def _first_own(frames: traceback.StackSummary, root: Path) -> int | None:
    """Where a stack first comes through the project's own code."""
    for at, frame in enumerate(frames):
        path = Path(frame.filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            return at
    return None


def end_descendants() -> None:
    """Kills every process that this one started, and what those started, on Linux.

    Elsewhere they are left to notice that their pipes are closed, as Playwright's driver does.
    """
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found = children.get(os.getpid(), [])
    for pid in found:
        found.extend(children.get(pid, []))
    for pid in found:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
