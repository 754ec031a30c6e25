"""Faces that were recorded: the sample's, or those in videos that somebody names."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.support.chromium import executable
from tests.support.site_server import ROOT

from persona_core.wire.motion_track import MotionTrack
from persona_models.faces.tracks import FaceTracks
from persona_models.faces.video import track_faces
from persona_models.shipped.demo_motion import WHOLE_VIDEO, through_pipeline

TRACKS: Final = ROOT / "build" / "tracks"
"""Where tracked videos are kept between runs, also by ``build.py models evaluate``."""


def recordings(clips: Path | None) -> list[MotionTrack]:
    """The recorded faces.

    Args:
        clips: a folder of videos of one face each; None for the sample.

    Raises:
        FileNotFoundError: there is no video in the folder.
    """
    if clips is None:
        return [MotionTrack.from_bytes(WHOLE_VIDEO.read_bytes())]
    videos = sorted(clips.glob("*.mp4"))
    if not videos:
        raise FileNotFoundError(f"there is no .mp4 file in {clips}")
    return [_track(video) for video in videos]


def _track(video: Path) -> MotionTrack:
    kept = TRACKS / f"{video.stem}-{video.stat().st_size}.npz"
    if not kept.exists():
        vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
        # Playwright allows one of its kind a thread, and the bench has one.
        with ThreadPoolExecutor(1) as beside:
            task = beside.submit(track_faces, video, vendor, str(executable()), lambda _done: None)
            task.result().save(kept)
    tracks = FaceTracks.load(kept)
    return MotionTrack(through_pipeline(tracks[tracks.found].rows()))
