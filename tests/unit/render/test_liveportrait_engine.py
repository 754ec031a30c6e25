"""LivePortrait's family as an engine: the toy model through and through, the real network's parts
on the official code's numbers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tests.models.liveportrait_reference import SIZE, needs_reference, read_reference
from tests.models.random_checkpoint import TINY, write_random_checkpoint
from tests.support import expressions
from tests.support.nano import NANO
from tests.support.portraits import built_in

from persona_core.base.arrays import Floats
from persona_core.errors import PortraitError
from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.manifest.manifest import Precision
from persona_core.neural.portrait_crop import Square
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_liveportrait.convert.checkpoint import check_tensors
from persona_liveportrait.convert.model_folder import Options, convert
from persona_liveportrait.graphs.recipe import RECIPES, write_graphs
from persona_models.onnx.native import NativeModel, open_session
from persona_render.engines import liveportrait
from persona_render.engines.device_graphs import DeviceGraphs, Values
from persona_render.engines.engine import EngineOptions, Picture
from persona_render.engines.liveportrait import LivePortraitEngine, providers_for
from persona_render.engines.loading import open_engine
from persona_render.engines.picture_batch import PictureBatch
from persona_render.engines.pixels import decoded
from persona_render.errors import RenderError
from persona_render.sentences import SENTENCES
from persona_server.sentences import sentence

STILL = expressions.params({})
TURNED = expressions.params({"jawOpen": 0.6}, yaw=15.0)
TOLERANCE = 2e-2
"""Greatest difference over greatest value, of weights in half floats, as for a browser."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as the converter makes it, of a narrow network with random weights."""
    weights, folder = tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("model")
    write_random_checkpoint(weights, replace(TINY, keypoints=21))
    convert(Options(weights, folder, size=256))
    return folder


@pytest.fixture(scope="module")
def engine() -> LivePortraitEngine:
    found = open_engine("", EngineOptions(NANO))
    assert isinstance(found, LivePortraitEngine)
    return found


def test_pictures_are_those_of_the_model_when_a_face_drives_it(engine: LivePortraitEngine) -> None:
    portrait, model = built_in(), NativeModel(NANO)
    driver, manifest = KeypointDriver(), model.manifest
    square = Square.about(portrait.landmarks, manifest.rig.crop)
    side = manifest.tensor("portrait").shape[-1]
    photo = {"portrait": square.cut(decoded(portrait), side, side)}
    neutral = np.zeros(manifest.tensor("kp_target").shape, np.float32)
    seen = model.run(photo | {"kp_source": neutral, "kp_target": neutral}, Precision.FP32)
    given = photo | driver.settle(seen)
    session = engine.open(PortraitSet(portrait), engine.sides[0])
    shown = []
    for face in (STILL, TURNED):
        wanted = model.run(given | driver.parameters(face), Precision.FP32)[engine.graphs.image][0]
        shown.append(session.render(face))
        off = np.abs(shown[-1] / 255.0 - wanted.clip(0.0, 1.0).transpose(1, 2, 0))
        assert off.max() < 1.0 / 255.0
    assert np.abs(shown[0].astype(int) - shown[1]).max() > 30, "it moves"
    session.close()


def test_sessions_share_weights_and_nothing_else_when_there_are_two(
    engine: LivePortraitEngine,
) -> None:
    first = engine.open(PortraitSet(built_in("officer")), 0)
    wanted = first.render(TURNED)
    second = engine.open(PortraitSet(built_in("astronaut")), 0)
    assert (second.render(TURNED) != wanted).any()
    assert (first.render(TURNED) == wanted).all()


def test_pictures_are_those_of_each_alone_when_frames_that_wait_are_drawn_at_once(
    network: Path,
) -> None:
    faces = [expressions.params({"jawOpen": 0.2 * n}, yaw=5.0 * n) for n in range(5)]
    people = [PortraitSet(built_in(name)) for name in ("officer", "astronaut", "officer")]
    people += people[:2]

    single = LivePortraitEngine(EngineOptions(network, workers=8))
    assert single._together is None, "a processor is asked for one after the other"
    alone = [
        single.open(portrait, 0).render(face) for portrait, face in zip(people, faces, strict=True)
    ]

    several = LivePortraitEngine(EngineOptions(network, workers=8, batch=4))
    sessions = [several.open(portrait, 0) for portrait in people]
    together = several._together
    assert together is not None
    draw, sizes = together._work, []

    def counted(frames: Sequence[Values]) -> Sequence[Floats]:
        sizes.append(len(frames))
        return draw(frames)

    together._work = counted
    with ThreadPoolExecutor(5) as pool:
        with together._turn:  # so that all of them wait before one begins
            asked = [
                pool.submit(session.render, face)
                for session, face in zip(sessions, faces, strict=True)
            ]
            while len(together._waiting) < 5:
                time.sleep(0.01)
        drawn: list[Picture] = [each.result(60) for each in asked]
    assert sizes == [4, 1]
    for picture, wanted in zip(drawn, alone, strict=True):
        assert np.abs(picture.astype(int) - wanted).max() <= 1
    differences = [np.abs(one.astype(int) - alone[0]).max() for one in alone[1:]]
    assert min(differences) > 5, "no two of them are the same picture"


def test_batch_is_refused_in_plain_words_when_a_model_cannot_draw_several() -> None:
    """The toy's frame is one graph, which wants the features of one portrait."""
    with pytest.raises(RenderError) as error:
        LivePortraitEngine(EngineOptions(NANO, workers=4, batch=4))
    assert error.value.code == "no-batch"
    assert "--batch" in sentence(error.value, SENTENCES)
    assert LivePortraitEngine(EngineOptions(NANO, workers=1, batch=4))._together is None, (
        "who has one worker asks for one at a time"
    )


