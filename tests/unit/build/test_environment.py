from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from tests.unit.build.loopback import make_wheel, wheel_name

from persona_build.console import Console
from persona_build.environment import Dependencies, Environment
from persona_build.errors import LockError, ToolError
from persona_build.layout import Layout


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only place where pip looks."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def lock(layout: Layout, wheels: Path, version: str, content: bytes | None = None) -> None:
    """Lock the group serve to one package; the hash is that of ``content`` where given."""
    wheel, _ = make_wheel("thing", version, {"thing.py": f"v = {version!r}\n".encode()})
    (wheels / wheel_name("thing", version)).write_bytes(wheel)
    digest = hashlib.sha256(content or wheel).hexdigest()
    layout.requirements("serve").write_text(f"thing=={version} --hash=sha256:{digest}\n")


def installed(layout: Layout) -> str:
    command = [str(layout.python), "-c", "import thing; print(thing.v)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_environment_follows_the_lock_when_it_changes(
    tmp_path: Path, wheels: Path, console: Console
) -> None:
    layout = Layout(tmp_path / "checkout")
    layout.root.mkdir()
    environment = Environment(layout, console)
    with pytest.raises(LockError, match="git checkout"):
        environment.ensure([Dependencies.SERVE])

    lock(layout, wheels, "1.0", content=b"another wheel")
    with pytest.raises(ToolError) as caught:
        environment.ensure([Dependencies.SERVE])
    assert any("DO NOT MATCH THE HASHES" in line for line in caught.value.tried)
    assert not environment.has(Dependencies.SERVE)

    lock(layout, wheels, "1.0")
    environment.ensure([Dependencies.SERVE])
    assert installed(layout) == "1.0"

    # with nothing to install from, a second run must not want to install
    for wheel in wheels.iterdir():
        wheel.unlink()
    Environment(layout, console).ensure([Dependencies.SERVE])

    lock(layout, wheels, "2.0")
    assert not environment.has(Dependencies.SERVE)
    environment.ensure([Dependencies.SERVE])
    assert installed(layout) == "2.0"


def test_serve_is_covered_when_test_is_installed() -> None:
    covered = {Dependencies.TEST, Dependencies.RENDER, Dependencies.SERVE}
    assert set(Dependencies.TEST.covers) == covered
    serve, test = (
        set(_pins(Layout.here().requirements(group).read_text())) for group in ("serve", "test")
    )
    assert serve <= test


def _pins(text: str) -> list[str]:
    return [line.split(";")[0].split("\\")[0].strip() for line in text.splitlines() if "==" in line]
