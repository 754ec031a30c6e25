"""Nets read back from the model that ships are those that it was written from."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from persona_core.neural.manifest.manifest import Precision
from persona_models import ROOT
from persona_models.errors import CheckpointError
from persona_models.lite.patch_graph import PatchGraph
from persona_models.lite.shipped_nets import read_shipped_nets
from persona_models.onnx.graph import GraphBuilder
from persona_models.onnx.native import NativeModel, open_session, run_session
from persona_models.onnx.weights import WeightsFile

SHIPPED = ROOT / "static" / "models" / "liveportrait-lite"


@pytest.mark.parametrize("kind", ["mouth", "eye"])
def test_graph_of_the_nets_read_back_answers_as_the_shipped_one(kind, tmp_path):
    model = NativeModel(SHIPPED)
    planes = model.manifest.tensor(f"{kind}_planes")
    [graph] = [each for each in model.manifest.graphs if planes in each.inputs]
    batch, size = planes.shape[0], planes.shape[-1]
    path = tmp_path / "again.bin"
    with WeightsFile(path, np.float32) as file:
        builder = GraphBuilder(graph.name, file, np.float32)
        again = PatchGraph(graph.name, kind, batch, size).build(
            builder, read_shipped_nets(SHIPPED)[kind]
        )
    random = np.random.default_rng(4)
    given = {each.name: random.random(each.shape).astype(np.float32) * 0.5 for each in graph.inputs}
    one = run_session(model.session(graph, Precision.FP32), given)[f"{kind}_change"]
    session = open_session(again.SerializeToString(), {path.name: path.read_bytes()})
    other = run_session(session, given)[f"{kind}_change"]
    assert np.abs(one).max() > 0.01
    assert other == pytest.approx(one, abs=1e-5)


def test_folder_is_refused_when_it_holds_no_model(tmp_path):
    with pytest.raises(CheckpointError, match="no LivePortrait-Lite"):
        read_shipped_nets(tmp_path)
    damaged = shutil.copytree(SHIPPED, tmp_path / "damaged")
    [shard] = (damaged / "shards").iterdir()
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="no LivePortrait-Lite"):
        read_shipped_nets(damaged)
