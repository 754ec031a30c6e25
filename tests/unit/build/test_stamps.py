from __future__ import annotations

from pathlib import Path

import pytest

from persona_build.stamps import fingerprint, read_stamp, write_stamp


def test_stamp_is_read_back_when_written(tmp_path: Path) -> None:
    write_stamp(tmp_path / "folder" / "stamp.json", {"a": [1, 2]})
    assert read_stamp(tmp_path / "folder" / "stamp.json") == {"a": [1, 2]}
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["stamp.json"]


@pytest.mark.parametrize("damaged", ["", "{", "[1]", "\x00"])
def test_stamp_is_empty_when_damaged(damaged: str, tmp_path: Path) -> None:
    (tmp_path / "stamp.json").write_text(damaged, "utf-8")
    assert read_stamp(tmp_path / "stamp.json") == {}
    assert read_stamp(tmp_path / "none.json") == {}


def test_fingerprint_differs_when_a_name_or_content_does(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    seen = set()
    for first, second in (("x", "y"), ("y", "x"), ("xy", ""), ("x", "z")):
        one.write_text(first)
        two.write_text(second)
        seen.add(fingerprint(tmp_path, [one, two]))
    assert len(seen) == 4
    last = fingerprint(tmp_path, [one, two])
    assert fingerprint(tmp_path, [two, one]) == last
    assert fingerprint(tmp_path, [one, two.rename(tmp_path / "three")]) != last
