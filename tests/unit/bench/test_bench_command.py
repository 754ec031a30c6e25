from __future__ import annotations

import pytest
from tools.bench.command import PARTS, make_parser

from persona_build.cli import BENCH_PARTS


def test_command_line_of_the_build_names_the_parts_when_it_offers_them() -> None:
    assert tuple(PARTS) == BENCH_PARTS


@pytest.mark.parametrize("words", [("--seconds", "0"), ("--runs", "x"), ("--only", "nothing")])
def test_usage_is_printed_when_an_option_makes_no_sense(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_args(words)
    assert "usage: python -m tools.bench" in capsys.readouterr().err
