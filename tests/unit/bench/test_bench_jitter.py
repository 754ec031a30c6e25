"""The playout's bench: that its truth is the recording, its scores are right, and the prediction
earns its keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.traces import STEADY, Network, Sender, make_trace
from tools.bench.jitter import BUSY_15, CONDITIONS, FAR, LAN, NEAR, THRIFTY, Condition, compare
from tools.bench.playout.interpolating import InterpolatingBuffer
from tools.bench.playout.recordings import recordings
from tools.bench.playout.scores import TICK_MS, Played, blink_depth, play, score
from tools.bench.playout.truth import GROUPS, SHAPES, Truth, pack

from persona_core.face.params import FaceParams

SECONDS = 12.0


@pytest.fixture(scope="module")
def truth() -> Truth:
    [track] = recordings(None)
    return Truth(track, SECONDS)


def test_trace_is_the_same_when_it_is_made_again_and_another_with_another_seed() -> None:
    assert np.array_equal(make_trace(FAR, 10.0), make_trace(FAR, 10.0))
    assert not np.array_equal(make_trace(FAR, 10.0), make_trace(FAR, 10.0, seed=2))


def test_trace_loses_and_overtakes_as_its_network_says() -> None:
    trace = make_trace(Network("lossy", loss=0.05), 100.0)
    assert len(trace) == pytest.approx(0.95 * 100.0 * 30.0, rel=0.01)
    jittery = make_trace(Network("jittery", jitter_ms=40.0), 100.0)
    assert (np.diff(jittery[:, 2]) < 0).sum() > 100
    assert np.diff(jittery[:, 0]).min() >= 0


def test_trace_leaves_out_what_a_standing_page_did_not_send() -> None:
    busy = Sender("busy", stalls_per_s=0.5, stall_ms=300.0)
    trace = make_trace(LAN, 60.0, sender=busy)
    gaps = np.diff(np.sort(trace[:, 2]))
    assert 80.0 < gaps.max() <= 300.0 + 2.0 * 34.0
    assert (trace[:, 0] - trace[:, 2]).max() > 50.0, "the newest of a standstill comes late"


def test_stamps_step_and_drift_when_the_sender_s_clock_does() -> None:
    set_back = make_trace(LAN, 10.0, sender=replace(STEADY, step_ms=-5_000.0, drift=1e-3))
    off = set_back[:, 1] - set_back[:, 2]
    before = set_back[:, 2] < 5_000.0
    assert off[before].max() <= 5.6
    assert off[~before].max() <= -4_990.0 + 0.5


def test_truth_is_the_recording_when_it_is_asked_at_a_frame(truth: Truth) -> None:
    [track] = recordings(None)
    times = np.array([1_000.0, 2_000.0, 5_000.0])
    step_ms = track.period_ms / max(4, round(track.period_ms / (1000.0 / 30.0)))
    times = np.round(times / step_ms) * step_ms
    shapes = [track.sample(float(time)).blendshapes for time in times]
    assert truth.at(times)[:, SHAPES] == pytest.approx(np.array(shapes), abs=1e-5)


def test_thrifty_sender_sends_5_to_30_a_second_as_the_face_moves(truth: Truth) -> None:
    gaps = np.diff(truth.worth_sending(SECONDS))
    assert gaps.min() == pytest.approx(1000.0 / 30.0)
    assert 60.0 < gaps.max() <= 200.1


def test_scores_are_nothing_when_the_truth_is_shown_and_tell_a_late_one(truth: Truth) -> None:
    times = np.arange(3_000.0, 10_000.0, TICK_MS)
    perfect = Played(times, times, truth.at(times))
    late = Played(times, times - 50.0, truth.at(times - 50.0))
    for name, figures in score(truth, perfect, 50.0).items():
        assert figures.error == pytest.approx(0.0, abs=1e-9), name
        assert figures.jerk == pytest.approx(1.0), name
        assert figures.own_error > 0.1, name
    for name, figures in score(truth, late, 50.0).items():
        assert figures.own_error == pytest.approx(0.0, abs=1e-9), name
        assert figures.overshoot == pytest.approx(0.0, abs=1e-9), name
        assert figures.error > 0.1, name
    assert blink_depth(truth, late, 50.0) == pytest.approx(1.0, abs=0.01)


def test_overshoot_is_told_when_a_face_does_what_it_never_did(truth: Truth) -> None:
    times = np.arange(3_000.0, 10_000.0, TICK_MS)
    values = truth.at(times)
    values[::20, GROUPS["lids"]] = 1.0
    assert score(truth, Played(times, times, values), 0.0)["lids"].overshoot > 20.0


def test_interpolating_buffer_is_late_by_an_interval_when_the_network_is_even(
    truth: Truth,
) -> None:
    still = Network("still", way_ms=30.0, jitter_ms=0.0)
    trace = make_trace(still, SECONDS)
    played = play(InterpolatingBuffer(), trace, truth.faces(trace))
    added = played.times_ms - played.playout_ms - still.way_ms - STEADY.work_ms
    assert np.median(added) == pytest.approx(1000.0 / 30.0, abs=1.5)


@pytest.mark.parametrize(
    "condition",
    [Condition(LAN), Condition(NEAR), Condition(FAR), Condition(NEAR, BUSY_15),
     Condition(NEAR, THRIFTY)],
    ids=lambda condition: condition.name,
)  # fmt: skip
def test_predicted_face_is_nearer_to_the_truth_and_younger(
    truth: Truth, condition: Condition
) -> None:
    results = compare(condition, [truth], SECONDS)
    interpolated, predicted = results["i"], results["p"]
    for name in GROUPS:
        assert predicted.scores[name].error <= interpolated.scores[name].error, name
        assert predicted.scores[name].overshoot < (2.0 if name == "head" else 8.0), name
    assert np.median(predicted.added_ms) < 0.5 * np.median(interpolated.added_ms)


def test_every_condition_of_the_table_is_another_one() -> None:
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)


def test_recordings_say_so_when_a_folder_holds_no_video(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no \.mp4 file"):
        recordings(tmp_path)


def test_packed_face_is_the_face() -> None:
    assert pack(FaceParams(0.0, scale=2.0))[-1] == pytest.approx(np.log(2.0))
