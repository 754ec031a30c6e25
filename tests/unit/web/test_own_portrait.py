"""Which portrait is worn: chosen, read, overtaken, failed, kept, restored and deleted."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.portraits import built_in, canonical_portrait, expression_of, portrait_set

from persona_core.errors import ControlError, PhotoError
from persona_core.portrait.expressions.portrait_set import MAX_FILE_BYTES, PortraitSet
from persona_core.portrait.portrait import Portrait
from persona_web.look.portrait_choice import (
    BUILT_IN,
    CHOICE_KEY,
    DRAWN,
    FORMER,
    MISSING,
    OWN,
    OWN_KEY,
    PortraitChoice,
)

ASTRONAUT, OFFICER, *_ = BUILT_IN
MINE = canonical_portrait("gold")
Reading = tuple[Portrait, tuple[str, ...]]
SHIPPED = {
    ASTRONAUT: canonical_portrait("white"),
    OFFICER: canonical_portrait("navy"),
    FORMER[0]: canonical_portrait("plum"),
}


class Memory:
    """Both stores of a browser; one that is ``full`` keeps nothing new."""

    def __init__(self) -> None:
        self.strings: dict[str, str] = {}
        self.blobs: dict[str, bytes] = {}
        self.full = False


class Strings:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, key: str) -> str | None:
        return self._memory.strings.get(key)

    def set(self, key: str, value: str) -> bool:
        if not self._memory.full:
            self._memory.strings[key] = value
        return not self._memory.full

    def remove(self, key: str) -> None:
        self._memory.strings.pop(key, None)


class Blobs:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(self, key: str) -> bytes | None:
        return self._memory.blobs.get(key)

    async def set(self, key: str, data: bytes) -> bool:
        if not self._memory.full:
            self._memory.blobs[key] = data
        return not self._memory.full

    async def remove(self, key: str) -> bool:
        self._memory.blobs.pop(key, None)
        return True


class Wearer:
    """A person with a choice: what they wear, and the readings and fetches in their hand."""

    def __init__(self, memory: Memory) -> None:
        self.worn: list[bytes | None] = []
        self.pictures: list[int] = []
        self.busy: list[tuple[str | None, str]] = []
        self.photo: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self.reading = asyncio.Event()
        self.offline = False
        self.is_unsendable = False
        self.own = PortraitChoice(
            Strings(memory), Blobs(memory), self._fetch, self._read, self._wear
        )
        self.own.on_change(lambda: self.busy.append((self.own.status.busy, self.own.status.picked)))

    async def _fetch(self, name: str) -> bytes:
        if self.offline:
            raise OSError("no network")
        return SHIPPED[name].to_bytes()

    async def _read(self, photo: object) -> Reading:
        del photo
        self.reading.set()
        return await self.photo

    def _wear(self, portrait: PortraitSet | None) -> None:
        if self.is_unsendable:
            raise ControlError("long", code="control-too-large")
        self.worn.append(None if portrait is None else portrait.base.image)
        self.pictures.append(0 if portrait is None else 1 + len(portrait.expressions))


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
async def wearer(memory: Memory) -> Wearer:
    return Wearer(memory)


async def test_newcomer_goes_as_the_drawn_character_when_nothing_was_kept(wearer: Wearer) -> None:
    await wearer.own.restore()
    assert wearer.worn == []
    assert wearer.own.status.chosen == DRAWN


async def test_built_in_portrait_is_worn_again_when_the_person_comes_back(
    wearer: Wearer, memory: Memory
) -> None:
    await wearer.own.choose(ASTRONAUT)
    assert wearer.worn == [SHIPPED[ASTRONAUT].image]
    assert wearer.busy == [("loading", ASTRONAUT), (None, ASTRONAUT)]
    again = Wearer(memory)
    await again.own.restore()
    assert again.worn == [SHIPPED[ASTRONAUT].image]
    assert again.own.status.chosen == ASTRONAUT


async def test_portrait_that_is_no_longer_offered_is_still_worn_by_who_chose_it(
    wearer: Wearer, memory: Memory
) -> None:
    memory.strings[CHOICE_KEY] = FORMER[0]
    await wearer.own.restore()
    assert wearer.worn == [SHIPPED[FORMER[0]].image]
    assert wearer.own.status.chosen == FORMER[0]


async def test_every_portrait_that_may_have_been_chosen_lies_on_the_site() -> None:
    for name in (*BUILT_IN, *FORMER):
        assert built_in(name).image


async def test_photo_is_worn_and_kept_when_it_was_read(wearer: Wearer, memory: Memory) -> None:
    reading = asyncio.create_task(wearer.own.use_photo(b"photo"))
    await wearer.reading.wait()
    assert wearer.own.status.busy == "reading"
    wearer.photo.set_result((MINE, ()))
    await reading
    assert (wearer.own.status.chosen, wearer.own.status.told) == (OWN, ())
    assert wearer.worn == [MINE.image]
    again = Wearer(memory)
    await again.own.restore()
    assert again.worn == [MINE.image]
    assert again.own.own is not None


async def test_old_face_stays_and_the_fault_is_named_when_a_photo_cannot_be_read(
    wearer: Wearer,
) -> None:
    await wearer.own.choose(OFFICER)
    reading = asyncio.create_task(wearer.own.use_photo(b"photo"))
    await wearer.reading.wait()
    wearer.photo.set_exception(PhotoError("two", code="photo-several-faces"))
    await reading
    status = wearer.own.status
    assert (status.chosen, status.told, status.problem) == (
        OFFICER,
        ("error.photo-several-faces",),
        True,
    )
    assert wearer.worn == [SHIPPED[OFFICER].image]
    assert wearer.own.own is None


async def test_old_face_stays_when_a_built_in_portrait_cannot_be_fetched(wearer: Wearer) -> None:
    wearer.offline = True
    await wearer.own.choose(ASTRONAUT)
    status = wearer.own.status
    assert (status.chosen, status.told, status.problem) == (DRAWN, ("portrait.not-loaded",), True)
    assert wearer.busy == [("loading", ASTRONAUT), (None, DRAWN)]
    assert wearer.worn == []


async def test_last_wish_wins_when_a_photo_is_still_being_read(wearer: Wearer) -> None:
    reading = asyncio.create_task(wearer.own.use_photo(b"photo"))
    await wearer.reading.wait()
    await wearer.own.choose(ASTRONAUT)
    wearer.photo.set_result((MINE, ()))
    await reading
    assert wearer.worn == [SHIPPED[ASTRONAUT].image]
    assert wearer.own.status.chosen == ASTRONAUT


async def test_person_is_told_when_the_browser_has_no_room_for_the_photo(
    wearer: Wearer, memory: Memory
) -> None:
    memory.full = True
    reading = asyncio.create_task(wearer.own.use_photo(b"photo"))
    await wearer.reading.wait()
    wearer.photo.set_result((MINE, ()))
    await reading
    assert (wearer.own.status.chosen, wearer.own.status.told) == (OWN, ("portrait.not-kept",))
    assert wearer.worn == [MINE.image]


async def test_advice_is_given_when_the_photo_could_be_better(wearer: Wearer) -> None:
    reading = asyncio.create_task(wearer.own.use_photo(b"photo"))
    await wearer.reading.wait()
    wearer.photo.set_result((MINE, ("photo.note.mouth-open",)))
    await reading
    status = wearer.own.status
    assert (status.chosen, status.told, status.problem) == (OWN, ("photo.note.mouth-open",), False)


async def test_photo_is_gone_for_good_when_it_is_deleted(wearer: Wearer, memory: Memory) -> None:
    memory.blobs[OWN_KEY] = MINE.to_bytes()
    memory.strings[CHOICE_KEY] = OWN
    await wearer.own.restore()
    await wearer.own.remove()
    assert wearer.worn == [MINE.image, None]
    assert (wearer.own.status.chosen, wearer.own.status.told) == (DRAWN, ("portrait.removed",))
    assert memory.blobs == {}
    assert wearer.own.own is None


async def test_other_portrait_stays_on_when_the_photo_is_deleted(
    wearer: Wearer, memory: Memory
) -> None:
    memory.blobs[OWN_KEY] = MINE.to_bytes()
    memory.strings[CHOICE_KEY] = OFFICER
    await wearer.own.restore()
    await wearer.own.remove()
    assert wearer.worn == [SHIPPED[OFFICER].image]
    assert wearer.own.status.chosen == OFFICER


async def use(wearer: Wearer, portrait: Portrait, *, shows_me: bool) -> None:
    """A photo that turns out to be a good one."""
    wearer.photo = asyncio.get_running_loop().create_future()
    wearer.photo.set_result((portrait, ()))
    await wearer.own.use_photo(b"photo", shows_me=shows_me)


@pytest.mark.parametrize("shows_me", [True, False])
async def test_whom_the_photo_shows_is_remembered_with_it_when_the_person_comes_back(
    wearer: Wearer, memory: Memory, shows_me: bool
) -> None:
    await use(wearer, MINE, shows_me=shows_me)
    assert wearer.own.shows_me is shows_me
    again = Wearer(memory)
    assert not again.own.shows_me
    await again.own.restore()
    assert again.own.shows_me is shows_me
    assert again.own.own is not None
    assert (again.own.likeness is again.own.own.base) is shows_me


async def test_likeness_is_worn_only_while_a_photo_of_the_person_is(wearer: Wearer) -> None:
    likenesses: list[Portrait | None] = []
    wearer.own.on_change(lambda: likenesses.append(wearer.own.likeness))
    await use(wearer, MINE, shows_me=False)
    assert likenesses[-1] is None
    wearer.own.shows_me = True
    assert likenesses[-1] is MINE
    await wearer.own.choose(ASTRONAUT)
    assert likenesses[-1] is None
    await wearer.own.choose(OWN)
    assert likenesses[-1] is MINE
    await wearer.own.choose(DRAWN)
    assert likenesses[-1] is None
    await wearer.own.choose(OWN)
    await wearer.own.remove()
    assert likenesses[-1] is None


async def test_next_photo_is_nobodys_likeness_when_the_one_before_showed_the_person(
    wearer: Wearer, memory: Memory
) -> None:
    await use(wearer, MINE, shows_me=True)
    await use(wearer, SHIPPED[OFFICER], shows_me=False)
    assert wearer.own.likeness is None
    await wearer.own.remove()
    memory.blobs[OWN_KEY] = MINE.to_bytes()
    again = Wearer(memory)
    await again.own.restore()
    assert not again.own.shows_me


async def test_photo_kept_before_is_not_taken_for_the_person_when_the_new_one_is_not_kept(
    wearer: Wearer, memory: Memory
) -> None:
    await use(wearer, SHIPPED[OFFICER], shows_me=False)
    kept = memory.blobs[OWN_KEY]
    memory.full = True
    await use(wearer, MINE, shows_me=True)
    memory.full = False
    wearer.own.shows_me = True
    assert wearer.own.likeness is MINE
    assert memory.blobs[OWN_KEY] == kept
    again = Wearer(memory)
    await again.own.restore()
    assert not again.own.shows_me


@pytest.mark.parametrize("kept", [b"", b"VPP1 and nothing more"])
async def test_nobody_is_worn_and_the_person_told_when_what_was_kept_is_damaged(
    wearer: Wearer, memory: Memory, kept: bytes
) -> None:
    memory.blobs[OWN_KEY] = kept
    memory.strings[CHOICE_KEY] = OWN
    await wearer.own.restore()
    check_missing(wearer, "portrait.lost")
    assert memory.blobs == {}
    wearer.own.take_off()
    assert memory.strings[CHOICE_KEY] == DRAWN, "kept before anything else happens"
    wearer.own.take_off()
    assert (wearer.worn, wearer.own.status.chosen) == ([None], DRAWN)


def check_missing(wearer: Wearer, told: str) -> None:
    """Whoever chose a portrait is nobody rather than a drawn character, and is told."""
    status = wearer.own.status
    assert (status.chosen, status.told, status.problem) == (MISSING, (told,), True)
    assert status.picked == MISSING
    assert wearer.worn == []


async def test_nobody_is_worn_when_the_portrait_chosen_last_cannot_be_fetched(
    wearer: Wearer, memory: Memory
) -> None:
    memory.strings[CHOICE_KEY] = ASTRONAUT
    wearer.offline = True
    await wearer.own.restore()
    check_missing(wearer, "portrait.not-loaded")
    wearer.offline = False
    await wearer.own.choose(ASTRONAUT)
    assert wearer.worn == [SHIPPED[ASTRONAUT].image]
    assert wearer.own.status.chosen == ASTRONAUT


async def test_nobody_is_worn_on_the_next_page_when_the_browser_had_no_room_for_the_portrait(
    wearer: Wearer, memory: Memory
) -> None:
    memory.strings[CHOICE_KEY] = OWN
    await wearer.own.restore()
    check_missing(wearer, "portrait.lost")


async def test_portrait_worn_stays_and_the_person_is_told_when_the_next_cannot_be_sent(
    wearer: Wearer, memory: Memory
) -> None:
    await wearer.own.choose(ASTRONAUT)
    wearer.is_unsendable = True
    await wearer.own.choose(OFFICER)
    status = wearer.own.status
    assert (status.chosen, status.told) == (ASTRONAUT, ("error.portrait-too-large",))
    assert status.problem
    assert wearer.worn == [SHIPPED[ASTRONAUT].image]
    assert memory.strings[CHOICE_KEY] == ASTRONAUT


SET = portrait_set(3)


class Disk:
    """A file of the person's machine; without bytes it has gone."""

    def __init__(self, data: bytes | None) -> None:
        self.data = data
        self.name = ""

    def save(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data

    async def read(self, limit: int) -> bytes:
        if self.data is None:
            raise OSError("gone")
        return self.data[: limit + 1]


async def test_set_is_worn_kept_and_brought_back_with_all_its_pictures(
    wearer: Wearer, memory: Memory
) -> None:
    await wearer.own.use_set(SET, shows_me=True, told=("portrait.opened",))
    assert (wearer.own.status.chosen, wearer.own.status.told) == (OWN, ("portrait.opened",))
    assert (wearer.worn, wearer.pictures) == ([SET.base.image], [4])
    assert wearer.own.likeness is SET.base
    assert memory.blobs == {OWN_KEY: SET.to_file()}
    again = Wearer(memory)
    await again.own.restore()
    assert (again.worn, again.pictures) == ([SET.base.image], [4])
    assert again.own.own is not None
    assert again.own.own.to_file() == SET.to_file()
    assert again.own.shows_me


async def test_portrait_kept_before_there_were_sets_is_brought_back(
    wearer: Wearer, memory: Memory
) -> None:
    memory.blobs[OWN_KEY] = MINE.to_bytes()
    memory.strings[CHOICE_KEY] = OWN
    await wearer.own.restore()
    assert (wearer.worn, wearer.pictures) == ([MINE.image], [1])


async def test_set_is_worn_and_the_person_told_when_the_browser_has_no_room_for_it(
    wearer: Wearer, memory: Memory
) -> None:
    memory.full = True
    await wearer.own.use_set(SET)
    assert (wearer.own.status.chosen, wearer.own.status.told) == (OWN, ("portrait.not-kept",))
    assert wearer.pictures == [4]


async def test_set_and_all_its_pictures_are_gone_when_the_portrait_is_deleted(
    wearer: Wearer, memory: Memory
) -> None:
    await wearer.own.use_set(SET, shows_me=True)
    await wearer.own.remove()
    assert (memory.blobs, wearer.own.own, wearer.pictures) == ({}, None, [4, 0])
    assert "portrait.shows-me" not in memory.strings


async def test_set_too_large_to_travel_is_not_taken_and_the_one_before_stays(
    wearer: Wearer, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await use(wearer, MINE, shows_me=True)
    monkeypatch.setattr("persona_core.portrait.expressions.portrait_set.MAX_SET_BYTES", 50_000)
    await wearer.own.use_set(SET)
    status = wearer.own.status
    assert (status.told, status.problem) == (("error.portrait-too-large",), True)
    assert wearer.worn == [MINE.image]
    assert wearer.own.likeness is MINE
    assert memory.blobs == {OWN_KEY: PortraitSet(MINE).to_file()}


async def test_same_portrait_comes_back_when_its_file_is_opened_on_another_device(
    wearer: Wearer,
) -> None:
    disk = Disk(None)
    wearer.own.save_file(disk.save)
    assert disk.name == "", "there is nothing to save"
    await wearer.own.use_set(SET, shows_me=True)
    wearer.own.save_file(disk.save)
    assert wearer.own.status.told == ("portrait.saved",)
    assert disk.name.endswith(".portrait")
    other = Wearer(Memory())
    await other.own.open_file(disk.read)
    assert (other.own.status.chosen, other.own.status.told) == (OWN, ("portrait.opened",))
    assert (other.worn, other.pictures) == ([SET.base.image], [4])
    assert not other.own.shows_me, "whose it is the person has to say"
    again = Disk(None)
    other.own.save_file(again.save)
    assert again.data == disk.data == SET.to_file()


async def test_portrait_of_one_photo_is_opened_too(wearer: Wearer) -> None:
    await wearer.own.open_file(Disk(MINE.to_bytes()).read)
    assert (wearer.worn, wearer.pictures) == ([MINE.image], [1])


def mixed() -> bytes:
    """A file whose expressions are of another face than its base."""
    other = canonical_portrait()
    return PortraitSet(other, (expression_of(SET.base),)).to_file()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "file-unusable"),
        (b"a text", "file-unusable"),
        (SET.to_file()[:-1], "file-unusable"),
        (SET.to_file() + b"!", "file-unusable"),
        (bytes(10_000_000), "file-too-large"),
        (SET.to_file() + bytes(MAX_FILE_BYTES), "file-too-large"),
        (mixed(), "file-other-person"),
        (None, "file-not-read"),
    ],
    ids=["empty", "text", "cut", "longer", "large", "large set", "mixed", "gone"],
)
async def test_what_was_there_stays_and_the_fault_is_named_when_a_file_is_bad(
    wearer: Wearer, memory: Memory, data: bytes | None, fault: str
) -> None:
    await wearer.own.use_set(SET, shows_me=True)
    kept, strings = dict(memory.blobs), dict(memory.strings)
    await wearer.own.open_file(Disk(data).read)
    status = wearer.own.status
    assert (status.chosen, status.told, status.problem) == (OWN, (f"portrait.{fault}",), True)
    assert (memory.blobs, memory.strings) == (kept, strings)
    assert wearer.own.own is SET
    assert wearer.own.likeness is SET.base
    assert wearer.pictures == [4]


async def test_last_wish_wins_when_a_file_is_still_being_read(wearer: Wearer) -> None:
    gate = asyncio.Event()

    async def slow(_limit: int) -> bytes:
        await gate.wait()
        return SET.to_file()

    opening = asyncio.create_task(wearer.own.open_file(slow))
    await asyncio.sleep(0)
    assert wearer.own.status.busy == "opening"
    await wearer.own.choose(ASTRONAUT)
    gate.set()
    await opening
    assert wearer.worn == [SHIPPED[ASTRONAUT].image]
    assert (wearer.own.status.chosen, wearer.own.own) == (ASTRONAUT, None)


async def test_newer_portrait_stays_when_the_one_kept_before_comes_from_storage_late(
    memory: Memory,
) -> None:
    memory.blobs[OWN_KEY] = MINE.to_bytes()
    memory.strings[CHOICE_KEY] = OWN
    wearer = Wearer(memory)
    restoring = asyncio.create_task(wearer.own.restore())
    await wearer.own.use_set(SET, shows_me=True)
    await restoring
    assert wearer.own.own is SET
    assert wearer.own.likeness is SET.base
    assert wearer.pictures == [4]
