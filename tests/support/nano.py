"""The nano model, a toy of LivePortrait's family that only tests have; made by ``nano_model``."""

from __future__ import annotations

import shutil
from pathlib import Path

from persona_core.neural.catalogue import FILE_NAME, write_index

NANO = Path(__file__).parent / "models" / "nano"


def add_to_site(site: Path) -> None:
    """Makes the model the only one that a copy of the built site offers."""
    shutil.copytree(NANO, site / "models" / NANO.name)
    (site / "models" / FILE_NAME).write_bytes(write_index([NANO.name]))
