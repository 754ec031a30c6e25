"""The LivePortrait graphs in onnxruntime-web, in a real browser: they give what the official code
gave for a narrow network, on wasm and on a software GPU. ``-s`` shows the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import pytest
from playwright.sync_api import Browser, Page, Playwright
from tests.models.liveportrait_reference import SIZE, needs_reference, read_reference
from tests.support import graphics
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.site_server import ROOT

from persona_core.neural.manifest.manifest import Precision
from persona_liveportrait.convert.checkpoint import check_tensors
from persona_liveportrait.graphs.recipe import RECIPES, write_graphs

TOLERANCE: Final = {Precision.FP32: 1e-3, Precision.FP16: 2e-2}
"""By what the weights are stored in: greatest difference over greatest value."""
BUNDLES: Final = {"wasm": "ort.wasm.min.mjs", "webgpu": "ort.jspi.min.mjs"}
WAIT_MS: Final = 3_600_000
PARTS_PAGE: Final = Path(__file__).with_name("parts_page.js").read_bytes()
HEADS: Final = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")


@dataclass(frozen=True)
class Step:
    """Graphs that run on known inputs, and the known tensors that they are to give; both by the
    graphs' own names."""

    graphs: tuple[str, ...]
    inputs: dict[str, str]
    outputs: dict[str, str]


KEYPOINTS: Final = {"kp_source": "in/kp_source", "kp_driving": "in/kp_driving"}
FEATURES: Final = "out/feature_3d"
WARPED: Final = {name: f"out/{name}" for name in ("warped", "occlusion_map", "deformation")}
MOTION: Final = Step(
    ("motion",), {"portrait": "in/image"}, {head: f"out/motion/{head}" for head in HEADS}
)
STITCHING: Final = Step(
    ("stitching",),
    {"kp_source": "in/kp_source", "kp_target": "in/kp_driving"},
    {"stitching": "out/stitching"},
)
APPEARANCE: Final = Step(("appearance",), {"portrait": "in/image"}, {"feature_3d": FEATURES})
# from the picture to the picture
CHAIN: Final = Step(
    ("appearance", "warping", "generator"),
    {"portrait": "in/image"} | KEYPOINTS,
    {"feature_3d": FEATURES} | WARPED | {"image": "out/image"},
)
PARTS_APART: Final = (
    APPEARANCE,
    MOTION,
    STITCHING,
    Step(("warping",), {"feature_3d": FEATURES} | KEYPOINTS, WARPED),
    Step(("generator",), {"warped": "out/warped"}, {"image": "out/image"}),
)
LIGHT: Final = (APPEARANCE, MOTION, STITCHING)
full = [
    pytest.mark.skipif(
        os.environ.get("VP_FULL", "0") in {"", "0"},
        reason="VP_FULL=1 runs 57 GFLOP on a GPU made of software, too: minutes",
    ),
    pytest.mark.timeout(WAIT_MS / 1000),
]


@pytest.fixture(scope="module")
def gpu_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, *graphics.WEBGPU)
    yield browser
    browser.close()


@dataclass(frozen=True)
class Written:
    """The narrow network as files that a page can have.

    Attributes:
        files: by path, as ``bare_page`` takes them.
        models: the graphs by part.
        shapes: of the official tensors by name.
    """

    files: dict[str, bytes]
    models: dict[str, onnx.ModelProto]
    shapes: dict[str, list[int]]


def write_parts(stored: Precision, computed: Precision, scratch: Path) -> Written:
    """The graphs that compute in one precision over weights stored in one."""
    weights, known = read_reference()
    widths = check_tensors(weights)
    files: dict[str, bytes] = {}
    models = {}
    for recipe in RECIPES:
        if recipe.part not in weights:
            continue
        name = recipe.part.value
        path = scratch / f"{name}.bin"
        kept = recipe.stored(stored)
        graphs = write_graphs(recipe, weights[recipe.part], widths, SIZE, path, kept)
        models[name] = graphs.get(computed) or graphs[Precision.FP32]
        files[f"/parts/{name}.bin"] = path.read_bytes()
        files[f"/parts/{name}.onnx"] = models[name].SerializeToString()
    for name, values in known.items():
        data = np.ascontiguousarray(values, np.float32).tobytes()
        files[f"/parts/{name.replace('/', '_')}.f32"] = data
    return Written(files, models, {name: list(values.shape) for name, values in known.items()})


def ranks_of_samples(model: onnx.ModelProto) -> set[int]:
    """How many axes the pictures have that a graph samples."""
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    infos = (*inferred.value_info, *inferred.input, *inferred.output)
    axes = {info.name: len(info.type.tensor_type.shape.dim) for info in infos}
    return {axes[node.input[0]] for node in inferred.node if node.op_type == "GridSample"}


def run(
    page: Page, backend: str, steps: Sequence[Step], shapes: dict[str, list[int]]
) -> list[dict[str, float]]:
    """Errors by official tensor, step by step."""
    page.set_default_timeout(WAIT_MS)
    parts = sorted({graph for step in steps for graph in step.graphs})
    found: list[list[float]] = page.evaluate(
        """async ([backend, bundle, parts, steps, shapes]) => {
          const { errorsOf, openParts } = await import("/parts_page.js");
          const host = await openParts(backend, bundle, parts);
          const errors = [];
          for (const step of steps) errors.push(await errorsOf(host, step, shapes));
          await host.close();
          return errors;
        }""",
        [backend, BUNDLES[backend], parts, [vars(step) for step in steps], shapes],
    )
    return [
        dict(zip(step.outputs.values(), errors, strict=True))
        for step, errors in zip(steps, found, strict=True)
    ]


