"""``ChatLog``: the lines of a call, as long as the page; the last 500, nowhere else."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

MAX_LINES: Final = 500


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line.

    Attributes:
        number: counts up from 1, kept ones and forgotten ones.
        sender: peer id; None for the person on this page.
        receiver: peer id, for a line of ours to one alone; None otherwise.
        is_private: whether one alone was meant.
    """

    number: int
    sender: str | None
    text: str
    is_private: bool = False
    receiver: str | None = None


class ChatLog:
    """The lines, the oldest first."""

    def __init__(self) -> None:
        self._lines: deque[ChatLine] = deque(maxlen=MAX_LINES)
        self._count = 0

    @property
    def lines(self) -> tuple[ChatLine, ...]:
        """At most 500."""
        return tuple(self._lines)

    def add(
        self,
        sender: str | None,
        text: str,
        *,
        is_private: bool = False,
        receiver: str | None = None,
    ) -> ChatLine:
        self._count += 1
        line = ChatLine(self._count, sender, text, is_private, receiver)
        self._lines.append(line)
        return line

    def clear(self) -> None:
        """Another call: its lines are nobody else's."""
        self._lines.clear()
