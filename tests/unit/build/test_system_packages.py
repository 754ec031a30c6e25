from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from persona_build import system_packages
from persona_build.console import Console

pytestmark = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="shell scripts stand in for programs on PATH"
)

APT = """#!/bin/sh
echo "$@" >> "{folder}/asked"
if [ "$1" = install ] && [ {status} = 0 ]; then
    for name in redis-server turnserver nginx; do
        printf '#!/bin/sh\\n' > "{folder}/$name"
        /bin/chmod +x "{folder}/$name"
    done
fi
exit {status}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH, of a person who is root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(system_packages, "SYSTEM_FOLDERS", str(tmp_path / "sbin"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


def put(folder: Path, name: str, text: str = "#!/bin/sh\n") -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def put_apt(folder: Path, status: int) -> None:
    put(folder, "apt-get", APT.format(folder=folder, status=status))


def test_nothing_is_asked_of_apt_when_all_servers_are_there(path: Path) -> None:
    put_apt(path, 0)
    put(path, "redis-server")
    put(path, "turnserver")
    (path.parent / "sbin").mkdir()
    put(path.parent / "sbin", "nginx")
    assert system_packages.ensure_servers(Console(io.StringIO())) == ()
    assert not (path / "asked").exists()


def test_only_what_is_missing_is_installed_when_apt_may(path: Path) -> None:
    put_apt(path, 0)
    put(path, "redis-server")
    assert system_packages.ensure_servers(Console(io.StringIO())) == ()
    asked = (path / "asked").read_text().splitlines()
    assert asked == ["update", "install --yes --no-install-recommends coturn nginx-light"]


def test_person_is_told_what_is_skipped_when_nothing_can_be_installed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    put_apt(path, 0)
    said = io.StringIO()
    missing = system_packages.ensure_servers(Console(said))
    assert missing == ("redis-server", "coturn", "nginx-light")
    assert "coturn" in said.getvalue()
    assert "skipped" in said.getvalue()
    assert not (path / "asked").exists()


def test_tests_go_on_without_when_apt_fails(path: Path) -> None:
    put_apt(path, 100)
    said = io.StringIO()
    assert system_packages.ensure_servers(Console(said)) == (
        "redis-server",
        "coturn",
        "nginx-light",
    )
    assert "skipped" in said.getvalue()
