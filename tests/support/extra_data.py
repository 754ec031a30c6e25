"""Data that a few tests need and the repository does not hold: too large, or others' to give.

``VP_TEST_DATA`` names the folder with it. Tests whose data is not there are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

VARIABLE: Final = "VP_TEST_DATA"
FOLDER: Final = Path(
    os.environ.get(VARIABLE) or Path(__file__).resolve().parents[3] / "shared" / "data"
)

ICT_FACE: Final = "ict_facekit.npz"
"""The head model ICT-FaceKit."""
PHOTO_ALBUM: Final = "public_faces.npz"
"""Photographs of real faces to train on."""
HANDS: Final = "gestures/thumbs_up.jpg", "gestures/victory.jpg"
"""Photographs of hands."""
RECOGNIZER: Final = "gesture_recognizer.task"
"""MediaPipe's gesture recogniser, where set-up could not fetch it."""
REFERENCE: Final = "liveportrait_reference_small.npz"
LAYOUT: Final = "liveportrait_layout.json"
"""What LivePortrait's own code computes for a narrow network, and the full one's tensors."""


def why_not(*names: str) -> str:
    """Why tests that need these files are skipped; empty where all of them are there."""
    missing = [name for name in names if not (FOLDER / name).is_file()]
    if not missing:
        return ""
    return f"{' and '.join(missing)}: not part of the repository; {VARIABLE} names their folder"


def needs(*names: str) -> pytest.MarkDecorator:
    """Marks tests that need these files."""
    return pytest.mark.skipif(bool(why_not(*names)), reason=why_not(*names))


def path(name: str) -> Path:
    """One file of the data; the test that asks is skipped where it is not there."""
    if reason := why_not(name):
        pytest.skip(reason)
    return FOLDER / name
