"""onnxruntime sends nothing to its makers, whichever module of ours loads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.site_server import ROOT

PACKAGES = ROOT / "py"
LOADS = re.compile(r"^\s*(import|from) onnxruntime\b", re.MULTILINE)
MODULES = sorted(
    ".".join(path.relative_to(PACKAGES).with_suffix("").parts)
    for path in PACKAGES.rglob("*.py")
    if LOADS.search(path.read_text("utf-8"))
)
PLUG_IN = "persona_render.engines.loading"
"""Is there before somebody else's engine, which may load onnxruntime by itself."""
PROBE = """
import importlib, importlib.abc, os, sys

class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            print(os.environ.get("ORT_DISABLE_TELEMETRY"))

sys.meta_path.insert(0, Watch())
importlib.import_module(sys.argv[1])
import onnxruntime
"""
HEEDED = ("ORT_DISABLE_TELEMETRY", "CI", "XDG_CACHE_HOME")
"""By onnxruntime; a newcomer's machine has none of them."""


@pytest.mark.parametrize("module", [*MODULES, PLUG_IN])
def test_onnxruntime_is_told_to_be_silent_before_it_is_loaded(module: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in HEEDED}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(PACKAGES)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, module],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["1"], done.stderr
    assert not list(tmp_path.rglob("*nnxruntime*")), "an identifier was left in the home folder"


def test_modules_that_load_onnxruntime_are_found_when_they_are_looked_for() -> None:
    assert {"persona_models.onnx.native", "persona_render.engines.liveportrait"} <= set(MODULES)
