"""Figures as text that people read: a section a part, each a list or a grid."""

from __future__ import annotations

from collections.abc import Sequence

from tools.bench.figures import Failure, Figure, LeftOut, Summary

HEAD = ("", "median", "p95", "unit", "target")
GAP = "  "


def render(title: str, figures: Sequence[Figure]) -> str:
    """A part's section: a grid of the figures that have a column, then a list of the others."""
    lines = [title, "-" * len(title)]
    if grid := [figure for figure in figures if figure.column]:
        lines += _align(_grid(grid))
    if rest := [figure for figure in figures if not figure.column]:
        lines += _list(rest)
    return "\n".join(lines)


def number(value: float) -> str:
    """A measured number with about three digits that mean something."""
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2
    return f"{value:,.{decimals}f}"


def _list(figures: Sequence[Figure]) -> list[str]:
    rows = [HEAD, *map(_row, figures)]
    first, *_ = _widths(rows)
    head, *lines = _align(rows)
    for at, figure in enumerate(figures):
        match figure.value:
            case Failure(why):
                lines[at] = f"{figure.name.ljust(first)}{GAP}failed: {why}"
            case LeftOut(why):
                lines[at] = f"{figure.name.ljust(first)}{GAP}left out: {why}"
    return [head, *lines]


def _row(figure: Figure) -> Sequence[str]:
    target = "" if figure.target is None else str(figure.target)
    match figure.value:
        case Summary(median, p95):
            return (figure.name, number(median), number(p95), figure.unit, target)
        case Failure() | LeftOut():
            return (figure.name, "", "", "", "")
        case value:
            return (figure.name, number(value), "", figure.unit, target)


def _grid(figures: Sequence[Figure]) -> list[Sequence[str]]:
    columns = list(dict.fromkeys(figure.column for figure in figures))
    names = list(dict.fromkeys(f"{figure.name}, {figure.unit}" for figure in figures))
    cells = {(f"{figure.name}, {figure.unit}", figure.column): _cell(figure) for figure in figures}
    return [
        ("", *columns),
        *((name, *(cells.get((name, column), "") for column in columns)) for name in names),
    ]


def _cell(figure: Figure) -> str:
    match figure.value:
        case Summary(median):
            return number(median)
        case Failure():
            return "failed"
        case LeftOut():
            return "left out"
        case value:
            return number(value)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first column to the left, the others to the right."""
    first, *others = _widths(rows)
    return [
        GAP.join(
            (row[0].ljust(first), *(c.rjust(w) for c, w in zip(row[1:], others, strict=True)))
        ).rstrip()
        for row in rows
    ]
