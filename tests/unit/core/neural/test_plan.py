"""What is fetched of a model, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.neural.sample_manifest import make_manifest, sha, with_whole_numbers

from persona_core.errors import ManifestError
from persona_core.neural.catalogue import offers, read_index, write_index
from persona_core.neural.manifest.manifest import Precision, Priority, Purpose
from persona_core.neural.plan import (
    GPU,
    GPU_WITH_HALVES,
    PROCESSOR,
    DownloadPlan,
    Fetch,
    Precisions,
    plan,
)

MANIFEST = make_manifest()
HASHES = sorted({file.sha256 for file in MANIFEST.files})


def names(fetches: tuple[Fetch, ...]) -> list[str]:
    return [fetch.file.path for fetch in fetches]


def test_plan_takes_half_floats_when_the_machine_has_them() -> None:
    made = plan(MANIFEST, (), GPU_WITH_HALVES)
    assert made.precision is Precision.FP16
    assert names(made.fetches) == [
        "graphs/features-fp16.onnx",
        "graphs/frame-fp16.onnx",
        f"shards/{sha(100)}.bin",
        f"shards/{sha(101)}.bin",
        "graphs/extra-fp16.onnx",
        f"shards/{sha(200)}.bin",
        "graphs/features-fp32.onnx",
        "graphs/frame-fp32.onnx",
        "graphs/extra-fp32.onnx",
    ]
    assert made.bytes(Priority.ESSENTIAL) == 200 + (4 << 20) + 1000
    assert made.bytes() == made.total_bytes


def test_plan_takes_whole_floats_when_the_machine_or_the_model_lacks_half_ones() -> None:
    for precisions in (GPU, PROCESSOR):
        assert names(plan(MANIFEST, (), precisions).fetches)[0] == "graphs/features-fp32.onnx"
    whole = make_manifest(
        graphs=tuple(
            replace(graph, files={Precision.FP32: graph.file(Precision.FP32)})
            for graph in MANIFEST.graphs
        )
    )
    made = plan(whole, (), GPU_WITH_HALVES)
    assert made.precision is Precision.FP32
    assert not any("fp16" in name for name in names(made.fetches))


def test_plan_takes_whole_numbers_and_nothing_else_when_a_processor_runs_the_model() -> None:
    manifest = with_whole_numbers()
    made = plan(manifest, (), PROCESSOR)
    assert made.precision is Precision.INT8
    assert names(made.fetches) == [
        "graphs/features-int8.onnx",
        "graphs/frame-int8.onnx",
        "graphs/extra-int8.onnx",
    ]
    assert manifest.weights_for(Precision.INT8) == ()
    for precisions in (GPU, GPU_WITH_HALVES):
        assert plan(manifest, (), precisions) == plan(MANIFEST, (), precisions)
    assert manifest.weights_for(Precision.FP32) == MANIFEST.weights


def test_plan_takes_the_floats_of_a_graph_that_has_no_whole_numbers() -> None:
    manifest = with_whole_numbers("features")
    found = names(plan(manifest, (), PROCESSOR).fetches)
    assert found[:3] == [
        "graphs/features-int8.onnx",
        "graphs/frame-fp32.onnx",
        f"shards/{sha(100)}.bin",
    ]


def test_file_is_fetched_once_when_two_weights_share_it() -> None:
    frame, extra = MANIFEST.weights
    shared = replace(extra, bytes=frame.shards[1].bytes, shards=(frame.shards[1],))
    made = plan(make_manifest(weights=(frame, shared)), (), GPU_WITH_HALVES)
    hashes = [fetch.file.sha256 for fetch in made.fetches]
    assert len(hashes) == len(set(hashes))
    by_hash = {fetch.file.sha256: fetch.priority for fetch in made.fetches}
    assert by_hash[frame.shards[1].sha256] is Priority.ESSENTIAL


@given(st.sampled_from([GPU, GPU_WITH_HALVES, PROCESSOR]), st.sets(st.sampled_from(HASHES)))
def test_plan_fetches_exactly_what_is_missing_when_some_is_here(
    precisions: Precisions, cached: set[str]
) -> None:
    everything = plan(MANIFEST, (), precisions)
    made = plan(MANIFEST, cached, precisions)
    assert made.fetches == tuple(f for f in everything.fetches if f.file.sha256 not in cached)
    assert made.total_bytes == everything.total_bytes
    assert {fetch.file.sha256 for fetch in everything.fetches} == set(HASHES)
    priorities = [fetch.priority for fetch in made.fetches]
    assert priorities == sorted(priorities, key=list(Priority).index)
    assert made.bytes(Priority.ESSENTIAL) + made.bytes(Priority.OPTIONAL) == made.bytes()


def test_offers_leave_out_models_for_tests_and_put_the_cheapest_first() -> None:
    heavy = make_manifest(name="heavy")
    light = make_manifest(
        name="light", graphs=tuple(replace(graph, gflop=0.1) for graph in MANIFEST.graphs)
    )
    toy = make_manifest(name="toy", purpose=Purpose.TEST)
    made = offers([heavy, toy, light], (), GPU_WITH_HALVES)
    assert [offer.manifest.name for offer in made] == ["light", "heavy"]
    assert made[1].frame_gflop == 0.5
    assert made[1].plan.bytes() > 4 << 20
    cached = [file.sha256 for file in heavy.files]
    assert offers([heavy], cached, GPU_WITH_HALVES)[0].plan == DownloadPlan(
        Precision.FP16, (), made[1].plan.total_bytes
    )


def test_index_comes_back_when_written_and_read() -> None:
    assert read_index(write_index(["b", "a", "b"])) == ("a", "b")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format": "virtualpersona-models", "version": 2, "models": []}',
        b'{"format": "virtualpersona-models", "version": 1, "models": ["../x"]}',
        b'{"format": "virtualpersona-models", "version": 1, "models": [1]}',
        b'{"format": "virtualpersona-models", "version": 1}',
        b" " * 100_000,
    ],
)
def test_what_is_no_index_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        read_index(data)
