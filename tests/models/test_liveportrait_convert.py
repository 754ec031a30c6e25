"""A checkpoint becomes a model, or a person is told what is wrong with it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from tests.models.random_checkpoint import TINY, write_random_checkpoint

from persona_core.neural.manifest.manifest import (
    FLOATS,
    MAX_SHARD_BYTES,
    GraphStage,
    Manifest,
    Precision,
    Priority,
)
from persona_core.neural.self_check import Verdict, check_inputs, judge
from persona_liveportrait import __main__ as command
from persona_liveportrait.convert import model_folder as converting
from persona_liveportrait.convert import resources, verify
from persona_liveportrait.convert.checkpoint import read_checkpoint
from persona_liveportrait.convert.model_folder import WORK_FOLDER, Options, convert
from persona_liveportrait.errors import ResourceError, VerificationError
from persona_liveportrait.graphs import recipe as recipes
from persona_liveportrait.network.parts import OFFICIAL_FILES, NetworkPart
from persona_models import ROOT
from persona_models.errors import ConversionError
from persona_models.onnx.native import NativeModel


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_random_checkpoint(folder, TINY)
    return folder


@pytest.fixture(scope="module")
def model(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    out = tmp_path_factory.mktemp("model") / "liveportrait"
    return out, convert(Options(weights, out, size=256))


@pytest.fixture
def copied(weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(weights, tmp_path / "weights"))


def rewrite(path: Path, change: Callable[[dict[str, np.ndarray]], None]) -> None:
    content = safetensors.numpy.load_file(path)
    change(content)
    path.unlink()
    safetensors.numpy.save_file(content, path)


def test_model_is_whole_and_runs_when_a_network_of_any_width_is_converted(
    model: tuple[Path, Manifest],
) -> None:
    out, manifest = model
    assert [graph.name for graph in manifest.stage(GraphStage.PORTRAIT)] == ["appearance", "motion"]
    frame = ["stitching", "warping", "generator"]
    assert [graph.name for graph in manifest.stage(GraphStage.FRAME)] == frame
    assert manifest.graph("eye").priority is Priority.OPTIONAL
    assert manifest.tensor("image").shape == (1, 3, 256, 256)
    assert set(manifest.graph("warping").files) == set(FLOATS)
    assert set(manifest.graph("motion").files) == {Precision.FP32}
    for weights_ in manifest.weights:
        for shard in weights_.shards:
            assert shard.path == f"shards/{shard.sha256}.bin"
            assert shard.bytes <= MAX_SHARD_BYTES
    native = NativeModel(out)
    assert native.manifest == manifest
    inputs = check_inputs(manifest)
    for precision in FLOATS:
        found = native.run(inputs, precision)
        verdicts = {
            expected.tensor: judge(manifest, expected, found[expected.tensor], precision)
            for expected in manifest.check.expected
        }
        assert set(verdicts.values()) == {Verdict.RIGHT}
        assert set(verdicts) == {"feature_3d", "kp", "warped", "image"}


def test_folder_holds_card_and_licence_and_nothing_left_over(model: tuple[Path, Manifest]) -> None:
    out, manifest = model
    card = (out / "README.md").read_text()
    assert "not the official release" in card
    assert "spade_generator.safetensors" in card
    assert "Kuaishou" in (out / manifest.licence.file).read_text()
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    named = {file.path for file in manifest.files}
    assert found == named | {"manifest.json", "README.md", manifest.licence.file}


def test_conversion_goes_on_where_it_stopped_when_it_was_broken_off(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = Options(weights, tmp_path / "out", size=256, precision=Precision.FP32)
    real = converting.verify_part

    def power_cut(recipe: recipes.Recipe, *arguments: object) -> None:
        if recipe.part is NetworkPart.GENERATOR:
            raise KeyboardInterrupt
        real(recipe, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(converting, "verify_part", power_cut)
    with pytest.raises(KeyboardInterrupt):
        convert(options)
    assert not (options.out / "manifest.json").exists()
    done: list[NetworkPart] = []

    def noted(recipe: recipes.Recipe, *arguments: object) -> None:
        done.append(recipe.part)
        real(recipe, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(converting, "verify_part", noted)
    damaged = json.loads((options.out / WORK_FOLDER / "motion.json").read_bytes())
    (options.out / damaged["weights"]["shards"][0]["path"]).write_bytes(b"half a shard")
    convert(options)
    assert done == [NetworkPart.MOTION, NetworkPart.GENERATOR, NetworkPart.EYE, NetworkPart.LIP]
    assert capsys.readouterr().out.count("done before, kept") == 3
    assert not (options.out / WORK_FOLDER).exists()


def test_finished_parts_are_made_anew_when_the_options_differ(
    weights: Path, tmp_path: Path
) -> None:
    checkpoint = read_checkpoint(weights, lambda text: None)
    options = Options(weights, tmp_path, size=256)
    marks = {
        converting._fingerprint(recipe, checkpoint, each)
        for recipe in recipes.RECIPES
        if recipe.part is NetworkPart.WARPING
        for each in (
            options,
            replace(options, size=512),
            replace(options, precision=Precision.FP32),
            replace(options, out=tmp_path / "elsewhere"),
        )
    }
    assert len(marks) == 3


def test_conversion_fails_when_a_part_computes_something_else(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = verify.expected_outputs

    def wrong(part: NetworkPart, *arguments: object) -> dict[str, np.ndarray]:
        outputs = real(part, *arguments)  # type: ignore[arg-type]
        if part is NetworkPart.STITCHING:
            outputs["stitching"] = outputs["stitching"] * 1.01
        return outputs

    monkeypatch.setattr(verify, "expected_outputs", wrong)
    with pytest.raises(VerificationError, match="stitching differs"):
        convert(Options(weights, tmp_path / "out", size=256))
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_nan_counts_as_the_greatest_error() -> None:
    values = {"a": np.ones(3, dtype=np.float32), "b": np.ones(3, dtype=np.float32)}
    broken = {"a": np.full(3, 1.5, dtype=np.float32), "b": np.array([1, np.nan, 1], np.float32)}
    error, worst = verify.greatest_error(values, broken)
    assert worst == "b"
    assert not error <= 1.0


def test_half_floats_are_refused_when_a_weight_is_beyond_them(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    write_random_checkpoint(folder, TINY)
    rewrite(
        folder / "base_models/warping_module.safetensors",
        lambda content: content["fourth.weight"].__imul__(1e6),
    )
    with pytest.raises(ConversionError, match="--precision fp32"):
        convert(Options(folder, tmp_path / "out", size=256))


# wrong checkpoints


def refusal(folder: Path, **options: bool) -> ConversionError:
    with pytest.raises(ConversionError) as caught:
        read_checkpoint(folder, lambda text: None, **options)
    assert caught.value.remedy
    return caught.value


def test_missing_files_are_all_named(copied: Path) -> None:
    (copied / "base_models/motion_extractor.safetensors").unlink()
    (copied / "retargeting_models/stitching_retargeting_module.safetensors").unlink()
    error = refusal(copied)
    assert error.code == "checkpoint-missing"
    assert "motion_extractor" in error.failed
    assert "stitching_retargeting_module" in error.failed
    assert "warping_module" not in error.failed


def test_missing_key_is_named(copied: Path) -> None:
    path = copied / "base_models/warping_module.safetensors"
    rewrite(path, lambda content: content.pop("third.conv.weight"))
    error = refusal(copied)
    assert error.code == "checkpoint-foreign"
    assert "warping network" in error.failed
    assert "missing: third.conv.weight" in error.failed


def test_wrong_shape_is_named_with_both_shapes(copied: Path) -> None:
    path = copied / "base_models/spade_generator.safetensors"
    rewrite(path, lambda content: content.update({"fc.bias": np.zeros(99, np.float32)}))
    error = refusal(copied)
    assert error.code == "checkpoint-foreign"
    assert "fc.bias is (99,), not (12,)" in error.failed


def test_another_models_file_is_refused(copied: Path) -> None:
    folder = copied / "base_models"
    shutil.copy(folder / "spade_generator.safetensors", folder / "warping_module.safetensors")
    error = refusal(copied)
    assert error.code == "checkpoint-foreign"
    assert "those of another model" in error.failed


def test_values_that_are_not_finite_are_refused(copied: Path) -> None:
    path = copied / "base_models/appearance_feature_extractor.safetensors"
    rewrite(path, lambda content: content["second.bias"].__setitem__(0, np.nan))
    assert refusal(copied).code == "checkpoint-damaged"


@pytest.mark.parametrize("content", [b"", b"<!doctype html><p>Sign in</p>", b"\x10" + b"\0" * 60])
def test_file_that_is_no_safetensors_is_refused(copied: Path, content: bytes) -> None:
    (copied / "base_models/warping_module.safetensors").write_bytes(content)
    error = refusal(copied)
    assert error.code == "checkpoint-unreadable"
    assert "warping_module.safetensors" in error.failed


def test_pth_of_another_size_is_refused_before_it_is_opened(copied: Path) -> None:
    (copied / "base_models/warping_module.safetensors").unlink()
    (copied / "base_models/warping_module.pth").write_bytes(b"no checkpoint")
    error = refusal(copied)
    assert error.code == "checkpoint-unofficial"
    assert "13 bytes, the official file has 182180086" in error.failed
    assert "--any-weights" in error.remedy


def test_torch_is_asked_for_when_a_pth_is_read_without_it(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copied / "base_models/warping_module.safetensors").unlink()
    (copied / "base_models/warping_module.pth").write_bytes(b"no checkpoint")
    monkeypatch.setitem(sys.modules, "torch", None)
    error = refusal(copied, allow_unofficial=True)
    assert isinstance(error, ResourceError)
    assert error.code == "torch-missing"
    assert "safetensors" in error.remedy


def test_pth_files_are_read_where_torch_is(copied: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for file in OFFICIAL_FILES:
        path = copied / f"{file.path}.safetensors"
        content = {
            key: torch.from_numpy(values)
            for key, values in safetensors.numpy.load_file(path).items()
        }
        if len(file.sections) > 1:
            content = {
                section: {
                    key.removeprefix(f"{section}."): value
                    for key, value in content.items()
                    if key.startswith(f"{section}.")
                }
                for section in file.sections.values()
            }
        torch.save(content, path.with_suffix(".pth"))
        expected = read_checkpoint(copied, lambda text: None, allow_unofficial=True)
        path.unlink()
        found = read_checkpoint(copied, lambda text: None, allow_unofficial=True)
        assert found.widths == TINY
        for part, tensors in expected.tensors.items():
            for key, values in tensors.items():
                assert np.array_equal(found.tensors[part][key], values)


def test_pth_that_holds_code_is_refused_where_torch_is(copied: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    path = copied / "base_models/warping_module.safetensors"
    path.unlink()
    torch.save({"a": Path("/")}, path.with_suffix(".pth"))
    assert refusal(copied, allow_unofficial=True).code == "checkpoint-unreadable"


def test_flat_folder_and_split_perceptrons_are_found_too(weights: Path, tmp_path: Path) -> None:
    for path in weights.rglob("*.safetensors"):
        shutil.copy(path, tmp_path)
    last = tmp_path / "stitching_retargeting_module.safetensors"
    content = safetensors.numpy.load_file(last)
    last.unlink()
    for name, section in (("stitching", "retarget_shoulder"), ("lip", "retarget_mouth")):
        start = f"{section}.module."
        part = {key.removeprefix(start): v for key, v in content.items() if key.startswith(start)}
        safetensors.numpy.save_file(part, tmp_path / f"{name}.safetensors")
    found = read_checkpoint(tmp_path, lambda text: None)
    assert NetworkPart.LIP in found.tensors
    assert NetworkPart.EYE not in found.tensors
    assert replace(found.widths, eye=TINY.eye) == TINY
    assert not found.official


# too little room


def test_too_little_disk_is_told_before_anything_is_read(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "DISK_BYTES", 1 << 60)
    with pytest.raises(ResourceError, match=r"GB free.*takes") as caught:
        convert(Options(weights, tmp_path / "not" / "yet" / "there"))
    assert caught.value.code == "too-little-disk"
    assert not (tmp_path / "not").exists()


def test_too_little_memory_is_told_before_anything_is_read(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "available_memory", lambda: 1_000_000_000)
    with pytest.raises(ResourceError, match=r"1\.0 GB of memory") as caught:
        convert(Options(weights, tmp_path))
    assert caught.value.code == "too-little-memory"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError(28, "No space left on device"), "No space left"),
        (MemoryError(), "out of memory"),
        (KeyboardInterrupt(), "Stopped"),
    ],
)
def test_command_says_that_finished_parts_are_kept_when_it_ends_in_the_middle(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    said: str,
) -> None:
    def fail(options: Options) -> None:
        raise failure

    monkeypatch.setattr(command, "convert", fail)
    parser = command.make_parser()
    words = ["--weights", str(weights), "--out", str(tmp_path / "out")]
    with pytest.raises(ConversionError, match=said) as caught:
        command.run(parser.parse_args(words))
    assert "finished parts are kept" in caught.value.remedy


def test_command_converts_into_the_folder_that_is_named(weights: Path, tmp_path: Path) -> None:
    words = ["--weights", str(weights), "--out", str(tmp_path), "--size", "256"]
    command.main([*words, "--precision", "fp32"])
    manifest = NativeModel(tmp_path).manifest
    assert set(manifest.graph("generator").files) == {Precision.FP32}
    assert manifest.tensor("portrait").shape == (1, 3, 128, 128)


def test_command_line_names_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "persona_liveportrait", "--weights", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "py")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "appearance_feature_extractor" in done.stderr
    assert "remedy:" in done.stderr
    assert "Traceback" not in done.stderr


# the real size


@pytest.mark.skipif(
    os.environ.get("VP_FULL", "0") in {"", "0"},
    reason="VP_FULL=1 converts the full-size network with random weights: minutes, 4 GB",
)
def test_full_size_network_converts_in_memory_and_to_the_expected_size(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "weights")
    manifest = convert(Options(tmp_path / "weights", tmp_path / "out"))
    sizes = {each.name.removesuffix(".bin"): each.bytes for each in manifest.weights}
    together = sizes["appearance"] + sizes["warping"] + sizes["generator"]
    assert together == pytest.approx(195 * 2**20, rel=0.05)
    assert sizes["motion"] == pytest.approx(28.12e6 * 4, rel=0.01)
    assert manifest.tensor("image").shape == (1, 3, 512, 512)
    assert manifest.gflop(GraphStage.FRAME) == pytest.approx(1230, rel=0.12)
    peak_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert peak_kilobytes < 24 << 20
