"""The recordings that ship are what the sample video gives."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.neutral import Neutral
from persona_core.wire.motion_track import MotionTrack, load_demo
from persona_models import ROOT
from persona_models.faces.video import track_video
from persona_models.shipped.demo_motion import (
    DEMO_FRAMES,
    NEUTRAL,
    SAMPLE_VIDEO,
    WHOLE_VIDEO,
    resting_face,
    through_pipeline,
)

VIDEO_FRAMES = 472
pytestmark = pytest.mark.timeout(400)  # one after the other


@pytest.fixture(scope="module")
def rows() -> npt.NDArray[np.float64]:
    """The sample video, tracked anew."""
    vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
    chromium = os.environ.get("VP_CHROMIUM", "/usr/bin/chromium")
    return track_video(vendor / SAMPLE_VIDEO, vendor, chromium, lambda done, count: None)


def test_tracking_finds_a_face_when_there_is_one_in_every_frame(
    rows: npt.NDArray[np.float64],
) -> None:
    assert rows.shape == (VIDEO_FRAMES, 71)
    assert rows[:, 0].all()


def test_shipped_recordings_equal_fresh_ones_when_the_video_is_tracked_again(
    rows: npt.NDArray[np.float64],
) -> None:
    fresh = through_pipeline(rows)
    whole = MotionTrack.from_bytes(WHOLE_VIDEO.read_bytes()).frames
    demo = load_demo().frames
    assert len(whole) == len(fresh)
    for shipped, part in ((whole, fresh), (demo, fresh[DEMO_FRAMES])):
        shapes = [
            np.abs(one.blendshapes - other.blendshapes).max()
            for one, other in zip(shipped, part, strict=True)
        ]
        turns = [
            quaternion.angle_between(one.rotation, other.rotation)
            for one, other in zip(shipped, part, strict=True)
        ]
        # Processors round differently inside the tracker; a quantised step is 1/127.
        assert np.percentile(shapes, 95) < 0.03
        assert max(turns) < 1.0
    shipped_rest, rest = Neutral.from_json(NEUTRAL.read_text("utf-8")), resting_face(rows)
    assert shipped_rest.shapes == pytest.approx(rest.shapes, abs=0.03)
    assert quaternion.angle_between(shipped_rest.pose.rotation, rest.pose.rotation) < 1.0


def test_demo_motion_shows_life_when_played() -> None:
    demo = load_demo()
    faces = [demo.sample(float(time)) for time in range(0, int(demo.period_ms), 33)]
    shapes = np.array([face.blendshapes for face in faces])
    assert shapes[:, Blendshape.EYE_BLINK_LEFT].max() > 0.8
    assert shapes[:, Blendshape.EYE_BLINK_LEFT].min() < 0.1
    assert np.ptp(shapes[:, Blendshape.MOUTH_SMILE_LEFT]) > 0.5
    assert np.ptp([quaternion.to_yaw_pitch_roll(face.rotation)[0] for face in faces]) > 10.0
