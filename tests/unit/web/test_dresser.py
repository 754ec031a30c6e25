"""The dresser: worn at once, told and kept when the hand rests."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_web.look.look_editor import LOOK_KEY, PATIENCE_MS, QUIET_MS, LookEditor


class MemoryStorage:
    """What a browser keeps, or does not."""

    def __init__(self, *, keeps: bool = True, **values: str) -> None:
        self.values = dict(values)
        self.keeps = keeps

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def set(self, key: str, value: str) -> bool:
        if self.keeps:
            self.values[key] = value
        return self.keeps

    def remove(self, key: str) -> None:
        self.values.pop(key, None)


class Watched:
    """A dresser with everything it told."""

    def __init__(self, storage: MemoryStorage) -> None:
        self.look_editor = LookEditor(storage, random.Random(3))
        self.worn: list[AvatarStyle] = []
        self.settled: list[AvatarStyle] = []
        self.forgotten = 0
        self.look_editor.on_wear(self.worn.append)
        self.look_editor.on_settle(self.settled.append)
        self.look_editor.on_forgetting(self._forget)

    def _forget(self) -> None:
        self.forgotten += 1

    def paint(self, colour: str, touched: str | None = None) -> None:
        self.look_editor.wear(replace(self.look_editor.style, skin=colour), touched)


def test_newcomer_wears_the_first_character_when_nothing_is_kept() -> None:
    assert LookEditor(MemoryStorage(), random.Random()).style == CHARACTERS[0].style


def test_kept_look_is_worn_when_the_person_returns() -> None:
    style = AvatarStyle(skin="#123456")
    storage = MemoryStorage(look=json.dumps(style.to_dict()), character=CHARACTERS[3].key)
    look_editor = LookEditor(storage, random.Random())
    assert look_editor.style == style
    look_editor.reset()
    assert look_editor.style == CHARACTERS[3].style


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version":1,"skin":3}', "[" * 99_999])
def test_kept_look_is_forgotten_when_it_cannot_be_read(text: str) -> None:
    storage = MemoryStorage(look=text)
    assert LookEditor(storage, random.Random()).style == CHARACTERS[0].style
    assert storage.get(LOOK_KEY) is None


def test_look_is_worn_at_once_and_told_when_the_hand_rests() -> None:
    watched = Watched(storage := MemoryStorage())
    watched.paint("#111111")
    watched.look_editor.step(1000.0)
    assert [style.skin for style in watched.worn] == ["#111111"]
    watched.look_editor.step(1000.0 + QUIET_MS - 1.0)
    assert watched.settled == []
    watched.look_editor.step(1000.0 + QUIET_MS)
    assert watched.settled == watched.worn
    assert json.loads(storage.values[LOOK_KEY])["skin"] == "#111111"


def test_only_the_newest_look_is_worn_when_many_come_within_a_frame() -> None:
    watched = Watched(MemoryStorage())
    for colour in ("#111111", "#222222", "#333333"):
        watched.paint(colour, "skin")
    watched.look_editor.step(0.0)
    assert [style.skin for style in watched.worn] == ["#333333"]


def test_look_is_told_in_between_when_the_hand_never_rests() -> None:
    watched = Watched(MemoryStorage())
    for frame in range(100):
        watched.paint(f"#0000{frame:02x}", "skin")
        watched.look_editor.step(16.0 * frame)
    assert len(watched.worn) == 100
    assert 1 <= len(watched.settled) <= 1600.0 / PATIENCE_MS


def test_look_is_kept_at_once_when_the_page_is_left() -> None:
    watched = Watched(storage := MemoryStorage())
    watched.paint("#111111")
    watched.look_editor.flush()
    assert json.loads(storage.values[LOOK_KEY])["skin"] == "#111111"
    watched.look_editor.flush()
    watched.look_editor.step(0.0)
    assert len(watched.settled) == len(watched.worn) == 1


def test_nothing_is_told_when_the_look_came_back_to_what_it_was() -> None:
    watched = Watched(MemoryStorage())
    watched.paint("#111111")
    watched.look_editor.step(0.0)
    watched.look_editor.undo()
    watched.look_editor.step(16.0)
    watched.look_editor.step(1000.0)
    assert watched.settled == []
    assert len(watched.worn) == 2


def test_person_is_told_when_the_browser_keeps_nothing() -> None:
    watched = Watched(MemoryStorage(keeps=False))
    watched.look_editor.shuffle()
    watched.look_editor.step(0.0)
    watched.look_editor.step(QUIET_MS)
    assert watched.forgotten == 1
    assert len(watched.settled) == 1


def test_reset_goes_to_the_new_character_when_one_was_started_from() -> None:
    watched = Watched(storage := MemoryStorage())
    watched.look_editor.start_from(CHARACTERS[4])
    watched.look_editor.shuffle()
    watched.look_editor.reset()
    assert watched.look_editor.style == CHARACTERS[4].style
    assert watched.look_editor.is_original
    assert storage.values["character"] == CHARACTERS[4].key
    watched.look_editor.undo()
    watched.look_editor.undo()
    assert watched.look_editor.style == CHARACTERS[4].style
    watched.look_editor.undo()
    assert watched.look_editor.style == CHARACTERS[0].style
