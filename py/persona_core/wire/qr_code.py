"""QR codes (ISO/IEC 18004) of links: bytes, error correction level M, versions 1 to 20."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, pairwise, product, zip_longest
from typing import Final

import numpy as np
import numpy.typing as npt

Modules = npt.NDArray[np.bool_]
"""(size, size); True is dark. A quiet zone of four light modules belongs around it."""
_Grid = npt.NDArray[np.int8]
"""Modules that are laid down: 1 dark, 0 light, -1 for data."""
_Index = npt.NDArray[np.intp]

_BLOCKS: Final = (1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16)
_CHECKS: Final = (
    *(10, 16, 26, 18, 24, 16, 18, 22, 22, 26),
    *(30, 22, 22, 24, 24, 28, 28, 26, 26, 26),
)
"""By version: blocks, and codewords of each that correct errors (table 9, level M)."""
_RUN: Final = re.compile(r"0{5,}|1{5,}")
_LIKE_A_FINDER: Final = re.compile(r"(?=00001011101|10111010000)")
_MASKS: Final[tuple[Callable[[_Index, _Index], _Index], ...]] = (
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2 + 0 * x,
    lambda y, x: x % 3 + 0 * y,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)
"""Zero where a mask turns a module round (table 10)."""


def qr_code(text: str) -> Modules | None:
    """The code of a text; None where its UTF-8 is longer than a code of these versions holds, 666
    bytes."""
    data = text.encode()
    for version in range(1, 1 + len(_BLOCKS)):
        grid = _grid(version)
        words = int((grid < 0).sum()) // 8
        room = words - _BLOCKS[version - 1] * _CHECKS[version - 1]
        if len(data) + (2 if version < 10 else 3) <= room:
            return _drawn(version, grid, _codewords(version, data, room))
    return None


def _grid(version: int) -> _Grid:
    """Everything that is the same in all codes of a version; places of the format are light."""
    size = 17 + 4 * version
    grid = np.full((size, size), -1, dtype=np.int8)
    grid[6, :] = grid[:, 6] = np.arange(size) % 2 == 0
    for y, x in ((0, 0), (0, size - 7), (size - 7, 0)):
        # With a light edge, and room for the format beside it.
        grid[max(y - 1, 0) : y + 9 - (y > 0), max(x - 1, 0) : x + 9 - (x > 0)] = 0
        grid[y : y + 7, x : x + 7] = _rings(3)
    grid[6, 8] = grid[8, 6] = grid[size - 8, 8] = 1
    last = size - 7
    for centre in product(_centres(version), repeat=2):
        if centre not in ((6, 6), (6, last), (last, 6)):  # where finders are
            y, x = centre
            grid[y - 2 : y + 3, x - 2 : x + 3] = _rings(2)
    if version >= 7:
        bits = version << 12 | _remainder(version << 12, 0x1F25)
        told = np.array([bits >> n & 1 for n in range(18)]).reshape(6, 3)
        grid[:6, size - 11 : size - 8] = told
        grid[size - 11 : size - 8, :6] = told.T
    return grid


def _rings(radius: int) -> _Grid:
    """A finder (3) or a centre of alignment (2)."""
    steps = np.abs(np.arange(-radius, radius + 1))
    rings: _Grid = (np.maximum(steps[:, None], steps) != radius - 1).astype(np.int8)
    return rings


def _centres(version: int) -> list[int]:
    """Rows and columns of the patterns of alignment (annex E)."""
    if version == 1:
        return []
    last, gaps = 10 + 4 * version, version // 7 + 1
    step = 2 * -(-(last - 6) // (2 * gaps))
    return [6, *(last - step * n for n in reversed(range(gaps)))]


def _codewords(version: int, data: bytes, room: int) -> list[int]:
    """The data in blocks, each with its checks, both interleaved."""
    counted = len(data).to_bytes(1 if version < 10 else 2, "big")
    # Half a byte says that bytes follow, half a byte that they end.
    shifted = (int.from_bytes(b"\x04" + counted + data, "big") << 4).to_bytes(
        len(counted) + len(data) + 2, "big"
    )
    words = shifted[1:]
    words += (b"\xec\x11" * room)[: room - len(words)]
    blocks, checks = _BLOCKS[version - 1], _CHECKS[version - 1]
    short, longer = divmod(room, blocks)
    starts = np.cumsum([0, *(short + (n >= blocks - longer) for n in range(blocks))])
    parts = [words[start:end] for start, end in pairwise(starts)]
    tails = [_checks_of(part, checks) for part in parts]
    rows = (*zip_longest(*parts), *zip(*tails, strict=True))
    return [word for word in chain.from_iterable(rows) if word is not None]


def _checks_of(data: bytes, count: int) -> list[int]:
    """The Reed-Solomon codewords over GF(256), modulo x^8 + x^4 + x^3 + x^2 + 1."""
    powers = [1]
    while len(powers) < 255:
        double = powers[-1] << 1
        powers.append(double ^ 0x11D if double > 255 else double)
    logs = {power: n for n, power in enumerate(powers)}

    def times(one: int, other: int) -> int:
        return powers[(logs[one] + logs[other]) % 255] if one and other else 0

    divisor = [1]
    for n in range(count):
        raised = [*divisor, 0]
        divisor = [raised[0], *(
            raised[i] ^ times(divisor[i - 1], powers[n]) for i in range(1, len(raised))
        )]  # fmt: skip
    rest = [0] * count
    for word in data:
        factor = word ^ rest[0]
        rest = [
            old ^ times(part, factor) for old, part in zip([*rest[1:], 0], divisor[1:], strict=True)
        ]
    return rest


def _remainder(value: int, divisor: int) -> int:
    """Of polynomials over GF(2)."""
    while value.bit_length() >= divisor.bit_length():
        value ^= divisor << value.bit_length() - divisor.bit_length()
    return value


def _drawn(version: int, grid: _Grid, words: list[int]) -> Modules:
    """With the mask that leaves the fewest features that confuse readers."""
    size = len(grid)
    free = grid < 0
    for place, bit in zip(_places(free), chain.from_iterable(map(_bits, words)), strict=False):
        grid[place] = bit
    grid[grid < 0] = 0  # up to seven modules are left
    y, x = np.mgrid[:size, :size]
    masked = []
    for number, mask in enumerate(_MASKS):
        modules = grid.astype(np.bool_) ^ ((mask(y, x) == 0) & free)
        _tell_format(modules, number)
        masked.append(modules)
    return min(masked, key=_penalty)


def _bits(word: int) -> Iterator[int]:
    return (word >> n & 1 for n in range(7, -1, -1))


def _places(free: Modules) -> Iterator[tuple[int, int]]:
    """Places for data in their order: columns in pairs from the right, up and down by turns."""
    size = len(free)
    rows = range(size)
    for n, right in enumerate([*range(size - 1, 6, -2), *range(5, 0, -2)]):
        for y in rows if n % 2 else reversed(rows):
            yield from ((y, x) for x in (right, right - 1) if free[y, x])


def _tell_format(modules: Modules, mask: int) -> None:
    """Writes down, twice, level M (00) and the mask."""
    bits = (mask << 10 | _remainder(mask << 10, 0x537)) ^ 0x5412
    told = [bool(bits >> n & 1) for n in range(15)]
    size = len(modules)
    down = [*range(6), 7, 8, *range(size - 7, size)]
    across = [*range(size - 1, size - 9, -1), 7, *range(5, -1, -1)]
    modules[down, 8] = told
    modules[8, across] = told
    modules[size - 8, 8] = True


def _penalty(modules: Modules) -> int:
    """Section 7.8.3."""
    signs = modules.astype(np.uint8) + ord("0")
    lines = [line.tobytes().decode() for line in (*signs, *signs.T)]
    runs = sum(len(run[0]) - 2 for line in lines for run in _RUN.finditer(line))
    squares = (modules[:-1, :-1] == modules[1:, :-1]) & (modules[:-1, 1:] == modules[1:, 1:])
    squares &= modules[:-1, :-1] == modules[:-1, 1:]
    finders = sum(len(_LIKE_A_FINDER.findall(line)) for line in lines)
    dark = int(abs(float(modules.mean()) * 20.0 - 10.0))
    return runs + 3 * int(squares.sum()) + 40 * finders + 10 * dark
