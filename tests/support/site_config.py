"""What a copy of the built site is told by its host."""

from __future__ import annotations

import json
from pathlib import Path


def configure(site: Path, **settings: object) -> None:
    """Writes ``config.json``; what is not given is as where nobody has configured anything."""
    config = {"signaling": None, "iceServers": [], **settings}
    (site / "config.json").write_text(json.dumps(config))
