from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from persona_build import engines
from persona_build.console import Console
from persona_build.engines import FIREFOX, WEBKIT, ensure_engines, find, lacks
from persona_build.errors import ToolError

pytestmark = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="shell scripts stand in for browsers on PATH"
)

APT = """#!/bin/sh
echo "$@" >> "{folder}/asked"
if [ "$1" = install ]; then
    for name in firefox-esr pulseaudio Xvfb libEGL.so.1 swrast_dri.so; do
        printf '#!/bin/sh\\n' > "{folder}/$name"
        /bin/chmod +x "{folder}/$name"
    done
fi
exit {status}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH, of a person who is root and has no libraries."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(engines, "_LIBRARIES", (tmp_path / "lib",))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for engine in engines.ENGINES:
        monkeypatch.delenv(engine.variable, raising=False)
    return folder


def put(place: Path, text: str = "#!/bin/sh\n") -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    place.chmod(0o755)
    return place


def put_all(path: Path, engine: engines.Engine) -> None:
    for name in engine.needs:
        put(path / name)


def test_installed_engines_are_told_and_nothing_is_installed_when_all_are_there(
    path: Path, tmp_path: Path
) -> None:
    put(path / "apt-get", APT.format(folder=path, status=100))
    for engine in engines.ENGINES:
        put_all(path, engine)
    (path / "MiniBrowser").unlink()
    browser = put(tmp_path / "lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser")
    said = io.StringIO()
    assert ensure_engines(Console(said)) == {
        "VP_FIREFOX": str(path / "firefox-esr"),
        "VP_WEBKIT": str(browser),
    }
    assert said.getvalue() == ""
    assert not (path / "asked").exists()


def test_named_engine_wins_when_another_is_installed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all(path, FIREFOX)
    monkeypatch.setenv("VP_FIREFOX", str(put(tmp_path / "nightly")))
    assert find(FIREFOX) == tmp_path / "nightly"
    monkeypatch.setenv("VP_FIREFOX", str(tmp_path / "none"))
    with pytest.raises(ToolError, match="unset it"):
        ensure_engines(Console(io.StringIO()))


def test_newer_firefox_does_when_the_long_lived_one_is_not_there(path: Path) -> None:
    put_all(path, FIREFOX)
    (path / "firefox-esr").rename(path / "firefox")
    assert lacks(FIREFOX) == ()


def test_only_what_is_missing_is_installed_when_apt_may(path: Path) -> None:
    put(path / "apt-get", APT.format(folder=path, status=0))
    put_all(path, WEBKIT)
    (path / "Xvfb").unlink()
    found = ensure_engines(Console(io.StringIO()))
    assert set(found) == {"VP_FIREFOX", "VP_WEBKIT"}
    asked = (path / "asked").read_text().splitlines()
    wanted = "firefox-esr pulseaudio xvfb"
    assert asked == ["update", f"install --yes --no-install-recommends {wanted}"]


def test_folder_of_a_library_is_no_program_when_both_have_one_name(
    path: Path, tmp_path: Path
) -> None:
    put_all(path, FIREFOX)
    (path / "pulseaudio").unlink()
    put(tmp_path / "lib/x86_64-linux-gnu/pulseaudio/libpulsecommon.so")
    assert lacks(FIREFOX) == ("pulseaudio",)


@pytest.mark.parametrize("user", [0, 1000], ids=["apt fails", "not root"])
def test_person_is_told_what_is_skipped_when_an_engine_cannot_be_had(
    user: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    put(path / "apt-get", "#!/bin/sh\nexit 100\n")
    put_all(path, FIREFOX)
    said = io.StringIO()
    assert set(ensure_engines(Console(said))) == {"VP_FIREFOX"}
    assert "WebKitGTK" in said.getvalue()
    assert "skipped" in said.getvalue()
