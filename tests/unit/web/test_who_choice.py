"""One thing is picked, it is what is worn, and what is not worn now is not lost."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.storage import DictStorage

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_web.look.character_choice import CHARACTER_KEY
from persona_web.look.drawn_choice import ASIDE_KEY, DAMAGED_KEY, OWN_LOOK, DrawnChoice
from persona_web.look.look_editor import LOOK_KEY, PATIENCE_MS, LookEditor
from persona_web.look.portrait_choice import CHOICE_KEY, DRAWN, PortraitChoice
from persona_web.look.who_choice import UNKNOWN, WhoChoice

MINE = AvatarStyle(skin="#123456", clothes_colour="#234567")
KEYS = [character.key for character in CHARACTERS]


class Cramped(DictStorage):
    """A store that has no room for anything new while it is full."""

    is_full = False

    def set(self, key: str, value: str) -> bool:
        return not (self.is_full and key not in self) and super().set(key, value)


def kept(**values: AvatarStyle | str) -> Cramped:
    return Cramped(
        {
            key: value if isinstance(value, str) else json.dumps(value.to_dict())
            for key, value in values.items()
        }
    )


def opened(storage: DictStorage) -> DrawnChoice:
    return DrawnChoice(storage, random.Random(1))


def settle(choice: DrawnChoice) -> None:
    choice.editor.step(0.0)
    choice.editor.step(PATIENCE_MS)


def test_newcomer_goes_as_the_first_character_and_has_no_look_of_their_own() -> None:
    choice = opened(Cramped())
    assert (choice.picked, choice.own, choice.is_damaged) == (KEYS[0], None, False)


def test_look_of_an_older_page_is_worn_and_one_made_here_is_worn_there() -> None:
    storage = kept(look=MINE, character=KEYS[2])
    choice = opened(storage)
    assert (choice.picked, choice.own, choice.editor.style) == (OWN_LOOK, MINE, MINE)
    choice.editor.shuffle()
    settle(choice)
    assert LookEditor(storage, random.Random()).style == choice.own != MINE


def test_own_look_stays_to_be_had_when_a_character_is_picked_and_the_page_is_left() -> None:
    storage = kept(look=MINE)
    choice = opened(storage)
    choice.pick(KEYS[3])
    settle(choice)
    assert (choice.picked, choice.own) == (KEYS[3], MINE)
    assert LookEditor(storage, random.Random()).style == CHARACTERS[3].style
    again = opened(storage)
    assert (again.picked, again.own) == (KEYS[3], MINE)
    again.pick(OWN_LOOK)
    settle(again)
    assert (again.picked, LookEditor(storage, random.Random()).style) == (OWN_LOOK, MINE)
    again.editor.undo()
    assert again.picked == KEYS[3]


def test_character_is_worn_that_a_page_without_looks_had_picked_last() -> None:
    choice = opened(kept(look=CHARACTERS[1].style, character=KEYS[4]))
    assert (choice.picked, choice.editor.style) == (KEYS[4], CHARACTERS[4].style)


def test_own_look_is_not_overwritten_when_there_is_no_room_to_keep_it_aside() -> None:
    storage = kept(look=MINE, character=KEYS[0])
    choice = opened(storage)
    forgotten: list[None] = []
    choice.editor.on_forgetting(lambda: forgotten.append(None))
    storage.is_full = True
    choice.pick(KEYS[2])
    settle(choice)
    assert (choice.picked, choice.own, len(forgotten)) == (KEYS[2], MINE, 1)
    assert opened(storage).own == MINE
    storage.is_full = False
    choice.pick(KEYS[3])
    settle(choice)
    assert (opened(storage).picked, opened(storage).own) == (KEYS[3], MINE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version":7}', '{"version":1,"skin":3}'])
@pytest.mark.parametrize("key", [LOOK_KEY, ASIDE_KEY])
def test_damaged_look_is_put_aside_and_told_once(key: str, text: str) -> None:
    storage = kept(**{key: text}, character=KEYS[5])
    choice = opened(storage)
    assert (choice.picked, choice.own, choice.is_damaged) == (KEYS[5], None, True)
    assert storage[DAMAGED_KEY] == text
    assert not opened(storage).is_damaged


@given(
    st.dictionaries(
        st.sampled_from([LOOK_KEY, ASIDE_KEY, CHARACTER_KEY]),
        st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps),
    )
)
def test_somebody_is_worn_whatever_the_browser_had_kept(values: dict[str, str]) -> None:
    choice = opened(Cramped(values))
    assert choice.picked in (*KEYS, OWN_LOOK)
    assert choice.is_damaged == (LOOK_KEY in values or ASIDE_KEY in values)


@given(st.lists(st.sampled_from([*KEYS, OWN_LOOK, "nobody", "edit", "undo", "redo", "reset"])))
def test_what_is_picked_is_what_is_worn_whatever_a_person_does(deeds: list[str]) -> None:
    storage = kept(look=MINE)
    choice = opened(storage)
    for deed in deeds:
        match deed:
            case "edit":
                choice.editor.shuffle()
            case "undo" | "redo" | "reset":
                getattr(choice.editor, deed)()
            case _:
                choice.pick(deed)
        worn = {one.key: one.style for one in CHARACTERS} | {OWN_LOOK: choice.own}
        assert worn[choice.picked] == choice.editor.style
    settle(choice)
    again = opened(storage)
    assert (again.picked, again.own) == (choice.picked, choice.own)


class NoBlobs:
    async def get(self, key: str) -> bytes | None:
        return None

    async def set(self, key: str, data: bytes) -> bool:
        return False

    async def remove(self, key: str) -> bool:
        return True


class Person:
    """Somebody with portraits that come late, and what is worn of them."""

    def __init__(self, storage: DictStorage) -> None:
        self.worn: list[Any] = []
        self.told = 0
        self.storage = storage
        self.who = WhoChoice(storage, opened(storage))
        self.who.undress = lambda: self.worn.append(None)
        self.who.on_change(self._hear)

    def _hear(self) -> None:
        self.told += 1

    async def fetch(self, name: str) -> bytes:
        from tests.support.site_server import ROOT

        return (ROOT / "app/portraits" / f"{name}.portrait").read_bytes()

    async def read(self, photo: Any) -> Any:
        raise AssertionError(photo)

    def bring_portraits(self) -> PortraitChoice:
        portraits = PortraitChoice(self.storage, NoBlobs(), self.fetch, self.read, self.worn.append)
        self.who.join(portraits)
        return portraits


async def settled() -> None:
    for _turn in range(4):
        await asyncio.sleep(0)


async def test_portrait_gives_way_when_a_character_is_picked_and_the_other_way_round() -> None:
    person = Person(Cramped({CHOICE_KEY: "baker"}))
    assert person.who.picked == UNKNOWN
    portraits = person.bring_portraits()
    await portraits.restore()
    assert person.who.picked == "baker"
    person.who.pick_drawn(KEYS[2])
    assert person.who.picked == KEYS[2], "at once: nothing else is ticked for a moment"
    await settled()
    assert (person.who.picked, person.worn[-1]) == (KEYS[2], None)
    choosing = portraits.choose("runner")
    assert person.who.picked == "runner"
    await choosing
    await portraits.choose("officer")
    assert person.who.picked == "officer"
    assert person.worn[-1] is not None
    person.who.drawn.editor.shuffle()
    await settled()
    assert (person.who.picked, person.worn[-1]) == (OWN_LOOK, None)
    assert person.told > 4


async def test_portrait_of_the_last_visit_is_not_put_on_when_a_character_was_picked_before() -> (
    None
):
    person = Person(Cramped({CHOICE_KEY: "baker"}))
    person.who.pick_drawn(KEYS[1])
    assert person.who.picked == KEYS[1]
    await person.bring_portraits().restore()
    assert (person.who.picked, person.storage[CHOICE_KEY]) == (KEYS[1], DRAWN)
    assert person.worn == [None]


async def test_drawn_look_stays_picked_when_a_portrait_cannot_be_fetched() -> None:
    person = Person(Cramped(character=KEYS[4]))
    portraits = person.bring_portraits()

    async def fail(name: str) -> bytes:
        raise OSError(name)

    portraits._built_in = fail
    await portraits.choose("runner")
    assert (person.who.picked, person.worn) == (KEYS[4], [])
