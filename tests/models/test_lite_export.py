"""Trained patch nets become the graphs that the site serves."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed for training only")

from persona_core.neural.manifest.manifest import FLOATS, Precision  # noqa: E402
from persona_models import ROOT  # noqa: E402
from persona_models.errors import CheckpointError  # noqa: E402
from persona_models.lite.build import build, patch_graphs  # noqa: E402
from persona_models.lite.card import write_card  # noqa: E402
from persona_models.onnx.native import NativeModel, run_session  # noqa: E402
from persona_models.train.checkpoints import read_checkpoint  # noqa: E402
from persona_models.train.patch_net import PatchNet, PatchShape  # noqa: E402

VECTORS = {"mouth": 160, "eye": 84}
LINE = {"step": 200, "seconds": 9.0, "train": 0.1, "patches": 64, "loss": 0.1, "warp_loss": 0.2}
LINE |= {"psnr": 24.0, "warp_psnr": 22.0}


def lively(shape):
    """A net whose every layer matters, as a trained one's does."""
    torch.manual_seed(5)
    net = PatchNet(shape)
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if name.endswith("bias"):
                weight.normal_(0.0, 0.2)
        net.answer.weight.normal_(0.0, 0.03)
        # As they are stored, so that only the graph itself can differ.
        for weight in net.parameters():
            weight.copy_(weight.half().float())
    return net.eval()


@pytest.fixture(scope="module", params=["fast", "full"])
def trained(request, tmp_path_factory):
    """The folder of a training, its nets, and the model that was made of it."""
    folder = tmp_path_factory.mktemp("nets")
    nets = {}
    for kind, graph in patch_graphs(request.param).items():
        nets[kind] = lively(PatchShape(graph.size, VECTORS[kind]))
        torch.save(nets[kind].state_dict(), folder / f"{kind}-best.pt")
        lines = [LINE | {"step": 0}, LINE | {"loss": 0.15}, LINE | {"psnr": 25.0, "loss": 0.05}]
        (folder / f"{kind}.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    checkpoints = {kind: read_checkpoint(folder, kind) for kind in nets}
    out = tmp_path_factory.mktemp("model")
    build(out, checkpoints, ROOT / "LICENSE", request.param)
    return folder, nets, NativeModel(out)


@pytest.mark.parametrize("precision", FLOATS)
def test_graphs_give_what_the_nets_add_to_the_warp(trained, precision):
    _, nets, model = trained
    random = np.random.default_rng(3)
    for (kind, net), graph in zip(nets.items(), model.manifest.graphs, strict=True):
        planes, vector = (random.random(tensor.shape, dtype=np.float32) for tensor in graph.inputs)
        vector -= 0.5
        with torch.no_grad():
            seen = torch.from_numpy(planes)
            wanted = (net(seen, torch.from_numpy(vector)) - seen[:, :3]).numpy()
        tensors = {f"{kind}_planes": planes, f"{kind}_vector": vector}
        found = run_session(model.session(graph, precision), tensors)[f"{kind}_change"]
        assert np.abs(wanted).max() > 0.1
        # Native onnxruntime computes the half graphs in whole floats where it has no half kernels.
        assert np.abs(found - wanted).max() < (1e-3 if precision is Precision.FP32 else 2e-2)


def test_eyes_of_one_run_do_not_touch_each_other(trained):
    _, _, model = trained
    graph = model.manifest.graph("eyes")
    random = np.random.default_rng(4)
    tensors = {t.name: random.random(t.shape, dtype=np.float32) for t in graph.inputs}
    session = model.session(graph, Precision.FP32)
    both = run_session(session, tensors)["eye_change"]
    swapped = {name: np.ascontiguousarray(values[::-1]) for name, values in tensors.items()}
    assert run_session(session, swapped)["eye_change"] == pytest.approx(both[::-1], abs=1e-5)


def test_card_tells_the_best_validation(trained):
    folder, _, model = trained
    card = (model.folder / "README.md").read_text()
    assert card.count("| 22.00 dB | 25.00 dB | +3.00 dB |") == 2
    assert read_checkpoint(folder, "eye").best.loss == 0.05


def test_card_names_the_photographs_when_nets_were_trained_on_any(trained, tmp_path):
    folder, _, model = trained
    assert "No photo" in (model.folder / "README.md").read_text()
    shown = replace(read_checkpoint(folder, "mouth").best, photos={"psnr": 26.0, "warp_psnr": 20.5})
    checkpoints = {kind: replace(read_checkpoint(folder, kind), best=shown) for kind in VECTORS}
    card = write_card(model.manifest, checkpoints)
    assert "No photo" not in card
    assert "members of the Congress of the United States" in card
    assert "public domain" in card
    assert card.count("| rendered | 22.00 dB |") == 2
    assert card.count("| real | 20.50 dB | 26.00 dB | +5.50 dB |") == 2


def test_model_is_the_same_when_made_again(trained, tmp_path):
    folder, _, model = trained
    checkpoints = {kind: read_checkpoint(folder, kind) for kind in VECTORS}
    size = model.manifest.tensor("mouth_planes").shape[-1]
    variant = "fast" if size == 64 else "full"
    again = build(tmp_path, checkpoints, ROOT / "LICENSE", variant)
    assert again.files == model.manifest.files


def test_folder_without_a_training_is_told(tmp_path):
    with pytest.raises(CheckpointError, match=r"mouth-best\.pt"):
        read_checkpoint(tmp_path, "mouth")
    (tmp_path / "mouth-best.pt").write_bytes(b"no net")
    with pytest.raises(CheckpointError, match="train-patches"):
        read_checkpoint(tmp_path, "mouth")
