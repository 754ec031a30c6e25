from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from persona_build.browser import ensure_browser, find_browser
from persona_build.console import Console
from persona_build.errors import ToolError
from persona_build.layout import Layout

pytestmark = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="shell scripts stand in for browsers on PATH"
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("VP_CHROMIUM", raising=False)
    return folder


def put_program(path: Path, status: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_named_browser_wins_when_others_are_installed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(path / "chromium")
    named = put_program(tmp_path / "my-browser")
    monkeypatch.setenv("VP_CHROMIUM", str(named))
    assert find_browser() == named


@pytest.mark.parametrize("status", [None, 1], ids=["missing", "broken"])
def test_named_browser_is_an_error_when_it_does_not_run(
    status: int | None, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(path / "chromium")
    if status is not None:
        put_program(tmp_path / "my-browser", status)
    monkeypatch.setenv("VP_CHROMIUM", str(tmp_path / "my-browser"))
    with pytest.raises(ToolError, match="unset it"):
        find_browser()


def test_chrome_is_preferred_when_chromium_is_there_too(path: Path) -> None:
    put_program(path / "chromium")
    chrome = put_program(path / "google-chrome")
    assert find_browser() == chrome


def test_placeholder_is_passed_over_when_it_fails(path: Path) -> None:
    put_program(path / "chromium-browser", status=1)
    assert find_browser() is None
    edge = put_program(path / "microsoft-edge")
    assert find_browser() == edge


def test_nothing_is_installed_when_a_browser_is_there(
    path: Path, console: Console, out: io.StringIO, tmp_path: Path
) -> None:
    put_program(path / "apt-get", status=100)
    browser = put_program(path / "chromium")
    assert ensure_browser(Layout(tmp_path), console) == browser
    assert out.getvalue() == ""


def test_apt_installs_chromium_when_root_has_none(
    path: Path, console: Console, checkout: Layout
) -> None:
    if os.geteuid() != 0:
        pytest.skip("apt-get installs as root only")
    apt = put_program(path / "apt-get")
    apt.write_text(
        "#!/bin/sh\n"
        'test "$1" = install || exit 0\n'
        f"printf '#!/bin/sh\\n' > {path}/chromium\n"
        f"/bin/chmod +x {path}/chromium\n"
    )
    assert ensure_browser(checkout, console) == path / "chromium"


def test_error_names_every_way_when_no_browser_can_be_had(
    path: Path, tmp_path: Path, console: Console, out: io.StringIO
) -> None:
    put_program(path / "apt-get", status=100)
    with pytest.raises(ToolError) as caught:
        ensure_browser(Layout(tmp_path), console)
    assert len(caught.value.tried) == 2
    assert "apt-get" in caught.value.tried[0]
    assert "laywright" in caught.value.tried[1]
    assert "VP_CHROMIUM" in caught.value.remedy
