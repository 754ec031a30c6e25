"""Points of the monitor's graph, made of frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from persona_web.ui.graphics.performance_monitor import (
    INTERVAL_MS,
    POINTS,
    SPAN_MS,
    PerformanceGraph,
)


class Drawn:
    """A graph that keeps what it was asked to draw."""

    def __init__(self) -> None:
        self.lines: list[Any] = []

    def draw(self, lines: Any, tops: tuple[float, float], mark: float) -> None:
        self.lines.append(lines.copy())


@pytest.fixture
def drawn() -> Drawn:
    return Drawn()


def play(graph: PerformanceGraph, start_ms: float, count: int, interval_ms: float) -> int:
    """How often frames at an even pace, each drawn in 3 ms, made the graph be drawn."""
    return sum(graph.frame(start_ms + number * interval_ms, 3.0) for number in range(count))


def test_graph_is_drawn_five_times_a_second_when_frames_come(drawn: Drawn) -> None:
    assert play(PerformanceGraph(drawn), 0.0, 101, 20.0) == 10
    assert len(drawn.lines) == 10


def test_graph_ends_in_the_newest_rate_and_drawing_time_when_frames_are_even(drawn: Drawn) -> None:
    play(PerformanceGraph(drawn), 0.0, 200, 25.0)
    newest = drawn.lines[-1]
    assert newest.shape == (2, POINTS)
    assert newest[:, -10:] == pytest.approx(np.array([[40.0], [3.0]]).repeat(10, axis=1))


def test_graph_moves_on_by_the_length_of_a_pause_when_the_page_was_still(drawn: Drawn) -> None:
    graph = PerformanceGraph(drawn)
    play(graph, 0.0, 81, 25.0)
    graph.frame(2_000.0 + 5 * INTERVAL_MS, 3.0)
    assert drawn.lines[-1][0, -6:] == pytest.approx([40.0, 1.0, 1.0, 1.0, 1.0, 1.0])


def test_graph_begins_anew_when_it_was_left_for_longer_than_it_shows(drawn: Drawn) -> None:
    graph = PerformanceGraph(drawn)
    play(graph, 0.0, 80, 25.0)
    assert not graph.frame(80 * 25.0 + 2 * SPAN_MS, 3.0)
