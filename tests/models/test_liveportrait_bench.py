"""What we measure ourselves against computes the same, and the measuring itself works."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.models.liveportrait_reference import needs_reference, read_reference

from persona_liveportrait import bench
from persona_liveportrait.convert.checkpoint import check_tensors
from persona_liveportrait.network.parts import NetworkPart


@needs_reference
def test_network_in_pytorch_gives_the_official_results() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from persona_liveportrait.pytorch.network import TorchNetwork

    weights, known = read_reference()
    network = TorchNetwork(weights, check_tensors(weights))
    t = {name: torch.from_numpy(values) for name, values in known.items()}
    with torch.inference_mode():
        found = {f"motion/{k}": v for k, v in network.motion(t["in/image"]).items()}
        found["feature_3d"] = network.appearance(t["in/image"])
        found |= network.warping(t["out/feature_3d"], t["in/kp_driving"], t["in/kp_source"])
        found["image"] = network.generator(t["out/warped"])
    for name, values in found.items():
        expected = known[f"out/{name}"]
        difference = np.abs(values.numpy().reshape(expected.shape) - expected).max()
        assert difference < 1e-4 * np.abs(expected).max(), name


def test_figures_are_written_when_a_part_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    words = ["--size", "128", "--runs", "2", "--parts", "appearance", "generator", "--batch", "2"]
    monkeypatch.setattr(sys, "argv", ["bench", *words, "--json", str(target)])
    bench.main()
    document = json.loads(target.read_text())
    by_part = {each["part"]: each for each in reversed(document["figures"])}
    assert by_part[NetworkPart.APPEARANCE.value]["engine"] == "onnxruntime"
    assert by_part[NetworkPart.GENERATOR.value]["engine"] == "onnxruntime x 2"
    for ours in document["figures"]:
        assert 0.0 < ours["median_ms"] <= ours["worst_ms"]
    assert document["machine"]["onnxruntime"]
    assert "appearance" in capsys.readouterr().out
