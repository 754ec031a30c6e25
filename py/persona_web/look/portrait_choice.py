"""Which portrait a person goes as: none, one of those built in, or their own, of one photo or of
several pictures.

Whatever takes time (a photo being read, a portrait being fetched) can be overtaken by the next
wish: the person gets what they asked for last. Where something fails, what was worn stays.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from persona_core.base.ports import Storage
from persona_core.errors import PersonaError, PortraitError
from persona_web.base.background import Latest

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_core.portrait.portrait import Portrait
    from persona_web.bridge.site import Site

FOLDER: Final = "portraits/"
ENDING: Final = ".portrait"
"""Of the names of portraits' files, those of the site and the person's own."""
FILE_NAME: Final = f"my-portrait{ENDING}"
FILE_FAULTS: Final = {
    "portrait-too-large": "portrait.file-too-large",
    "set-other-person": "portrait.file-other-person",
}
"""Catalogue keys of why a file was not opened, by the error's code."""

CHOICE_KEY: Final = "portrait"
OWN_KEY: Final = "portrait"
"""Where the person's own portrait is kept: a key of :class:`Blobs`."""
SHOWS_ME_KEY: Final = "portrait.shows-me"
"""Whether the portrait kept shows the person: ``true`` or not there."""

DRAWN: Final = "drawn"
"""The choice of no portrait."""
MISSING: Final = "missing"
"""What is worn by who chose a portrait that could not be brought back: nobody is seen of them,
which is better than somebody else."""
OWN: Final = "own"
BUILT_IN: Final = ("astronaut", "officer")
"""Portraits that are offered to everybody, by the names of their files."""
FORMER: Final = ("architect", "musician", "baker", "runner", "gardener")
"""Those that were offered once: whoever chose one is still seen as it."""
_ON_SITE: Final = frozenset((*BUILT_IN, *FORMER))


ReadPhoto = Callable[[Any], "Awaitable[tuple[Portrait, tuple[str, ...]]]"]
"""Makes a portrait of a photo, a file or its bytes; raises PersonaError. With it come catalogue
keys of what the photo would be better without."""


class Blobs(Protocol):
    """Bytes kept between visits; in the browser ``BrowserBlobs``."""

    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, data: bytes) -> bool: ...

    async def remove(self, key: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class PortraitStatus:
    """What a page shows of the choice.

    Attributes:
        chosen: :data:`DRAWN`, :data:`OWN`, one of :data:`BUILT_IN` or
            :data:`FORMER`, or :data:`MISSING`.
        busy: what is going on, ``reading`` or ``loading``; None for nothing.
        told: catalogue keys of how the last wish ended, where there is something to tell.
        problem: whether that is a failure.
        picked: what was picked last and is on its way; else the same as ``chosen``.
    """

    chosen: str
    busy: str | None = None
    told: tuple[str, ...] = ()
    problem: bool = False
    picked: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "picked", self.picked or self.chosen)


