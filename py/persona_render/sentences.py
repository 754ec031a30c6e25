"""What an operator is told when the render server cannot start, beside what all servers say."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = {
    "bad-model": "The model cannot be used ({detail}). Name the folder of a whole one with "
    "--model; LivePortrait-Lite comes with the app in static/models/liveportrait-lite.",
    "no-node": "Portraits are painted by Node, and there is {detail} here. Install one, or the "
    "packages of requirements-node.lock, which bring it along.",
    "no-engine": "There is no such engine: {detail}. Choose with --engine, or leave it out.",
    "no-cuda": "This machine or its onnxruntime has no {detail}. Install onnxruntime-gpu and the "
    "driver, or take --device auto.",
    "no-batch": "This model does not draw several pictures at once ({detail}). Leave --batch out.",
    "no-onnxruntime": "onnxruntime is missing ({detail}). Install the packages of "
    "requirements-render.lock.",
}
