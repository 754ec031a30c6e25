from __future__ import annotations

import io
import re

import pytest

from persona_build.console import Console, Step, format_bytes


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_758_596, "3.8 MB"), (118e6, "118.0 MB")],
)
def test_size_is_readable_when_formatted(count: int, text: str) -> None:
    assert format_bytes(count) == text


def test_progress_never_falls_or_passes_the_end_when_it_advances() -> None:
    step = Step("Fetching", total_bytes=1000)
    shares = []
    for count in (0, 1, 400, 0, 599, 50):
        step.advance(count)
        shares.append(int(re.search(r"(\d+)%", step.describe())[1]))  # type: ignore[index]
    assert shares == sorted(shares)
    assert shares[-1] == 100


def test_step_prints_plain_lines_when_not_on_a_terminal() -> None:
    out = io.StringIO()
    with Console(out).step("Working"):
        pass
    started, ended = out.getvalue().splitlines()
    assert started == "Working ..."
    assert re.fullmatch(r"Working: done in \d+\.\d s", ended)


def test_step_redraws_one_line_when_on_a_terminal() -> None:
    out = Terminal()
    with Console(out).step("Working"):
        pass
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().startswith("\r\x1b[K")


def test_step_says_stopped_when_its_body_raises(console: Console, out: io.StringIO) -> None:
    with pytest.raises(ValueError, match="boom"), console.step("Working"):
        raise ValueError("boom")
    assert "Working: stopped" in out.getvalue()


def test_table_is_aligned_when_cells_differ_in_width(console: Console, out: io.StringIO) -> None:
    console.table(("part", "size"), [("a", "1 B"), ("longer", "10.5 kB")])
    assert out.getvalue().splitlines() == [
        "part       size",
        "------  -------",
        "a           1 B",
        "longer  10.5 kB",
    ]