def merged(errors: Iterable[dict[str, float]]) -> dict[str, float]:
    return {name: error for each in errors for name, error in each.items()}


@contextmanager
def page_with(browser: Browser, dist: Path, written: Written) -> Iterator[Page]:
    files: dict[str, Any] = {
        "/web": ROOT / "py" / "persona_web",
        "/vendor": dist / "vendor",
        "/parts_page.js": PARTS_PAGE,
    }
    with bare_page(browser, files | written.files) as page:
        yield page


def check(name: str, errors: dict[str, float], stored: Precision) -> None:
    """Shows the errors, and holds them to what is tolerated."""
    sys.stdout.write(f"\n{name}\n")
    sys.stdout.writelines(f"  {tensor:20} {error:.1e}\n" for tensor, error in errors.items())
    assert {name: each for name, each in errors.items() if not each <= TOLERANCE[stored]} == {}


@needs_reference
@pytest.mark.parametrize(
    ("stored", "computed"),
    [
        (Precision.FP32, Precision.FP32),
        (Precision.FP16, Precision.FP32),
        (Precision.FP16, Precision.FP16),
    ],
    ids=lambda precision: precision.value,
)
def test_every_official_output_is_reproduced_when_wasm_runs_the_graphs(
    gpu_browser: Browser, dist: Path, tmp_path: Path, stored: Precision, computed: Precision
) -> None:
    """Part by part on the official inputs, and from the picture through to the picture."""
    written = write_parts(stored, computed, tmp_path)
    with page_with(gpu_browser, dist, written) as page:
        *parts, chain = run(page, "wasm", (*PARTS_APART, CHAIN), written.shapes)
    apart = merged(parts)
    name = f"wasm, stored {stored.value}, computed {computed.value}"
    check(f"{name}, part by part", apart, stored)
    check(f"{name}, from the picture", chain, stored)
    assert set(apart) == {name for name in written.shapes if name.startswith("out/")}


@needs_reference
@pytest.mark.parametrize(
    "steps",
    [pytest.param(LIGHT, id="light"), pytest.param((MOTION, STITCHING, CHAIN), marks=full)],
)
@pytest.mark.parametrize(
    ("stored", "computed"),
    [
        (Precision.FP32, Precision.FP32),
        pytest.param(Precision.FP16, Precision.FP32, marks=full),
        pytest.param(Precision.FP16, Precision.FP16, marks=full),
    ],
    ids=lambda precision: precision.value,
)
def test_official_outputs_are_reproduced_when_webgpu_runs_the_graphs(
    gpu_browser: Browser,
    dist: Path,
    tmp_path: Path,
    steps: tuple[Step, ...],
    stored: Precision,
    computed: Precision,
) -> None:
    """Nothing is left to the CPU: a session with such an operator would not be made."""
    written = write_parts(stored, computed, tmp_path)
    assert ranks_of_samples(written.models["warping"]) == {4}
    with page_with(gpu_browser, dist, written) as page:
        if computed is Precision.FP16 and not has_half_floats(page):
            pytest.skip("this machine's WebGPU has no half floats")
        errors = merged(run(page, "webgpu", steps, written.shapes))
    check(f"webgpu, stored {stored.value}, computed {computed.value}", errors, stored)
    if CHAIN in steps:
        assert set(errors) == {name for name in written.shapes if name.startswith("out/")}


@needs_reference
@pytest.mark.parametrize("computed", list(Precision), ids=lambda precision: precision.value)
def test_no_operator_wants_more_buffers_than_every_webgpu_has(
    tmp_path: Path, computed: Precision
) -> None:
    """A split binds its input and all its results at once; 8 buffers are guaranteed."""
    models = write_parts(Precision.FP16, computed, tmp_path).models
    splits = [n for model in models.values() for n in model.graph.node if n.op_type == "Split"]
    assert len(splits) > 4
    assert max(1 + len(node.output) for node in splits) <= 8


def has_half_floats(page: Page) -> bool:
    return page.evaluate("async () => (await import('/parts_page.js')).hasHalfFloats()")


def test_figures_are_written_when_a_part_is_measured_in_a_browser(
    dist: Path, tmp_path: Path
) -> None:
    """The benchmark for machines with a GPU, tried with a small network on wasm."""
    target = tmp_path / "figures.json"
    words = ["--backend", "wasm", "--narrow", "--size", "128", "--parts", "appearance"]
    words += ["--runs", "2", "--no-torch", "--flags=", "--json", str(target)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "py"), "VP_DIST": str(dist)}
    command = [sys.executable, "-m", "tools.bench.liveportrait", *words]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    (figure,) = json.loads(target.read_text("utf-8"))["figures"]
    assert (figure["engine"], figure["part"]) == ("Chromium, wasm", "appearance")
    assert 0.0 < figure["median_ms"] <= figure["worst_ms"]
