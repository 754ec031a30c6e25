"""The texts that lie beside a converted LivePortrait model: its card and its licence."""

from __future__ import annotations

from collections.abc import Mapping

from persona_core.neural.manifest.manifest import GraphStage, Licence, Manifest, Precision

LICENCE_FILE = "LICENSE.txt"
CARD_FILE = "README.md"
HOLDER = "Kuaishou Visual Generation and Interaction Center"
PROJECT = "https://github.com/KwaiVGI/LivePortrait"

LICENCE = Licence(
    id="MIT",
    holder=HOLDER,
    file=LICENCE_FILE,
    note="The detection models that the official program uses besides are for non-commercial "
    "research only. They are not part of this model; faces are found by MediaPipe.",
)

LICENCE_TEXT = f"""MIT License

Copyright (c) 2024 {HOLDER}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def write_card(manifest: Manifest, *, official: bool, half_error: float | None) -> str:
    """The model card, Markdown.

    Args:
        official: whether the weights are the official ones to the last bit.
        half_error: how far half floats deviate from whole floats; None where there are none.
    """
    size = manifest.tensor("image").shape[-1]
    weights = "the official release" if official else "files that are not the official release's"
    lines = [
        f"# {manifest.title}, {size} x {size}",
        "",
        f"Converted from {weights} of LivePortrait ({PROJECT}) for onnxruntime in browsers. "
        f"{manifest.licence.id} licence, {manifest.licence.holder}; see {LICENCE_FILE}. "
        f"{manifest.licence.note}",
        "",
        "Meant for pictures of people who agreed to it. A moving portrait is not a recording, and "
        "should not be shown as one.",
        "",
        "| graph | runs | GFLOP | MB | computes in |",
        "|---|---|---|---|---|",
        *(_row(manifest, index) for index in range(len(manifest.graphs))),
        "",
        f"One portrait costs {manifest.gflop(GraphStage.PORTRAIT):.0f} GFLOP, one frame "
        f"{manifest.gflop(GraphStage.FRAME):.0f} GFLOP.",
    ]
    if half_error is not None:
        lines.append(f"In half floats the picture deviates by {half_error:.2%} on average.")
    lines += ["", "Made of:", "", *_sources(manifest.source.files)]
    return "\n".join(lines) + "\n"


def _row(manifest: Manifest, index: int) -> str:
    graph = manifest.graphs[index]
    weights = manifest.weights_of(graph)
    megabytes = (weights.bytes if weights else 0) / 1e6
    runs = "once a portrait" if graph.stage is GraphStage.PORTRAIT else "every frame"
    computes = ", ".join(p.value for p in Precision if p in graph.files)
    return f"| {graph.name} | {runs} | {graph.gflop:.3g} | {megabytes:.1f} | {computes} |"


def _sources(files: Mapping[str, str]) -> list[str]:
    return [f"- `{name}`, SHA-256 `{digest}`" for name, digest in files.items()]
