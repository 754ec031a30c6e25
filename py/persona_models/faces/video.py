"""Reads videos frame by frame and tracks the face in them."""

from __future__ import annotations

import io
import math
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image

from persona_core.errors import PersonaError
from persona_models.faces.tracker import track_pictures
from persona_models.faces.tracks import FaceTracks, Picture

WIDTH = 640  # what the pages ask of a camera
# "passthrough": no frame is doubled or dropped to keep an even rate.
_SCALED = ("-vf", f"scale={WIDTH}:-2", "-fps_mode", "passthrough")


class VideoError(PersonaError):
    """A file that ffmpeg cannot read as a video."""

    default_code = "bad-video"


def frames_per_second(video: Path) -> float:
    """The video's frame rate.

    Raises:
        VideoError: it cannot be read.
    """
    return _about(video).fps


def read_frames(video: Path) -> Iterator[Picture]:
    """Every frame in turn, ``WIDTH`` pixels wide: (H, W, 3) uint8 RGB.

    Args:
        video: any file ffmpeg reads.

    Raises:
        VideoError: it cannot be read.
    """
    about = _about(video)
    command = [*_ffmpeg("error"), "-i", str(video), "-map", "v:0", *_SCALED]
    command += ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    shape = (about.height, about.width, 3)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdout is not None
        try:
            while len(data := ffmpeg.stdout.read(math.prod(shape))) == math.prod(shape):
                yield np.frombuffer(data, dtype=np.uint8).reshape(shape)
        finally:
            ffmpeg.kill()  # where not all frames were wanted


class _About(NamedTuple):
    """What ffmpeg says of a video; width and height are those it is scaled to."""

    fps: float
    width: int
    height: int


def _about(video: Path) -> _About:
    if not video.is_file():
        raise VideoError(f"there is no file {video}")
    command = [*_ffmpeg("info"), "-i", str(video), "-map", "v:0", *_SCALED]
    command += ["-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"]
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = answer.stderr.decode("utf-8", "replace")
    rate = re.search(r"([\d.]+) fps", said)
    if answer.returncode or not answer.stdout or rate is None:
        last = said.strip().splitlines()[-1:]
        raise VideoError(f"{video} is no video that ffmpeg reads: {' '.join(last)}")
    with Image.open(io.BytesIO(answer.stdout)) as first:
        return _About(float(rate[1]), *first.size)


def _ffmpeg(level: str) -> list[str]:
    return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", level]


def track_faces(
    video: Path, vendor: Path, chromium: str, on_progress: Callable[[int], None]
) -> FaceTracks:
    """Tracks every frame of a video.

    Args:
        video: any file ffmpeg reads.
        vendor: the folder with the fetched web assets.
        chromium: path of the browser.
        on_progress: hears how many frames are done.
    """
    fps = frames_per_second(video)
    return track_pictures(read_frames(video), vendor, chromium, fps=fps, on_progress=on_progress)


def track_video(
    video: Path, vendor: Path, chromium: str, on_progress: Callable[[int, int], None]
) -> npt.NDArray[np.float64]:
    """The faces of a video as observations.

    Args:
        video: any file ffmpeg reads.
        vendor: the folder with the fetched web assets.
        chromium: path of the browser.
        on_progress: hears (frames done, frames in all) now and then.

    Returns:
        (frames, 71) float64, rows as ``persona_core.face.observation`` lays them out,
        times in ms from the video's start.
    """
    with tempfile.TemporaryDirectory() as temporary:
        files = _extract_frames(video, Path(temporary))

        def progress(done: int) -> None:
            if done % 50 == 0 or done == len(files):
                on_progress(done, len(files))

        # The recordings were made of PNG files: their colour tags brighten the picture a little.
        pictures = (file.read_bytes() for file in files)
        fps = frames_per_second(video)
        tracks = track_pictures(pictures, vendor, chromium, fps=fps, on_progress=progress)
    return tracks.rows()


def _extract_frames(video: Path, folder: Path) -> list[Path]:
    """Writes the frames as 1.png, 2.png ..."""
    command = [*_ffmpeg("error"), "-i", str(video), *_SCALED, str(folder / "%d.png")]
    subprocess.run(command, check=True)
    return sorted(folder.glob("*.png"), key=lambda path: int(path.stem))
