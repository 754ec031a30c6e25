"""The real signaling server with the built site, as a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]


class SiteServer:
    """Runs inside a ``with`` block, or from :meth:`start` to :meth:`stop`; :meth:`start` again
    takes the same port.

    Args:
        module: of ours that serves; the render server has no site.
    """

    def __init__(
        self,
        site: Path | None,
        environment: dict[str, str] | None = None,
        module: str = "persona_server",
    ) -> None:
        self._site = site
        self._module = module
        self._environment = environment or {}
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The site's root, with a slash at its end."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def signaling_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/signal"

    @property
    def render_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/render"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when connections are accepted.

        Raises:
            RuntimeError: the server ended instead.
        """
        command = [sys.executable, "-m", self._module, "--port", str(self.port)]
        if self._site is not None:
            command += ["--site", str(self._site)]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "py")} | self._environment
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if match := re.search(r"://127\.0\.0\.1:(\d+)/", line):
                self.port = int(match[1])
                return
        raise RuntimeError(f"the server ended with {self._process.wait()}")

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self._end(force=True)

    def stop(self) -> None:
        """Asks it to end and waits."""
        self._end(force=False)

    def _end(self, *, force: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if force:
            process.kill()
        else:
            process.terminate()
        process.wait(timeout=20)
        assert process.stdout is not None
        process.stdout.close()
