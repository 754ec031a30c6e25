"""A manifest says what a model is, or is refused with a sentence that says why not."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.neural.sample_manifest import (
    CHECK,
    FEATURES,
    GRAPHS,
    IMAGE,
    POINTS,
    PORTRAIT,
    WEIGHTS,
    make_graph,
    make_manifest,
    make_weights,
    sha,
)

from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import (
    MAX_SHARD_BYTES,
    Expected,
    File,
    GraphStage,
    Interface,
    Precision,
    Priority,
    Tensor,
    Weights,
)
from persona_core.neural.manifest.manifest_json import (
    FORMAT,
    MAX_BYTES,
    NEWER,
    read_manifest,
    write_manifest,
)

SAMPLE = json.loads(write_manifest(make_manifest()))
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def test_manifest_comes_back_the_same_when_written_and_read() -> None:
    manifest = make_manifest()
    again = read_manifest(write_manifest(manifest))
    assert again == manifest
    assert again.graph("frame").file(Precision.FP16).path == "graphs/frame-fp16.onnx"
    assert [graph.name for graph in again.stage(GraphStage.FRAME)] == ["frame"]
    assert again.gflop(GraphStage.FRAME) == 0.5


def test_shipped_manifest_is_taken_when_read() -> None:
    folder = Path(__file__).parents[4] / "static" / "models" / "liveportrait-lite"
    manifest = read_manifest((folder / "manifest.json").read_bytes())
    for file in manifest.files:
        assert (folder / file.path).stat().st_size == file.bytes


def test_unknown_keys_are_passed_over_when_a_later_writer_added_them() -> None:
    document = copy.deepcopy(SAMPLE)
    document["later"] = {"a": 1}
    document["graphs"][0]["later"] = [2]
    assert read_manifest(json.dumps(document).encode()) == make_manifest()


def refusal(change: dict[str, Any]) -> str:
    with pytest.raises(ManifestError) as caught:
        make_manifest(**change)
    return caught.value.detail


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("format",), "another", FORMAT),
        (("version",), 0, "version"),
        (("version",), True, "version"),
        (("name",), "../up", "model name"),
        (("family",), "unheard-of", "family must be one of liveportrait"),
        (("graphs", 0, "stage"), "sometimes", "stage must be one of portrait, frame"),
        (("graphs", 0, "files"), {}, "has no file"),
        (("graphs", 0, "files", "fp8"), {}, "fp8 must be one of fp16, fp32, int8"),
        (("graphs", 0, "files", "fp16", "path"), "https://elsewhere.example/a", "leads elsewhere"),
        (("graphs", 0, "files", "fp16", "path"), "../../config.json", "leads elsewhere"),
        (("graphs", 0, "files", "fp16", "path"), "/etc/passwd", "leads elsewhere"),
        (("graphs", 0, "files", "fp16", "sha256"), "ABC", "no SHA-256"),
        (("graphs", 0, "gflop"), "much", "gflop must be a number"),
        (("graphs", 0, "gflop"), 10**400, "gflop must be a number"),
        (("graphs", 0, "inputs", 0, "shape"), [1, 0], "shape must be an integer"),
        (("graphs", 0, "inputs", 0, "shape"), [1] * 7, "shape"),
        (("graphs", 0, "inputs", 0, "shape"), [1 << 20, 1 << 20], "shape"),
        (("weights", 0, "bytes"), 5, "shards hold"),
        (("weights", 0, "shards", 0, "bytes"), MAX_SHARD_BYTES + 1, "allowed are 1 to"),
        (("rig", "groups", "lips"), [2], "names a point that is not there"),
        (("check", "tolerance"), {"fp32": 0.1}, "lacks a tolerance"),
        (("check", "expected", 0, "at"), [0, 50, 192], "outside of image"),
        (("check", "expected", 0, "values"), [1.0], "no samples"),
        (("check", "inputs", "points"), [1.0], "1 values for points"),
        (("check", "inputs", "nothing"), [1.0], "no tensor"),
        (("licence",), None, "licence must be an object"),
        (("source", "url"), "u" * 2000, "at most 1000 characters"),
    ],
)
def test_manifest_is_refused_with_the_place_when_a_value_is_wrong(
    path: tuple[str | int, ...], value: object, said: str
) -> None:
    document = copy.deepcopy(SAMPLE)
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ManifestError) as caught:
        read_manifest(json.dumps(document).encode())
    assert caught.value.code == "bad-manifest"
    assert said in caught.value.detail


def test_manifest_of_a_later_version_is_refused_by_its_own_code() -> None:
    with pytest.raises(ManifestError) as caught:
        read_manifest(json.dumps({**SAMPLE, "version": 2}).encode())
    assert caught.value.code == NEWER


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><title>Not found</title>",
        b"[]",
        b'{"a": NaN}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        read_manifest(data)


def test_manifest_is_refused_when_it_is_too_long_to_be_one() -> None:
    with pytest.raises(ManifestError, match="bytes"):
        read_manifest(b" " * (MAX_BYTES + 1))


def test_model_is_refused_when_its_parts_do_not_fit_together() -> None:
    features, frame, extra = make_manifest().graphs
    assert "wants weights" in refusal({"weights": WEIGHTS[1:]})
    assert "no graph uses" in refusal({"weights": (*WEIGHTS, make_weights("spare.bin", (3,), 300))})
    assert "its weights are optional" in refusal(
        {"graphs": (features, replace(frame, weights="extra.bin"), extra)}
    )
    assert "after it was taken" in refusal({"graphs": (frame, features, extra)})
    assert "two graphs give" in refusal(
        {"graphs": (features, replace(features, name="again"), frame, extra)}
    )
    assert "two shapes" in refusal(
        {"graphs": (features, replace(frame, inputs=(Tensor("features", (1, 9)), POINTS)), extra)}
    )
    assert "more than once" in refusal({"graphs": (features, frame, frame, extra)})
    assert "the graphs want" in refusal({"interface": Interface("portrait", (), (), ("image",))})
    assert "not given by frame graphs" in refusal(
        {"interface": Interface("portrait", (), ("points",), ("features",))}
    )
    assert "expects nothing of an image" in refusal({"check": replace(CHECK, expected=())})
    assert "more than once" in refusal(
        {"check": replace(CHECK, expected=(*CHECK.expected, *CHECK.expected))}
    )


def test_one_hash_with_two_sizes_is_refused() -> None:
    shards = (File("a", sha(7), 5), File("b", sha(7), 6))
    weights = Weights("frame.bin", 11, Priority.ESSENTIAL, shards)
    assert "two sizes" in refusal({"weights": (weights, WEIGHTS[1])})


def test_model_without_a_portrait_graph_is_taken() -> None:
    graphs = (make_graph(weights=None), GRAPHS[2])
    interface = Interface(None, ("features",), ("points",), ("image",))
    manifest = make_manifest(graphs=graphs, weights=WEIGHTS[1:], interface=interface)
    assert manifest.stage(GraphStage.PORTRAIT) == ()
    assert manifest.weights_of(manifest.graph("frame")) is None


def test_names_that_are_not_there_are_told() -> None:
    manifest = make_manifest()
    with pytest.raises(ManifestError, match="no graph"):
        manifest.graph("nothing")
    with pytest.raises(ManifestError, match="no tensor"):
        manifest.tensor("nothing")


@pytest.mark.parametrize(
    "make",
    [
        lambda: File("a", sha(1), 0),
        lambda: File("a b", sha(1), 1),
        lambda: File("a/.hidden", sha(1), 1),
        lambda: File("a//b", sha(1), 1),
        lambda: Tensor("1st", (1,)),
        lambda: Tensor("name", ()),
        lambda: Expected("image", 0.0, 0.0, (1,), (1.0,)),
        lambda: make_graph(inputs=()),
        lambda: make_graph(inputs=(IMAGE, PORTRAIT)),
        lambda: make_graph(inputs=tuple(Tensor(f"t{i}", (1,)) for i in range(70))),
        lambda: make_graph(inputs=(FEATURES, FEATURES)),
    ],
)
def test_part_of_a_manifest_is_refused_when_it_means_nothing(make: Any) -> None:
    with pytest.raises(ManifestError):
        make()


@given(st.data())
def test_reading_gives_a_manifest_or_a_named_error_when_any_value_is_replaced(
    data: st.DataObject,
) -> None:
    document = copy.deepcopy(SAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        inner: Any = document
        while True:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(inner[key], dict | list) and inner[key] and data.draw(st.booleans()):
                inner = inner[key]
                continue
            inner[key] = data.draw(JUNK)
            break
    assert_read_or_refused(json.dumps(document).encode())


@given(st.binary(max_size=200))
def test_reading_gives_a_named_error_when_bytes_are_random(data: bytes) -> None:
    assert_read_or_refused(data)


def assert_read_or_refused(data: bytes) -> None:
    code = None
    try:
        manifest = read_manifest(data)
    except ManifestError as error:
        code = error.code
    if code is None:
        assert read_manifest(write_manifest(manifest)) == manifest
    else:
        assert code in {"bad-manifest", NEWER}
