"""Which portrait is worn: chosen, read, overtaken, failed, kept, restored and deleted."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.portraits import canonical_portrait

from persona_core.errors import PhotoError
from persona_core.portrait.portrait import Portrait
from persona_web.look.portrait_choice import (
    BUILT_IN,
    CHOICE_KEY,
    DRAWN,
    OWN,
    OWN_KEY,
    PortraitChoice,
)

ASTRONAUT, OFFICER, *_ = BUILT_IN
MINE = canonical_portrait("gold")
Reading = tuple[Portrait, tuple[str, ...]]
SHIPPED = {ASTRONAUT: canonical_portrait("white"), OFFICER: canonical_portrait("navy")}


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
        self.busy: list[tuple[str | None, str]] = []
        self.photo: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self.reading = asyncio.Event()
        self.offline = False
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

    def _wear(self, portrait: Portrait | None) -> None:
        self.worn.append(None if portrait is None else portrait.image)


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
    assert (again.own.likeness is again.own.own) is shows_me


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
async def test_person_goes_as_drawn_when_what_was_kept_is_damaged(
    wearer: Wearer, memory: Memory, kept: bytes
) -> None:
    memory.blobs[OWN_KEY] = kept
    memory.strings[CHOICE_KEY] = OWN
    await wearer.own.restore()
    assert wearer.own.status.chosen == DRAWN
    assert memory.blobs == {}
