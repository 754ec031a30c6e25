"""What a person calls themselves: 1 to 40 characters, whatever a stranger sent.

A name stands beside others' words and is read out, so nothing in it may reach beyond it: no control
characters, none that turn the direction of writing (Unicode Standard Annex 9, table 4), none that
cannot be seen, and no towers of marks. Names in both directions of writing are themselves; the page
isolates each. Joiners stay where they join something, as emoji and Persian words need them.
"""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_NAME: Final = 40
"""Characters (code points) of a name."""
MAX_MARKS: Final = 4
"""Combining marks on one character."""

_JOINERS: Final = "\u200c\u200d"
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Fillers and blanks that count as letters, marks or symbols."""
_NEVER: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_MARKS: Final = frozenset({"Mn", "Me"})


def clean_name(text: str) -> str:
    """The name in ``text``; empty where there is none. What is clean already stays as it is."""
    shown = "".join(kept for character in text for kept in _kept(character))
    words = " ".join(unicodedata.normalize("NFC", shown).split())
    return _end_cleanly("".join(_without_towers(words))[:MAX_NAME])


def same_name(name: str) -> str:
    """What two names have in common that look alike: width, case and spaces aside."""
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")


def _kept(character: str) -> str:
    if character.isspace():
        return " "
    if character in _JOINERS:
        return character
    unseen = character in _UNSEEN or unicodedata.category(character) in _NEVER
    return "" if unseen else character


def _without_towers(words: str) -> list[str]:
    """Joiners and marks need something before them, and not too many follow each other."""
    kept: list[str] = []
    marks = 0
    for character in words:
        is_mark = unicodedata.category(character) in _MARKS
        hangs = is_mark or character in _JOINERS
        if hangs and (not kept or kept[-1] == " "):
            continue
        if character in _JOINERS and kept[-1] in _JOINERS:
            continue
        marks = marks + 1 if is_mark else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return kept


def _end_cleanly(name: str) -> str:
    return name.rstrip(" " + _JOINERS)
