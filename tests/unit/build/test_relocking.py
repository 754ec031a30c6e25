from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.build.loopback import Loopback

from persona_build.assets import Asset
from persona_build.console import Console
from persona_build.errors import AssetError
from persona_build.relock import relock_assets
from persona_build.sources import SourceReader

AssetMaker = Callable[..., Asset]
Relock = Callable[[Asset], Asset]


@pytest.fixture
def relock(tmp_path: Path, console: Console, open_reader: Callable[[Path], SourceReader]) -> Relock:
    def run(asset: Asset) -> Asset:
        [fresh] = relock_assets((asset,), tmp_path / "scratch", console, open_reader)
        assert not (tmp_path / "scratch").exists()
        return fresh

    return run


def test_lock_gets_size_and_hash_when_a_source_answers(
    relock: Relock, loopback: Loopback, asset: AssetMaker
) -> None:
    thing = asset(b"new", loopback.base + "/missing", loopback.put("/thing", b"new"))
    assert relock(replace(thing, sha256="0" * 64, bytes=0)) == thing


def test_lock_is_refused_when_two_sources_disagree(
    relock: Relock, loopback: Loopback, asset: AssetMaker
) -> None:
    thing = asset(b"one", loopback.put("/one", b"one"), loopback.put("/two", b"two"))
    with pytest.raises(AssetError, match="different bytes") as caught:
        relock(thing)
    assert [f"{loopback.base}/one" in caught.value.tried[0], len(caught.value.tried)] == [True, 2]


def test_lock_is_refused_when_no_source_answers(
    relock: Relock, loopback: Loopback, asset: AssetMaker
) -> None:
    with pytest.raises(AssetError, match="No source of the asset"):
        relock(asset(b"one", loopback.base + "/missing"))


def test_lock_is_unchanged_when_no_source_of_an_optional_asset_answers(
    relock: Relock, loopback: Loopback, asset: AssetMaker
) -> None:
    thing = asset(b"one", loopback.base + "/missing", optional=True)
    assert relock(thing) == thing
