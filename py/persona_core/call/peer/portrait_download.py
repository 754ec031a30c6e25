"""``PortraitDownload``: the receiver's half of how a portrait gets to a peer.

The way it goes is told in :mod:`~persona_core.call.peer.portrait_upload`.
"""

from __future__ import annotations

import hashlib

from persona_core.wire.control import PortraitChunk, PortraitName, PortraitWanted


class PortraitDownload:
    """What a peer wears, on its way to us: the portrait, then its expressions one by one.

    Whatever is sent, it holds no more than twice what one portrait may have with its expressions:
    those worn before are kept until the next portrait is whole.

    Args:
        wanted: whether this page shows portraits at all.

    Attributes:
        refused: chunks that nobody asked for, or that were not the next, and pictures whose
            bytes were not what their name says.
    """

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._names: tuple[PortraitName, ...] = ()
        self._whole: dict[PortraitName, bytes] = {}
        self._forged: frozenset[PortraitName] = frozenset()
        self._asked: PortraitName | None = None
        self._part = bytearray()
        """Of the first that is missing."""
        self.refused = 0

    @property
    def is_worn(self) -> bool:
        """Whether the peer wears a portrait, be it here or not."""
        return bool(self._names)

    @property
    def portrait(self) -> bytes | None:
        """The portrait that the peer wears now, whole and true to its name."""
        return self._whole.get(self._names[0]) if self._names else None

    @property
    def expressions(self) -> tuple[bytes, ...]:
        """Those of its expressions that are here, in the order in which they were named."""
        if self.portrait is None:
            return ()
        return tuple(self._whole[name] for name in self._names[1:] if name in self._whole)

    @property
    def is_under_way(self) -> bool:
        """Whether something was asked for that has not come yet."""
        return self._asked is not None

    @property
    def progress(self) -> float | None:
        """How much of everything is here, in [0, 1); None when nothing is awaited."""
        missing = self._missing
        if missing is None:
            return None
        done = sum(name.size for name in self._names if self._is_done(name))
        return (done + len(self._part)) / sum(name.size for name in self._names)

    def announce(
        self, portrait: PortraitName | None, expressions: tuple[PortraitName, ...] = ()
    ) -> None:
        """The peer wears this from now on.

        What was worn before is kept until another portrait is whole, so that taking it off and on
        again costs nothing.
        """
        names = () if portrait is None else (portrait, *expressions)
        was_missing = self._missing
        self._names = names
        if names:
            self._forged &= frozenset(names)
        if self.portrait is not None:
            self._forget_others()
        if self._missing != was_missing:
            self._part.clear()
            self._asked = None

    def ask(self) -> PortraitWanted | None:
        """What to ask the peer for now: None where nothing is missing, or something is on its
        way."""
        name = self._missing
        if name is None or self._asked is not None:
            return None
        self._asked = name
        return PortraitWanted(name.sha256, len(self._part))

    def interrupt(self) -> None:
        """What was asked for does not come: it has to be asked for again."""
        self._asked = None

    def take(self, chunk: PortraitChunk) -> bool:
        """Takes the next piece; False, and counted, when it is not that."""
        name = self._asked
        if (
            name is None
            or chunk.sha256 != name.sha256
            or chunk.offset != len(self._part)
            or chunk.offset + len(chunk.data) > name.size
        ):
            self.refused += 1
            return False
        self._part += chunk.data
        return len(self._part) < name.size or self._finish(name)

    @property
    def _missing(self) -> PortraitName | None:
        """The next to ask for. Without the portrait its expressions are of no use."""
        if not self._wanted or (self._names and self._names[0] in self._forged):
            return None
        return next((name for name in self._names if not self._is_done(name)), None)

    def _is_done(self, name: PortraitName) -> bool:
        """Whether it is here, or never will be: asking again would bring the same."""
        return name in self._whole or name in self._forged

    def _finish(self, name: PortraitName) -> bool:
        data = bytes(self._part)
        self._part.clear()
        self._asked = None
        if hashlib.sha256(data).hexdigest() != name.sha256:
            self._forged |= {name}
            self.refused += 1
            return False
        self._whole[name] = data
        self._forget_others()
        return True

    def _forget_others(self) -> None:
        self._whole = {name: self._whole[name] for name in self._names if name in self._whole}
