from __future__ import annotations

import copy
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_build.assets import Group, Kind, StartStage, load_assets, save_assets, sha256_of
from persona_build.errors import LockError
from persona_build.layout import Layout

LAYOUT = Layout.here()
VENDOR = Path(os.environ.get("VP_VENDOR", LAYOUT.vendor))

ENTRY: dict[str, Any] = {
    "name": "thing",
    "version": "1",
    "group": "site",
    "destination": "things/thing.bin",
    "sha256": "0" * 64,
    "bytes": 3,
    "sources": [{"kind": "url", "url": "https://example.org/thing.bin"}],
}

BREAKS: dict[str, dict[str, Any]] = {
    "destination outside": {"destination": "../thing.bin"},
    "absolute destination": {"destination": "/etc/passwd"},
    "short hash": {"sha256": "abc"},
    "upper-case hash": {"sha256": "A" * 64},
    "negative size": {"bytes": -1},
    "size as text": {"bytes": "3"},
    "unknown group": {"group": "sight"},
    "unknown stage": {"stage": "later"},
    "no sources": {"sources": []},
    "unknown kind": {"sources": [{"kind": "ftp", "url": "x"}]},
    "kind without its fields": {"sources": [{"kind": "npm", "package": "x"}]},
    "name not a text": {"name": 5},
    "optional not true": {"optional": False},
}

needs_vendor = pytest.mark.skipif(not VENDOR.is_dir(), reason="no vendor/: build.py setup")


def write_lock(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"schema": 1, "assets": entries}), "utf-8")
    return path


def test_table_holds_every_group_and_stage_when_it_is_the_projects() -> None:
    assets = load_assets(LAYOUT.assets_lock)
    assert {asset.group for asset in assets} == set(Group)
    assert {asset.stage for asset in assets if asset.stage} == set(StartStage)


def test_table_asks_a_registry_at_last_when_a_source_is_an_address() -> None:
    for asset in load_assets(LAYOUT.assets_lock):
        assert asset.optional or asset.sources[-1].kind is not Kind.URL, asset.name


def test_table_is_unchanged_when_saved_and_loaded(tmp_path: Path) -> None:
    assets = load_assets(LAYOUT.assets_lock)
    save_assets(tmp_path / "lock.json", assets)
    assert load_assets(tmp_path / "lock.json") == assets
    assert (tmp_path / "lock.json").read_bytes() == LAYOUT.assets_lock.read_bytes()


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS.keys())
def test_table_names_the_remedy_when_an_entry_is_broken(
    broken: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(LockError, match="git checkout"):
        load_assets(write_lock(tmp_path / "lock.json", {**ENTRY, **broken}))


@pytest.mark.parametrize("same", ["name", "destination"])
def test_table_is_refused_when_two_assets_share(same: str, tmp_path: Path) -> None:
    other = {**ENTRY, "name": "other", "destination": "other.bin", same: ENTRY[same]}
    with pytest.raises(LockError, match=f"two assets with the {same}"):
        load_assets(write_lock(tmp_path / "lock.json", ENTRY, other))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 2, "assets": []}'])
def test_table_is_refused_when_the_file_is_no_table(text: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    lock.write_text(text, "utf-8")
    with pytest.raises(LockError):
        load_assets(lock)


@given(
    field=st.sampled_from(sorted(ENTRY)),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
)
def test_table_raises_nothing_else_when_a_field_holds_anything(
    field: str, value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    entry = copy.deepcopy(ENTRY) | {field: value}
    lock = write_lock(tmp_path_factory.getbasetemp() / "any-lock.json", entry)
    try:
        [asset] = load_assets(lock)
    except LockError:
        return
    assert asset.to_json() == entry


@needs_vendor
def test_wheels_are_pyodides_own_when_compared_with_its_index() -> None:
    index = json.loads((VENDOR / "pyodide" / "pyodide-lock.json").read_text("utf-8"))["packages"]
    ours = {asset.name: asset for asset in load_assets(LAYOUT.assets_lock)}
    for name in ("numpy", "micropip", "packaging"):
        asset = ours[f"pyodide/{name}"]
        assert asset.sha256 == index[name]["sha256"]
        assert asset.version == index[name]["version"]
        assert asset.destination.name == index[name]["file_name"]


@needs_vendor
def test_pyscript_brings_every_eager_chunk_when_vendored() -> None:
    folder = VENDOR / "pyscript"
    present = {path.name for path in folder.iterdir()}
    for path in folder.glob("*.js"):
        eager = re.findall(r'(?:from|import)"\./([^"]+)"', path.read_text("utf-8"))
        assert present.issuperset(eager), path.name


@needs_vendor
def test_vendored_files_have_the_locked_hashes_when_present() -> None:
    for asset in load_assets(LAYOUT.assets_lock):
        if asset.path(VENDOR).exists():
            assert sha256_of(asset.path(VENDOR)) == asset.sha256, asset.name
