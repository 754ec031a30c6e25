"""The own name: kept between visits, clean whatever was kept."""

from __future__ import annotations

from tests.support.storage import DictStorage

from persona_web.look.own_name import NAME_KEY, OwnName


def test_name_is_clean_kept_and_told_when_it_is_set() -> None:
    storage = DictStorage()
    name = OwnName(storage)
    heard: list[str] = []
    name.on_change(lambda: heard.append(name.value))
    assert name.value == ""
    assert name.set("  Mina\u202e ") == "Mina"
    assert name.set("Mina") == "Mina"
    assert heard == ["Mina"], "the same name is no change"
    assert OwnName(storage).value == "Mina"
    name.set(" \n")
    assert OwnName(storage).value == ""
    assert storage.get(NAME_KEY) is None


def test_name_is_clean_when_storage_holds_anything() -> None:
    storage = DictStorage()
    storage.set(NAME_KEY, "\u202e" + "x" * 9_000)
    assert OwnName(storage).value == "x" * 40
