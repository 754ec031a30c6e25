"""The rules of who may import whom, on a copy of the project's own modules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from persona_build.checks import STATIC_CHECKS, Layer
from persona_build.layout import Layout

HERE = Layout.here()

PLANTED: Mapping[str, tuple[str, str]] = {
    "py/persona_core/face/planted.py": (
        "import torch",
        "persona_core.face.planted -> torch",
    ),
    "py/persona_models/lite/planted.py": (
        "def later():\n    from torch import nn",
        "persona_models.lite.planted -> torch",
    ),
    "py/persona_models/planted.py": (
        "from persona_models.train.trainer import Trainer",
        "persona_models.planted -> persona_models.train.trainer",
    ),
    "py/persona_liveportrait/graphs/planted.py": (
        "import torch",
        "persona_liveportrait.graphs.planted -> torch",
    ),
    "py/persona_models/onnx/planted.py": (
        "from persona_liveportrait.graphs import layers",
        "persona_models.onnx.planted -> persona_liveportrait.graphs.layers",
    ),
    "py/persona_models/faces/planted.py": (
        "from persona_models.data import looks",
        "persona_models.faces.planted -> persona_models.data.looks",
    ),
    "tests/browser/test_planted_tool.py": (
        "from tools.bench import figures",
        "tests.browser.test_planted_tool -> tools.bench.figures",
    ),
    "tools/planted.py": (
        "from tests.browser import model_files",
        "tools.planted -> tests.browser.model_files",
    ),
    "tests/browser/test_planted.py": (
        "from persona_models.train import shards",
        "tests.browser.test_planted -> persona_models.train.shards",
    ),
    "tests/unit/build/test_planted.py": (
        "import torch.nn",
        "tests.unit.build.test_planted -> torch",
    ),
}
"""What nobody may write, and how it is told."""


@pytest.fixture
def copy(tmp_path: Path) -> Layout:
    """The project's Python files and its rules."""
    layout = Layout(tmp_path)
    for folder in (HERE.packages, HERE.tests, HERE.tools):
        for path in folder.rglob("*.py"):
            target = layout.root / path.relative_to(HERE.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    shutil.copyfile(HERE.pyproject, layout.pyproject)
    return layout


def lint(layout: Layout) -> tuple[int, str]:
    """The exit status of the imports layer's command, and what it printed."""
    [words] = STATIC_CHECKS[Layer.IMPORTS]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=layout.root,
        env={**os.environ, "PYTHONPATH": str(layout.packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_import_of_torch_is_refused_when_it_is_outside_training(copy: Layout) -> None:
    status, printed = lint(copy)
    assert status == 0, printed
    for name, (line, _) in PLANTED.items():
        (copy.root / name).write_text(f"{line}\n", "utf-8")
    status, printed = lint(copy)
    assert status == 1
    for _, told in PLANTED.values():
        assert told in printed
