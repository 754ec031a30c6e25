"""The sample video's face, put on a frame of its own, as the evaluation does it."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from persona_core.face import quaternion
from persona_core.face.pose import FACE_WIDTH_CM
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models import ROOT
from persona_models.evaluate.cpu_renderers import (
    BlurredWarpRenderer,
    MeshWarpRenderer,
    StillRenderer,
)
from persona_models.evaluate.lite_renderer import LiteRenderer
from persona_models.evaluate.reenactment import Footage, FootageError, MotionKind, Trial, run_trial
from persona_models.evaluate.report import SAMPLE_CLEAN, evaluate, markdown, trials_for
from persona_models.faces.tracker import track_pictures
from persona_models.faces.video import VideoError, frames_per_second, read_frames
from persona_models.shipped.demo_motion import SAMPLE_VIDEO

VENDOR = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
VIDEO = VENDOR / SAMPLE_VIDEO
EVERY = 30
LITE = ROOT / "static" / "models" / "liveportrait-lite"


@pytest.fixture(scope="module")
def footage():
    """Every thirtieth frame, read as stills."""
    frames = list(islice(read_frames(VIDEO), 0, None, EVERY))
    chromium = os.environ.get("VP_CHROMIUM", "/usr/bin/chromium")
    return Footage.of(frames, track_pictures(frames, VENDOR, chromium))


@pytest.fixture(scope="module")
def trial():
    """From frame 240 to the other frames without a hand, in numbers of the footage."""
    clean = [i for part in SAMPLE_CLEAN for i in part if i % EVERY == 0 and i != 240]
    return Trial("B", 240 // EVERY, tuple(i // EVERY for i in clean))


@pytest.fixture(scope="module")
def basis():
    return LandmarkBasis.load()


@pytest.fixture(scope="module")
def scores(footage, trial, basis):
    def scored(renderer, kind):
        return run_trial(footage, trial, renderer, kind, basis)[0]

    found = {kind: scored(MeshWarpRenderer(), kind) for kind in MotionKind}
    found["still"] = scored(StillRenderer(), MotionKind.TRUE)
    found["blurred"] = scored(BlurredWarpRenderer(), MotionKind.TRUE)
    return found


def test_any_motion_beats_the_still_source_clearly(scores):
    for kind in MotionKind:
        for region in ("whole", "mouth", "eyes"):
            assert scores[kind][region].psnr > scores["still"][region].psnr + 2.0
            assert scores[kind][region].ssim > scores["still"][region].ssim + 0.05


def test_residual_is_worth_its_bytes_at_the_mouth(scores):
    """The basis has never seen this person."""
    only, along = scores[MotionKind.SHAPES]["mouth"], scores[MotionKind.RESIDUAL]["mouth"]
    true = scores[MotionKind.TRUE]["mouth"]
    assert along.psnr > only.psnr + 0.5
    assert along.psnr > true.psnr - 0.6
    assert only.psnr > true.psnr - 3.0


@pytest.mark.parametrize("kind", [MotionKind.TRUE, MotionKind.SHAPES])
def test_lite_is_never_worse_than_the_warp_and_better_at_the_eyes(
    kind, footage, trial, basis, scores
):
    lite = run_trial(footage, trial, LiteRenderer(LITE), kind, basis)[0]
    for region, warp in scores[kind].items():
        assert lite[region].psnr > warp.psnr - 0.1
        assert lite[region].ssim > warp.ssim - 0.005
    assert lite["eyes"].psnr > scores[kind]["eyes"].psnr + 0.2


def test_blur_is_seen_by_the_gradient_though_psnr_likes_it(scores):
    sharp, blurred = scores[MotionKind.TRUE], scores["blurred"]
    assert blurred["whole"].psnr > sharp["whole"].psnr
    assert blurred["whole"].gradient < 0.7 * sharp["whole"].gradient


def test_params_tell_the_same_pose_as_the_placement(footage, trial, basis):
    still = footage.still(trial.source, basis)
    for motion in footage.motions(trial, still, MotionKind.SHAPES, basis):
        params, there, then = motion.params, motion.placement, still.placement
        assert params.scale == pytest.approx(there.scale / then.scale)
        turn = quaternion.multiply(quaternion.from_matrix(then.rotation), params.rotation)
        now = quaternion.from_matrix(there.rotation)
        assert quaternion.angle_between(turn, now) < 0.1
        moved = (there.translation - then.translation)[:2] / there.scale / FACE_WIDTH_CM
        assert params.translation == pytest.approx(moved * [1.0, -1.0], abs=1e-4)
        assert motion.residual is None


def test_motion_of_the_still_itself_is_the_still(footage, trial, basis):
    still = footage.still(trial.source, basis)
    itself = Trial("itself", trial.source, (trial.source,))
    for kind in (MotionKind.TRUE, MotionKind.SHAPES, MotionKind.RESIDUAL):
        [motion] = footage.motions(itself, still, kind, basis)
        assert motion.landmarks == pytest.approx(still.landmarks, abs=0.01)
        assert quaternion.angle_between(motion.params.rotation, np.array([1.0, 0, 0, 0])) < 0.01
        assert motion.residual is None or not motion.residual.any()


def test_evaluation_writes_tables_and_pictures(footage, trial, basis, tmp_path):
    short = Trial(trial.name, trial.source, trial.targets[:2])
    heard = []
    renderers = [StillRenderer(), MeshWarpRenderer()]
    entries = evaluate(footage, [short], renderers, basis, tmp_path, heard.append)
    assert len(entries) == len(heard) == 1 + len(MotionKind)
    assert (tmp_path / "scores.md").read_text() == markdown(entries)
    stored = json.loads((tmp_path / "scores.json").read_text())
    assert stored[1]["scores"]["mouth"]["psnr"] == entries[1].scores["mouth"].psnr
    assert (tmp_path / "strip-1.png").stat().st_size > 10_000


def test_trials_of_the_sample_video_leave_out_frames_with_a_hand(tmp_path):
    closed, opened = trials_for(VIDEO, 472)
    assert (closed.source, opened.source) == (0, 240)
    assert len(closed.targets) == len(opened.targets) == 29
    assert not {60, 130, 230} & set(closed.targets + opened.targets)
    assert closed.source not in closed.targets
    unknown = tmp_path / "other.mp4"
    unknown.write_bytes(b"another video")
    [only] = trials_for(unknown, 35)
    assert (only.source, only.targets) == (0, (10, 20, 30))


def test_files_that_are_no_videos_are_told(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("not a video at all")
    for path in (text, tmp_path / "missing.mp4"):
        with pytest.raises(VideoError, match=path.name):
            next(read_frames(path))
        with pytest.raises(VideoError):
            frames_per_second(path)


def test_footage_without_a_face_is_refused(footage):
    grey = [np.full((120, 160, 3), 128, dtype=np.uint8)] * 2
    tracks = track_pictures(grey, VENDOR, os.environ.get("VP_CHROMIUM", "/usr/bin/chromium"))
    assert not tracks.found.any()
    with pytest.raises(FootageError, match=r"no face in the frames \[0, 1\]"):
        Footage.of(grey, tracks)
