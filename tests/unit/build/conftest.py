"""What the tests of the build share."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
from tests.unit.build.loopback import Loopback, serving

from persona_build.assets import Asset, AssetSource, Group, Kind
from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.sources import SourceReader
from persona_build.vendor import Vendor

AssetMaker = Callable[..., Asset]


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with serving() as site:
        yield site


@pytest.fixture
def out() -> io.StringIO:
    """What the console printed."""
    return io.StringIO()


@pytest.fixture
def console(out: io.StringIO) -> Console:
    return Console(out, out)


@pytest.fixture
def asset() -> AssetMaker:
    """Makes an asset with the right size and hash of ``content``."""

    def make(
        content: bytes,
        *sources: AssetSource | str,
        destination: str = "things/thing.bin",
        group: Group = Group.SITE,
        optional: bool = False,
    ) -> Asset:
        return Asset(
            name=destination,
            version="1",
            group=group,
            destination=PurePosixPath(destination),
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            sources=tuple(AssetSource(Kind.URL, s) if isinstance(s, str) else s for s in sources),
            optional=optional,
        )

    return make


@pytest.fixture
def open_reader() -> Callable[[Path], SourceReader]:
    return lambda scratch: SourceReader(Path(sys.executable), scratch, lambda: ["npm"])


@pytest.fixture
def find_node() -> Callable[[], list[str]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node")
    return lambda: [node]


@pytest.fixture
def vendor(tmp_path: Path, console: Console, open_reader: Callable[[Path], SourceReader]) -> Vendor:
    return Vendor(tmp_path / "vendor", console, open_reader)


@pytest.fixture
def registries(loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """The loopback server, which pip and npm now take for their registry."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "npm_config_"))]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{loopback.base}/simple/")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("npm_config_registry", f"{loopback.base}/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    return loopback


@pytest.fixture
def checkout(tmp_path: Path) -> Layout:
    """A small checkout that uses the environment these tests run in."""
    layout = Layout(tmp_path / "checkout")
    layout.root.mkdir()
    layout.venv.symlink_to(sys.prefix, target_is_directory=True)
    return layout