def test_engine_draws_one_at_a_time_when_several_at_once_come_out_wrong(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a device that nobody insists to use so."""
    draw = PictureBatch.draw
    monkeypatch.setattr(PictureBatch, "draw", lambda *given: [*reversed(draw(*given))])
    monkeypatch.setattr(liveportrait, "CUDA", liveportrait.CPU)
    assert LivePortraitEngine(EngineOptions(network, 4, "cpu"))._together is None
    with pytest.raises(RenderError, match="at once one is off"):
        LivePortraitEngine(EngineOptions(network, 4, "cpu", batch=4))
    monkeypatch.undo()
    monkeypatch.setattr(liveportrait, "CUDA", liveportrait.CPU)
    assert LivePortraitEngine(EngineOptions(network, 4, "cpu"))._together is not None


def test_portrait_is_refused_when_its_photo_cannot_be_decoded(engine: LivePortraitEngine) -> None:
    portrait = built_in()
    object.__setattr__(portrait, "image", portrait.image[:1000])
    with pytest.raises(PortraitError):
        engine.open(PortraitSet(portrait), 0)


def test_device_is_what_is_there_when_nobody_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def machine(*providers: str) -> None:
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(providers))

    cpu, cuda, tensorrt = liveportrait.CPU, liveportrait.CUDA, liveportrait.TENSORRT
    machine(cpu)
    assert providers_for("auto") == (cpu,)
    with pytest.raises(RenderError) as error:
        providers_for("cuda")
    assert error.value.code == "no-cuda"
    assert "onnxruntime-gpu" in sentence(error.value, SENTENCES)
    machine(tensorrt, cuda, cpu)
    assert providers_for("auto") == (cuda, cpu)
    assert providers_for("cpu") == (cpu,)
    assert providers_for("tensorrt") == (tensorrt, cuda, cpu)


def test_engine_says_so_when_cuda_is_promised_and_does_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """onnxruntime goes on with the CPU where a driver is missing, with a line in its log."""
    monkeypatch.setattr(liveportrait, "PROVIDERS", {"cuda": (liveportrait.CUDA, liveportrait.CPU)})
    monkeypatch.setattr(DeviceGraphs, "put", _on_cpu)
    there = [liveportrait.CUDA, liveportrait.CPU]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    with pytest.raises((RenderError, UserWarning)) as error:
        LivePortraitEngine(EngineOptions(NANO, device="cuda"))
    assert "CUDA" in str(error.value)


def _on_cpu(graphs: DeviceGraphs, tensors: Mapping[str, Floats]) -> Values:
    graphs.device = "cpu"
    make = onnxruntime.OrtValue.ortvalue_from_numpy
    return {name: make(np.ascontiguousarray(each)) for name, each in tensors.items()}


def test_model_is_refused_when_it_computes_something_else(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(NANO, tmp_path / "nano"))
    manifest = (folder / "manifest.json").read_text("utf-8")
    broken = manifest.replace('"mean": ', '"mean": 9')
    assert broken != manifest
    (folder / "manifest.json").write_text(broken, "utf-8")
    with pytest.raises(RenderError, match="computes wrongly") as error:
        open_engine("", EngineOptions(folder))
    assert error.value.code == "bad-model"


@needs_reference
def test_every_official_output_is_reproduced_when_the_engine_runs_its_graphs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A narrow network's graphs, as the converter writes them, in the place of the toy's."""
    weights, known = read_reference()
    widths, sessions = check_tensors(weights), {}
    for recipe in RECIPES:
        if recipe.part in weights:
            path = tmp_path / f"{recipe.part.value}.bin"
            stored = recipe.stored(Precision.FP16)
            written = write_graphs(recipe, weights[recipe.part], widths, SIZE, path, stored)
            graph = written[Precision.FP32].SerializeToString()
            sessions[recipe.part.value] = open_session(graph, {path.name: path.read_bytes()})
    graphs = DeviceGraphs(NativeModel(NANO), "cpu")
    monkeypatch.setattr(graphs, "_sessions", sessions)
    keypoints = {"kp_source": known["in/kp_source"], "kp_driving": known["in/kp_driving"]}
    errors = {}
    for name, inputs, outputs in (
        ("appearance", {"portrait": known["in/image"]}, ("feature_3d",)),
        (
            "warping",
            {"feature_3d": known["out/feature_3d"]} | keypoints,
            ("warped", "occlusion_map", "deformation"),
        ),
        ("generator", {"warped": known["out/warped"]}, ("image",)),
        (
            "stitching",
            {"kp_source": known["in/kp_source"], "kp_target": known["in/kp_driving"]},
            ("stitching",),
        ),
        ("motion", {"portrait": known["in/image"]}, ()),
    ):
        found = graphs.run_graph(name, graphs.put(inputs))
        pairs = {output: f"out/{output}" for output in outputs if output in found}
        pairs |= {head: f"out/motion/{head}" for head in found if f"out/motion/{head}" in known}
        for output, official in pairs.items():
            wanted = known[official]
            off = np.abs(found[output].numpy().reshape(wanted.shape) - wanted).max()
            errors[official] = float(off / np.abs(wanted).max())
    assert {
        "out/stitching",
        "out/feature_3d",
        "out/warped",
        "out/image",
        "out/motion/kp",
    } <= errors.keys()
    assert max(errors.values()) <= TOLERANCE, errors
