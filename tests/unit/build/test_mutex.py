from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.mutex import exclusive

HOLD = """
import sys
from pathlib import Path
from persona_build.console import Console
from persona_build.mutex import exclusive
with exclusive(Path(sys.argv[1]), Console()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_build_waits_when_another_process_holds_the_lock(
    tmp_path: Path, console: Console, out: io.StringIO
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Layout.here().packages)},
    )
    with holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        release = holder.stdin.close

        class Releasing(io.StringIO):
            """Lets the holder go as soon as the waiting is announced."""

            def write(self, text: str) -> int:
                if "waiting" in text:
                    release()
                return super().write(text)

        waiting = Releasing()
        with exclusive(tmp_path / "lock", Console(waiting)):
            assert "Another build is running" in waiting.getvalue()
    with exclusive(tmp_path / "lock", console):
        assert out.getvalue() == ""
