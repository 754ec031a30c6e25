"""``NamePlates``: tells people apart who have the same name, or none."""

from __future__ import annotations

from collections.abc import Iterable

from persona_core.wire.person_name import same_name


class NamePlates:
    """Numbers by peer id. Who had a number keeps it as long as the name."""

    def __init__(self) -> None:
        self._plates: dict[str, tuple[str, int]] = {}

    def follow(self, people: Iterable[tuple[str, str]]) -> None:
        """Brings the numbers in step with who is there.

        Args:
            people: peer id and name of everybody, in the order of arrival; the name may be empty.
        """
        there = {peer: same_name(name) for peer, name in people}
        self._plates = {
            peer: plate for peer, plate in self._plates.items() if there.get(peer) == plate[0]
        }
        for peer, name in there.items():
            if peer not in self._plates:
                taken = {number for known, number in self._plates.values() if known == name}
                number = next(number for number in range(1, len(there) + 2) if number not in taken)
                self._plates[peer] = (name, number)

    def number(self, peer: str) -> int:
        """1 for the first of a name; 2 and on for others who are called the same."""
        return self._plates.get(peer, ("", 1))[1]
