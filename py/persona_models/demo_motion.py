"""Records the demo motion: the sample video's face as the pages would track and filter it.

Run ``python build.py models demo-motion``, or this module inside the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from persona_core.face.motion_track import DEMO_FILE, MotionTrack
from persona_core.face.observation import FaceObservation
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline

from persona_models.video_tracking import track_video

TARGET = Path(__file__).parents[1] / "persona_core" / "face" / DEMO_FILE


def through_pipeline(rows: npt.NDArray[np.float64]) -> list[FaceParams]:
    """The faces that a page would send of tracked rows (frames, 71).

    The video goes through the pipeline twice and the second pass is kept, so that filters
    and neutral face have settled when the recording begins.
    """
    period = rows[-1, 1] - rows[0, 1] + np.median(np.diff(rows[:, 1]))
    pipeline = FacePipeline()
    faces = []
    for pass_start in (0.0, period):
        faces = []
        for row in rows:
            shifted = row.copy()
            shifted[1:3] += pass_start
            now_ms = float(shifted[1])
            pipeline.observe(FaceObservation.from_array(shifted), now_ms)
            faces.append(pipeline.sample(now_ms))
    return faces


def record(video: Path, vendor: Path, chromium: str) -> MotionTrack:
    """Tracks ``video`` in real Chromium and makes a motion track of it."""

    def show(done: int, count: int) -> None:
        sys.stdout.write(f"\rtracking: {done} of {count} frames")
        sys.stdout.flush()

    rows = track_video(video, vendor, chromium, show)
    sys.stdout.write("\n")
    return MotionTrack(through_pipeline(rows))
