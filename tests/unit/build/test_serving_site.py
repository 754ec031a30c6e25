from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from persona_build.layout import Layout

HERE = Layout.here()

pytestmark = pytest.mark.skipif(
    not HERE.vendor.is_dir(), reason="serving needs the web assets: build.py setup"
)


@contextmanager
def serving(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``build.py serve`` and the address that it prints once it answers."""
    process = subprocess.Popen(
        [sys.executable, str(HERE.root / "build.py"), "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("VP_")},
    )
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.match(r"VirtualPersona is at (http://127\.0\.0\.1:\d+/)$", line):
                yield process, found[1]
                break
        else:
            raise AssertionError("".join(lines))
    finally:
        if process.poll() is None:
            process.terminate()
        process.stdout.close()
        process.wait()


def test_site_answers_at_once_when_its_address_is_printed() -> None:
    with serving() as (_, address):
        for path in ("", "assets.json", "vendor/pyodide/pyodide.mjs", "healthz"):
            with urlopen(address + path, timeout=10) as response:
                assert response.status == 200
        with urlopen(address + "assets.json", timeout=10) as response:
            manifest = json.load(response)
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        with urlopen(address + manifest["wheel"], timeout=10) as response:
            assert response.headers["Content-Type"] == "application/zip"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_ends_quietly_when_stopped(number: signal.Signals) -> None:
    with serving() as (process, _):
        process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_remedy_is_named_when_the_port_is_in_use() -> None:
    with serving() as (_, address):
        port = address.rstrip("/").rsplit(":", 1)[1]
        command = [sys.executable, str(HERE.root / "build.py"), "serve", "--port", port]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr
