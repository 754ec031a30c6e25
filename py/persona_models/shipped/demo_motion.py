"""Records motion from the sample video's face, as the pages would track and filter it.

Three files come of it: the whole video and the face at rest from which it is measured, by which the
browser tests know what the camera showed, and the piece that ships with the app as demo motion.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from persona_core.face.neutral import Neutral
from persona_core.face.observation import FaceObservation
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline
from persona_core.wire.motion_track import DEMO_FILE, MotionTrack
from persona_models import ROOT
from persona_models.faces.video import track_video

SAMPLE_VIDEO = "test/WolfgangLanger_Pexels.mp4"
WHOLE_VIDEO = ROOT / "tests" / "browser" / "data" / "sample_video_motion.bin"
NEUTRAL = WHOLE_VIDEO.with_name("sample_video_neutral.json")
DEMO = ROOT / "py" / "persona_core" / "wire" / DEMO_FILE
DEMO_FRAMES = slice(186, 446)
"""Where the person has looked up, talks and smiles; before, they read with lowered eyes."""


def resting_face(rows: npt.NDArray[np.float64]) -> Neutral:
    """A neutral face for a recording in which nobody was asked to rest.

    Of each blendshape what is there nine tenths of the time, and the pose in the midst of all.
    """
    seen = [face for row in rows if (face := FaceObservation.from_array(row)) is not None]
    shapes = np.percentile([face.blendshapes for face in seen], 10, axis=0).astype(np.float32)
    rotations = np.array([face.pose.rotation for face in seen])
    alike = np.abs(rotations @ rotations.T).sum(axis=0)  # |p . q| is 1 for one and the same turn
    return Neutral(shapes, seen[int(np.argmax(alike))].pose)


def through_pipeline(rows: npt.NDArray[np.float64]) -> list[FaceParams]:
    """The faces that a page would send of tracked rows (frames, 71).

    The video goes through the pipeline twice and the second pass is kept, so that the filters
    have settled when the recording begins.
    """
    period = rows[-1, 1] - rows[0, 1] + np.median(np.diff(rows[:, 1]))
    pipeline = FacePipeline(neutral=resting_face(rows))
    faces: list[FaceParams] = []
    for pass_start in (0.0, period):
        faces = []
        for row in rows:
            shifted = row.copy()
            shifted[1:3] += pass_start
            now_ms = float(shifted[1])
            pipeline.observe(FaceObservation.from_array(shifted), now_ms)
            faces.append(replace(pipeline.sample(now_ms), time_ms=now_ms - pass_start))
    return faces


def record(vendor: Path, chromium: str) -> None:
    """Tracks the sample video in real Chromium and writes the files."""

    def show(done: int, count: int) -> None:
        sys.stdout.write(f"tracking the sample video: {done} of {count} frames\n")
        sys.stdout.flush()

    rows = track_video(vendor / SAMPLE_VIDEO, vendor, chromium, show)
    NEUTRAL.parent.mkdir(parents=True, exist_ok=True)
    NEUTRAL.write_text(resting_face(rows).to_json() + "\n", "utf-8")
    faces = through_pipeline(rows)
    for target, part in ((WHOLE_VIDEO, faces), (DEMO, faces[DEMO_FRAMES])):
        target.parent.mkdir(parents=True, exist_ok=True)
        data = MotionTrack(part).to_bytes()
        target.write_bytes(data)
        sys.stdout.write(f"{target.relative_to(ROOT)}: {len(part)} frames, {len(data)} bytes\n")
