"""A screen and a sound card that nobody sees or hears, for browsers that need both to work."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

SCREEN = ("-screen", "0", "1400x1000x24", "+extension", "GLX", "-nolisten", "tcp")
SOUND = ("--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "-n")
PATIENCE_S = 20.0
PAUSE_S = 0.02


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """The environment of programs that draw on a screen of their own.

    Raises:
        RuntimeError: there is none; says what the server said.
    """
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", *SCREEN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with server:
        try:
            assert server.stdout is not None
            number = server.stdout.readline().strip()  # once it takes programs
            if not number:
                raise RuntimeError(f"Xvfb: {server.communicate()[1]}")
            # One display in software is like the next: no machine's own graphics card has a say.
            yield {"DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}
        finally:
            server.terminate()


@contextmanager
def sound() -> Iterator[dict[str, str]]:
    """The environment of programs that play to a sound card which keeps the time and is silent;
    empty where there is no sound server.

    Raises:
        RuntimeError: the server did not start; says what it said.
    """
    if shutil.which("pulseaudio") is None:
        yield {}
        return
    with TemporaryDirectory(prefix="vp-sound-") as folder, TemporaryFile("w+") as log:
        socket = Path(folder) / "socket"
        server = subprocess.Popen(
            [
                "pulseaudio",
                *SOUND,
                "--load=module-null-sink",
                f"--load=module-native-protocol-unix auth-anonymous=1 socket={socket}",
            ],
            env={**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        with server:
            try:
                deadline = time.monotonic() + PATIENCE_S
                while not socket.exists():
                    if server.poll() is not None or time.monotonic() > deadline:
                        log.seek(0)
                        raise RuntimeError(f"pulseaudio: {log.read()}")
                    time.sleep(PAUSE_S)
                yield {"PULSE_SERVER": f"unix:{socket}"}
            finally:
                server.terminate()
