from __future__ import annotations

import importlib.util

import pytest
from tools.bench import full_liveportrait, lite
from tools.bench.figures import Failure, Figure, LeftOut, Summary, has_failed
from tools.bench.table import render

OURS = Figure(lite.FRAME, "ms", Summary(30.0, 40.0, 9), column="2 threads")
OTHERS = [Figure(lite.FRAME, "ms", Summary(60.0, 80.0, 9), column="1 thread")]


def test_full_liveportrait_is_counted_in_frames_of_as_many_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(full_liveportrait, "frame_ms", lambda: [15_000.0, 18_000.0])
    whole, ratio = lite._full([*OTHERS, OURS])
    assert isinstance(whole.value, Summary)
    assert (whole.value.median, whole.value.count, whole.unit) == (16.5, 2, "s")
    assert ratio.value == pytest.approx(550.0)


def test_full_liveportrait_is_left_out_in_a_word_where_a_package_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else find(name)
    )
    figures = lite._full([*OTHERS, OURS])
    assert all(figure.value == LeftOut("onnxruntime not installed") for figure in figures)
    assert not has_failed([figures])
    assert figures[0].to_json()["left_out"] == "onnxruntime not installed"
    *_, line = render(lite.TITLE, figures).splitlines()
    assert line.endswith(" left out: onnxruntime not installed")


def test_no_ratio_is_told_where_lite_itself_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_liveportrait, "frame_ms", lambda: [15_000.0])
    whole, ratio = lite._full([Figure("nets", "ms", Failure("the page was gone"))])
    assert isinstance(whole.value, Summary)
    assert isinstance(ratio.value, Failure)
