"""``PortraitSet``: a portrait and further pictures of the same person; and its file.

A file begins with ``VPS2``, u8 number of expressions and 3 reserved, then u32 length and bytes of
the portrait (:mod:`~persona_core.portrait.portrait`), and the same of each expression
(:mod:`~persona_core.portrait.expressions.expression`), little-endian. To a peer the same bytes
travel one by one, the portrait first, so that one who knows no sets shows the portrait.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from persona_core.errors import PortraitError
from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.portrait import Portrait

MAX_EXPRESSIONS: Final = 8
MAX_SET_BYTES: Final = 400_000
"""Of the portrait and its expressions together, without what frames them in a file."""

_MAGIC: Final = b"VPS2"
_HEAD: Final = struct.Struct("<4sB3x")
_LENGTH: Final = struct.Struct("<I")
MAX_FILE_BYTES: Final = _HEAD.size + (1 + MAX_EXPRESSIONS) * _LENGTH.size + MAX_SET_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class PortraitSet:
    """A portrait that has more than one picture to show, or only its first.

    Attributes:
        base: the picture that is shown where nothing else is known; closed mouth and open eyes
            serve best.
        expressions: none to eight further pictures of the same person.

    Raises:
        PortraitError: more than eight.
    """

    base: Portrait
    expressions: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        if len(self.expressions) > MAX_EXPRESSIONS:
            raise PortraitError(f"{len(self.expressions)} expressions")

    def continues(self, before: PortraitSet) -> bool:
        """Whether it is what was before, or that with further expressions at its end."""
        common = self.expressions[: len(before.expressions)]
        return self.base is before.base and common == before.expressions

    def to_parts(self) -> tuple[bytes, tuple[bytes, ...]]:
        """The portrait's bytes and those of each expression, for peers.

        Raises:
            PortraitError: together they would have more than 400,000 (``portrait-too-large``).
        """
        base = self.base.to_bytes()
        others = tuple(expression.to_bytes() for expression in self.expressions)
        size = len(base) + sum(map(len, others))
        if size > MAX_SET_BYTES:
            raise PortraitError(f"{size} bytes", code="portrait-too-large")
        return base, others

    def to_file(self) -> bytes:
        """One file for storage and export; raises as :meth:`to_parts` does."""
        base, others = self.to_parts()
        framed = [_LENGTH.pack(len(part)) + part for part in (base, *others)]
        return _HEAD.pack(_MAGIC, len(others)) + b"".join(framed)

    @classmethod
    def from_file(cls, data: bytes) -> PortraitSet:
        """Reads what :meth:`to_file` wrote, or a single portrait's bytes.

        Raises:
            PortraitError: anything else; nothing of it is used.
        """
        if data[:4] != _MAGIC:
            return cls(Portrait.from_bytes(data))
        first, *others = _parts(data)
        return cls(Portrait.from_bytes(first), tuple(map(Expression.from_bytes, others)))


def _parts(data: bytes) -> list[bytes]:
    """The portrait's bytes in a file, then those of its expressions; nothing is read in them."""
    if len(data) > MAX_FILE_BYTES:
        raise PortraitError(f"{len(data)} bytes", code="portrait-too-large")
    if len(data) < _HEAD.size:
        raise PortraitError("a set of portraits is cut short")
    count = _HEAD.unpack_from(data)[1]
    if count > MAX_EXPRESSIONS:
        raise PortraitError(f"{count} expressions")
    parts, offset = [], _HEAD.size
    for _ in range(1 + count):
        start = offset + _LENGTH.size
        if start > len(data):
            raise PortraitError("a set of portraits is cut short")
        offset = start + _LENGTH.unpack_from(data, offset)[0]
        if offset > len(data):
            raise PortraitError("a set of portraits is cut short")
        parts.append(data[start:offset])
    if offset != len(data):
        raise PortraitError("a set of portraits with more at its end")
    size = sum(map(len, parts))
    if size > MAX_SET_BYTES:
        raise PortraitError(f"{size} bytes", code="portrait-too-large")
    return parts
