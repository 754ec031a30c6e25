"""The sample face video as Chromium's fake camera wants it: Motion JPEG."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import imageio_ffmpeg

SAMPLE = "test/WolfgangLanger_Pexels.mp4"
WIDTH = 640
JPEG_QUALITY = 4  # ffmpeg's -q:v, 2 (best) .. 31; at 4 tracking no longer differs from the source


def as_camera(vendor: Path) -> Path:
    """The video as an .mjpeg file beside it, made once.

    Raises:
        FileNotFoundError: the sample video was not fetched.
    """
    return convert(vendor, ".mjpeg")


def convert(vendor: Path, suffix: str, *filters: str) -> Path:
    """The video as Motion JPEG in a file of that suffix beside it, made once.

    Args:
        filters: ffmpeg's, for the scaled picture.

    Raises:
        FileNotFoundError: the sample video was not fetched.
    """
    source = vendor / SAMPLE
    if not source.exists():
        raise FileNotFoundError(f"{source} is missing: run `python build.py setup --group test`")
    target = source.with_suffix(suffix)
    if not target.exists():
        part = target.with_suffix(f".{os.getpid()}.part")  # several processes may make it at once
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y"]
        command += ["-i", str(source), "-vf", ",".join([f"scale={WIDTH}:-2", *filters])]
        command += ["-q:v", str(JPEG_QUALITY), "-pix_fmt", "yuvj420p", "-f", "mjpeg", str(part)]
        subprocess.run(command, check=True)
        os.replace(part, target)
    return target
