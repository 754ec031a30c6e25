"""A private copy of the built site: a page for the benchmark of neural models, and a model that is
heavy enough to measure a runtime by."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
from pathlib import Path
from typing import Final

from tests.support import nano
from tests.support.nano_model import Shape, build
from tests.support.portraits import canonical_portrait
from tests.support.site_server import ROOT

PAGE: Final = "neural-bench"
WIDE: Final = "nano-wide"
WIDE_SHAPE: Final = Shape(width=480)
"""1 GFLOP a frame."""
BALLAST_SHARDS: Final = 6
SHARD_BYTES: Final = 4 * 1024 * 1024
HERE: Final = Path(__file__).parent


def with_neural_page(dist: Path, copy: Path) -> Path:
    """The copy; the page is at ``neural-bench/``, the model in ``models/nano-wide``."""
    shutil.copytree(dist, copy)
    nano.add_to_site(copy)
    folder = copy / PAGE
    folder.mkdir()
    html = (copy / "test" / "index.html").read_text("utf-8")
    html, places = re.subn(
        r'<canvas id="preview"[^>]*></canvas>',
        '<canvas id="bench" width="512" height="512"></canvas>',
        html,
    )
    if places != 1:
        raise RuntimeError("the test page is not built as it was")
    (folder / "index.html").write_text(html, "utf-8")
    (folder / "face.portrait").write_bytes(canonical_portrait("rgb(200, 150, 120)").to_bytes())
    shutil.copy(HERE / "neural_main.py", folder / "main.py")
    shutil.copy(HERE / "bare_session.js", folder / "bare_session.js")
    _add_wide_model(copy / "models" / WIDE)
    return copy


def _add_wide_model(folder: Path) -> None:
    """Wide nets of this kind weigh next to nothing: bytes that no graph reads make it as heavy as
    a real one, so that its loading can be measured."""
    folder.mkdir()
    build(folder, ROOT / "LICENSE", WIDE_SHAPE)
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8")) | {"name": WIDE}
    weights = manifest["weights"][0]
    for seed in range(BALLAST_SHARDS):
        data = random.Random(seed).randbytes(SHARD_BYTES)
        sha256 = hashlib.sha256(data).hexdigest()
        path = f"shards/{sha256}.bin"
        (folder / path).write_bytes(data)
        weights["shards"].append({"path": path, "sha256": sha256, "bytes": len(data)})
        weights["bytes"] += len(data)
    file.write_text(json.dumps(manifest), "utf-8")
