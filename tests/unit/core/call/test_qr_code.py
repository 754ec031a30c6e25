"""QR codes, read back by a reader of the tests' own, and compared with a known library's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona_core.wire.qr_code import Modules, qr_code

LINK = "https://calls.example/room-v3/#room=abcdefghijkl&key=ABCDEFGHIJKLMNOPQRSTUV"
# segno 1.6.6: make_qr("https://x/#abc", error="m", boost_error=False, mode="byte", mask=3)
KNOWN = """
111111101000001111111 100000101000001000001 101110100101001011101 101110101001101011101
101110100111001011101 100000100010001000001 111111101010101111111 000000001110100000000
101101110110001001011 000111001110011111111 001000100100010001011 111110000010100101010
001000101000111011001 000000001101100010000 111111101011010010000 100000101111100111101
101110100111000010110 101110101010101100010 101110101011111100100 100000100100101110001
111111101100011011100
""".split()
BLOCKS = (1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16)
CHECKS = (10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26)


def is_masked(mask: int, y: int, x: int) -> bool:
    """Table 10 of the standard, by number."""
    return not (
        (y + x) % 2, y % 2, x % 3, (y + x) % 3, (y // 2 + x // 3) % 2, y * x % 2 + y * x % 3,
        (y * x % 2 + y * x % 3) % 2, ((y + x) % 2 + y * x % 3) % 2,
    )[mask]  # fmt: skip


def alignment(version: int) -> set[int]:
    """Annex E, as far as the tests go."""
    rows = {2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38),
            8: (6, 24, 42), 9: (6, 26, 46), 10: (6, 28, 50), 11: (6, 30, 54), 12: (6, 32, 58),
            13: (6, 34, 62), 14: (6, 26, 46, 66), 15: (6, 26, 48, 70), 16: (6, 26, 50, 74),
            17: (6, 30, 54, 78), 18: (6, 30, 56, 82), 19: (6, 30, 58, 86),
            20: (6, 34, 62, 90)}  # fmt: skip
    return set(rows.get(version, ()))


def is_data(version: int, y: int, x: int) -> bool:
    size = 17 + 4 * version
    corner = (y < 9 and (x < 9 or x > size - 9)) or (y > size - 9 and x < 9)
    told = version >= 7 and ((y < 6 and x > size - 12) or (x < 6 and y > size - 12))
    if corner or told or y == 6 or x == 6:
        return False
    for centre in product(alignment(version), repeat=2):
        if centre in {(6, 6), (6, size - 7), (size - 7, 6)}:
            continue
        if max(abs(y - centre[0]), abs(x - centre[1])) <= 2:
            return False
    return True


def bits_of(modules: Modules, version: int, mask: int) -> Iterator[int]:
    size = len(modules)
    right, upwards = size - 1, True
    while right > 0:
        if right == 6:
            right -= 1
        for y in range(size - 1, -1, -1) if upwards else range(size):
            for x in (right, right - 1):
                if is_data(version, y, x):
                    yield int(modules[y, x] ^ is_masked(mask, y, x))
        right, upwards = right - 2, not upwards


def has_no_error(block: list[int], checks: int) -> bool:
    """Whether the block is a codeword: zero at every root of its generator."""
    powers = [1]
    for _ in range(254):
        double = powers[-1] * 2
        powers.append(double ^ 0x11D if double > 255 else double)
    logs = {power: n for n, power in enumerate(powers)}
    for root in range(checks):
        value = 0
        for word in block:
            value = (powers[(logs[value] + root) % 255] if value else 0) ^ word
        if value:
            return False
    return True


def read(modules: Modules) -> str:
    """The text of a code.

    Raises:
        AssertionError: it breaks the standard.
    """
    size = len(modules)
    version = (size - 17) // 4
    told = [*(modules[8, x] for x in (0, 1, 2, 3, 4, 5, 7, 8)),
            *(modules[y, 8] for y in (7, 5, 4, 3, 2, 1, 0))]  # fmt: skip
    again = [*(modules[y, 8] for y in range(size - 1, size - 8, -1)),
             *(modules[8, x] for x in range(size - 8, size))]  # fmt: skip
    assert told == again
    form = int("".join(str(int(bit)) for bit in told), 2) ^ 0b101010000010010
    assert form >> 13 == 0, "level M"
    bits = list(bits_of(modules, version, form >> 10 & 7))
    words = [int("".join(map(str, bits[n : n + 8])), 2) for n in range(0, len(bits) - 7, 8)]
    count, checks = BLOCKS[version - 1], CHECKS[version - 1]
    room = len(words) - count * checks
    lengths = [room // count + (n >= count - room % count) for n in range(count)]
    blocks: list[list[int]] = [[] for _ in range(count)]
    stream = iter(words)
    for row in range(max(lengths)):
        for block, length in zip(blocks, lengths, strict=True):
            if row < length:
                block.append(next(stream))
    data = [word for block in blocks for word in block]
    for _ in range(checks):
        for block in blocks:
            block.append(next(stream))
    assert all(has_no_error(block, checks) for block in blocks)
    text = "".join(f"{word:08b}" for word in data)
    assert text[:4] == "0100"
    start = 12 if version < 10 else 20
    length = int(text[4:start], 2)
    rest = text[start + 8 * length :]
    assert rest[:4] in ("0000", "")
    pads = [rest[n : n + 8] for n in range(4, len(rest), 8)]
    assert pads == [("11101100", "00010001")[n % 2] for n in range(len(pads))]
    return bytes(int(text[n : n + 8], 2) for n in range(start, start + 8 * length, 8)).decode()


def test_code_is_that_of_a_known_library_when_the_link_fills_it() -> None:
    modules = qr_code("https://x/#abc")
    assert modules is not None
    assert ["".join("01"[int(bit)] for bit in line) for line in modules] == KNOWN


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=330).filter(lambda text: len(text.encode()) <= 666))
def test_code_says_the_text_whatever_it_is(text: str) -> None:
    modules = qr_code(text)
    assert modules is not None
    assert read(modules) == text


@pytest.mark.parametrize("length", [14, 15, 180, 181, 331, 332, 665, 666])
def test_code_holds_what_its_version_can(length: int) -> None:
    text = (LINK * 9)[:length]
    modules = qr_code(text)
    assert modules is not None
    assert read(modules) == text


def test_there_is_no_code_when_the_link_is_too_long() -> None:
    assert qr_code("x" * 667) is None


def test_code_of_a_link_is_small_and_even() -> None:
    modules = qr_code(LINK)
    assert modules is not None
    assert modules.shape == (37, 37), "larger than a phone reads from a screen's corner"
    assert 0.4 < float(np.mean(modules)) < 0.6
