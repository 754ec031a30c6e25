from __future__ import annotations

import pytest
from tools.bench.figures import Failure, Figure, Summary, Target
from tools.bench.table import number, render


def test_list_shows_target_beside_figure_when_the_design_names_one() -> None:
    text = render(
        "A call",
        [
            Figure("displayed", "fps", Summary(59.94, 61.0, 9), Target(">=", 60)),
            Figure("frame on the wire", "bytes", 62.0, Target("<=", 64)),
        ],
    )
    assert text.splitlines() == [
        "A call",
        "------",
        "                   median   p95   unit  target",
        "displayed            59.9  61.0    fps   >= 60",
        "frame on the wire    62.0        bytes   <= 64",
    ]


def test_failed_row_says_why_when_others_have_figures() -> None:
    text = render(
        "Memory",
        [Figure("heap", "MB", Failure("the page was gone")), Figure("grown", "MB", 0.5)],
    )
    assert text.splitlines()[-2:] == [
        "heap   failed: the page was gone",
        "grown    0.50         MB",
    ]


def test_grid_has_a_column_each_when_figures_name_them() -> None:
    figures = [
        Figure(name, "ms", value, column=column)
        for column, values in {"cold": (12.0, 900.0), "warm": (8.0, 400.0)}.items()
        for name, value in zip(("html", "ready"), values, strict=True)
    ]
    assert render("Start", figures).splitlines()[2:] == [
        "           cold  warm",
        "html, ms   12.0  8.00",
        "ready, ms   900   400",
    ]


def test_grid_goes_with_its_failures_when_one_column_is_missing() -> None:
    figures = [
        Figure("ready", "ms", 900.0, column="home"),
        Figure("room", "ms", Failure("it hung")),
    ]
    assert render("Start", figures).splitlines()[2:] == [
        "           home",
        "ready, ms   900",
        "      median  p95  unit  target",
        "room  failed: it hung",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (1.5, "1.50"), (-12.34, "-12.3"), (1234.5, "1,234")],
)
def test_number_keeps_three_digits_when_printed(value: float, text: str) -> None:
    assert number(value) == text