class PortraitChoice:
    """The portrait worn now and the person's own.

    Args:
        storage: keeps the choice.
        blobs: keeps the person's own portrait.
        built_in: fetches a built-in portrait; raises OSError.
        read: makes a portrait of a photo.
        wear: puts a portrait on the avatar; None for the drawn character. Raises PersonaError for
            what is too large to be sent; what was worn stays then. Until it is called, the page
            conceals who went as a portrait (:meth:`is_kept`).

    Attributes:
        own: the person's own portrait, chosen or not; None where there is none.
    """

    def __init__(
        self,
        storage: Storage,
        blobs: Blobs,
        built_in: Callable[[str], Awaitable[bytes]],
        read: ReadPhoto,
        wear: Callable[[PortraitSet | None], None],
    ) -> None:
        self._storage = storage
        self._blobs = blobs
        self._built_in = built_in
        self._read = read
        self._wear = wear
        self._latest = Latest()
        self._is_untouched = self._latest.ask()
        self._listeners: list[Callable[[], None]] = []
        self.own: PortraitSet | None = None
        self._shows_me = False
        self._is_kept = False
        self.status = PortraitStatus(DRAWN)

    @classmethod
    async def open(
        cls, site: Site, storage: Storage, wear: Callable[[PortraitSet | None], None]
    ) -> Self:
        """The choice in this browser; what reads photos is loaded with the first of them."""
        from persona_web.bridge.storage import BrowserBlobs

        async def built_in(name: str) -> bytes:
            return await site.fetch_bytes(f"{FOLDER}{name}{ENDING}")

        async def read(photo: Any) -> tuple[Portrait, tuple[str, ...]]:
            from persona_web.bridge.files.photo_reader import PhotoReader

            reader = await PhotoReader.open(site)
            try:
                portrait = await reader.read(photo)
                return portrait, tuple(f"photo.note.{note}" for note in reader.notes)
            finally:
                reader.close()

        return cls(storage, await BrowserBlobs.load(site), built_in, read, wear)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` at every change of :attr:`status`, :attr:`own` or
        :attr:`shows_me`."""
        self._listeners.append(listener)

    @property
    def shows_me(self) -> bool:
        """Whether their own portrait shows the person; only they know. Kept with it."""
        return self.own is not None and self._shows_me

    @shows_me.setter
    def shows_me(self, shows_me: bool) -> None:
        self._shows_me = shows_me
        self._keep_whose()
        self._tell()

    @property
    def likeness(self) -> Portrait | None:
        """The base of what is worn, where it shows the person themselves; else None."""
        if self.own is None or self.status.chosen != OWN or not self.shows_me:
            return None
        return self.own.base

    @staticmethod
    def is_kept(storage: Storage) -> bool:
        """Whether the person went as a portrait when they were here last."""
        return storage.get(CHOICE_KEY) not in (None, DRAWN)

    async def restore(self) -> None:
        """Brings back what was kept, and puts on what was chosen last, if it can be had."""
        choice = self._storage.get(CHOICE_KEY) or DRAWN
        if choice != DRAWN and self._is_untouched():
            self.status = PortraitStatus(MISSING)
        kept = await self._blobs.get(OWN_KEY)
        if kept is not None and self.own is None:  # nothing newer has come meanwhile
            self.own = _parsed(kept)
            if self.own is None:
                await self._blobs.remove(OWN_KEY)
            self._is_kept = self.own is not None
            self._shows_me = self._is_kept and self._storage.get(SHOWS_ME_KEY) == "true"
        if choice == DRAWN or not self._is_untouched():
            self._tell()
        elif choice in _ON_SITE or (choice == OWN and self.own is not None):
            await self.choose(choice)
        else:
            self._end(MISSING, ("portrait.lost",), problem=True)

    def choose(self, choice: str) -> Coroutine[Any, Any, None]:
        """Puts on one of the portraits, or the drawn character. It is picked at once, whenever
        what is given back is waited for."""
        return self._bring(choice, self._begin("loading" if choice in _ON_SITE else None, choice))

    async def _bring(self, choice: str, is_wanted: Callable[[], bool]) -> None:
        try:
            portrait = await self._portrait(choice)
        except (OSError, PersonaError):
            if is_wanted():
                self._end(self.status.chosen, ("portrait.not-loaded",), problem=True)
            return
        if is_wanted():
            self._put_on(choice, portrait)

    def take_off(self) -> None:
        """Goes as the drawn character, which is kept when this returns: the page may be left in
        the same moment."""
        if self.status.picked != DRAWN:
            self._begin(None, DRAWN)
            self._put_on(DRAWN, None)

    async def use_photo(self, photo: Any, *, shows_me: bool = False) -> None:
        """Reads a photo, puts its portrait on and keeps it in place of the one before.

        Args:
            photo: a file or its bytes.
            shows_me: what :attr:`shows_me` is of it, until the person says otherwise.
        """
        is_wanted = self._begin("reading")
        try:
            portrait, advice = await self._read(photo)
        except PersonaError as error:
            if is_wanted():
                self._end(self.status.chosen, (f"error.{error.code}",), problem=True)
            return
        if is_wanted():
            from persona_core.portrait.expressions.portrait_set import PortraitSet

            await self._take_over(PortraitSet(portrait), shows_me, advice, is_wanted)

    async def use_set(
        self, portrait_set: PortraitSet, *, shows_me: bool = False, told: tuple[str, ...] = ()
    ) -> None:
        """Puts a portrait on and keeps it in place of the one before.

        Args:
            shows_me: what :attr:`shows_me` is of it, until the person says otherwise.
            told: catalogue keys of what there is to tell of it.
        """
        await self._take_over(portrait_set, shows_me, told, self._begin(None))

    async def open_file(self, read: Callable[[int], Awaitable[bytes]]) -> None:
        """Puts on what a file holds that :meth:`save_file` made, and keeps it in place of the one
        before; which stays where the file holds nothing of the kind.

        Args:
            read: gives the file's bytes, of a longer one so many and one more; raises OSError.
        """
        from persona_core.portrait.expressions.portrait_set import MAX_FILE_BYTES

        is_wanted = self._begin("opening")
        try:
            portrait_set = _opened(await read(MAX_FILE_BYTES))
        except OSError:
            fault = "portrait.file-not-read"
        except PersonaError as error:
            fault = FILE_FAULTS.get(error.code, "portrait.file-unusable")
        else:
            if is_wanted():
                await self._take_over(portrait_set, False, ("portrait.opened",), is_wanted)
            return
        if is_wanted():
            self._end(self.status.chosen, (fault,), problem=True)

    def save_file(self, save: Callable[[str, bytes], None]) -> None:
        """Offers the person's own portrait as a file, if there is one.

        Args:
            save: takes a name and the bytes.
        """
        if self.own is None:
            return
        save(FILE_NAME, self.own.to_file())
        self.status = replace(self.status, told=("portrait.saved",), problem=False)
        self._tell()

    async def remove(self) -> None:
        """Deletes the person's own portrait, with all its pictures; who wore it goes as the drawn
        character."""
        is_wanted = self._begin(None)
        removed = await self._blobs.remove(OWN_KEY)
        self.own, self._shows_me = None, False
        self._storage.remove(SHOWS_ME_KEY)
        if not is_wanted():
            return
        told = ("portrait.removed" if removed else "portrait.not-removed",)
        if self.status.chosen == OWN:
            self._put_on(DRAWN, None, told)
        else:
            self._end(self.status.chosen, told, problem=not removed)

    async def _take_over(
        self,
        portrait_set: PortraitSet,
        shows_me: bool,
        told: tuple[str, ...],
        is_wanted: Callable[[], bool],
    ) -> None:
        try:
            data = portrait_set.to_file()
        except PersonaError as error:
            self._end(self.status.chosen, (f"error.{error.code}",), problem=True)
            return
        self.own, self._shows_me = portrait_set, shows_me
        # Before the pictures: wherever this breaks off, nobody else is taken for the person.
        self._is_kept = False
        self._storage.remove(SHOWS_ME_KEY)
        kept = await self._blobs.set(OWN_KEY, data)
        if self.own is portrait_set:
            self._is_kept = kept
            self._keep_whose()
        if is_wanted():
            self._put_on(OWN, portrait_set, told if kept else (*told, "portrait.not-kept"))

    def _keep_whose(self) -> None:
        if self.shows_me and self._is_kept:
            self._storage.set(SHOWS_ME_KEY, "true")
        else:
            self._storage.remove(SHOWS_ME_KEY)

    async def _portrait(self, choice: str) -> PortraitSet | None:
        if choice == DRAWN:
            return None
        if choice == OWN:
            return self.own
        from persona_core.portrait.expressions.portrait_set import PortraitSet

        return PortraitSet.from_file(await self._built_in(choice))

    def _begin(self, busy: str | None, picked: str = "") -> Callable[[], bool]:
        is_wanted = self._latest.ask()
        self.status = PortraitStatus(self.status.chosen, busy, picked=picked)
        self._tell()
        return is_wanted

    def _put_on(
        self, choice: str, portrait: PortraitSet | None, told: tuple[str, ...] = ()
    ) -> None:
        try:
            self._wear(portrait)
        except PersonaError:
            self._end(self.status.chosen, ("error.portrait-too-large",), problem=True)
            return
        kept = self._storage.set(CHOICE_KEY, choice)
        self._end(choice, told if kept or told else ("error.storage-failed",))

    def _end(self, chosen: str, told: tuple[str, ...], *, problem: bool = False) -> None:
        self.status = PortraitStatus(chosen, None, told, problem)
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _parsed(data: bytes) -> PortraitSet | None:
    """The portrait in what was kept; None where it cannot be read any more."""
    from persona_core.portrait.expressions.portrait_set import PortraitSet

    try:
        return PortraitSet.from_file(data)
    except PersonaError:
        return None


def _opened(data: bytes) -> PortraitSet:
    """The portrait in a file, which may be anybody's.

    Raises:
        PortraitError: it holds none, or pictures of somebody else (``set-other-person``).
    """
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_core.portrait.making.person_metric import same_person

    portrait_set = PortraitSet.from_file(data)
    base = portrait_set.base.landmarks
    if not all(same_person(base, each.landmarks) for each in portrait_set.expressions):
        raise PortraitError("an expression of another face", code="set-other-person")
    return portrait_set
