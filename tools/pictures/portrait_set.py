"""Makes the moving picture of one person as one photo, as a set of pictures, and as filmed.

    PYTHONPATH=py python -m tools.pictures.portrait_set CLIP.mp4 FILE.webp

The photo and the set's pictures come from the first half of the clip, as protocol C takes them;
what moves is of the second half, by the motion that is sent of somebody whose own portrait it
is. Above the face, below eyes and mouth
twice as large. Faces are tracked in Chromium (``VP_CHROMIUM``), once; the sums are those of the
page's shaders, on the CPU. ``--every FOLDER`` writes every picture, to be looked at closely.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tests.support.site_server import ROOT

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.evaluate.lite_renderer import LiteRenderer
from persona_models.evaluate.reenactment import MotionKind, Trial
from persona_models.evaluate.set_protocol import SOURCE_SIZE, Clip, make_clip_set
from persona_models.evaluate.set_renderer import SetRenderer
from persona_models.faces.tracks import FaceTracks, Picture
from persona_models.faces.video import read_frames, track_faces

MODEL: Final = ROOT / "static" / "models" / "liveportrait-lite"
TRACKS: Final = ROOT / "build" / "tracks"
NAMES: Final = ("one photo", "a set of pictures", "as filmed")
EVERY: Final = 2
"""Every how manieth frame is shown."""
FILM_HZ: Final = 30.0
COLUMN: Final = 224
FACE: Final = 300
"""Pixels of the drawn crop that the upper row shows, a side."""
EYES: Final = (COLUMN, 72)
MOUTH: Final = (COLUMN, 124)
"""Of the lower rows, width and height."""
ZOOM: Final = 2.0
"""How much larger the lower rows are than the upper."""
STEADY: Final = 9
"""Frames over which the rows follow the face."""
GAP: Final = 4
BAND: Final = 22
MOST_BYTES: Final = 1_400_000


def clip_of(video: Path) -> Clip:
    """A clip with its tracks, kept between runs as those of ``evaluate --set``."""
    kept = TRACKS / f"{video.stem}-{video.stat().st_size}.npz"
    if not kept.exists():
        vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
        chromium = os.environ.get("VP_CHROMIUM", "/usr/bin/chromium")
        track_faces(video, vendor, chromium, lambda _number: None).save(kept)
    return Clip.of(video.stem, list(read_frames(video)), FaceTracks.load(kept), SOURCE_SIZE)


def draw(clip: Clip, count: int, frames: Sequence[int]) -> list[list[Picture]]:
    """Of each column the pictures of these frames: one photo, the set, as filmed."""
    basis = LandmarkBasis.load()
    numbers = clip.choose(count)
    made, size = make_clip_set(clip, numbers, basis)
    sys.stdout.write(f"{clip.name}: frames {numbers}, {size} bytes\n")
    trial = Trial(clip.name, numbers[0], tuple(frames))
    still = clip.footage.still(numbers[0], basis)
    motions = clip.footage.motions(trial, still, MotionKind.RESIDUAL, basis)
    lite = LiteRenderer(MODEL)
    many = SetRenderer(made, lite, basis, 1000.0 * EVERY / FILM_HZ)
    filmed = [clip.footage.pictures[number] for number in frames]
    return [lite.render(still, motions), many.render(still, motions), filmed]


def sheet(
    clip: Clip, columns: Sequence[Sequence[Picture]], frames: Sequence[int]
) -> list[Image.Image]:
    """The frames of the moving picture."""
    points = clip.footage.points[list(frames), :, :2]
    outline = points[:, landmarks.OVAL]
    face = _steady(0.5 * (outline.min(axis=1) + outline.max(axis=1)))
    eyes = _steady(points[:, [33, 133, 362, 263]].mean(axis=1))
    mouth = _steady(points[:, landmarks.LIPS_OUTER].mean(axis=1))
    near = FACE / COLUMN / ZOOM
    rows = (
        (face, (COLUMN, COLUMN), FACE / COLUMN),
        (eyes, EYES, near),
        (mouth, MOUTH, near),
    )
    height = BAND + sum(size[1] + GAP for _, size, _ in rows)
    width = len(columns) * (COLUMN + GAP) - GAP
    font = ImageFont.load_default(size=15)
    made = []
    for number in range(len(frames)):
        whole = Image.new("RGB", (width, height), "white")
        pen = ImageDraw.Draw(whole)
        for place, (name, pictures) in enumerate(zip(NAMES, columns, strict=True)):
            left, top = place * (COLUMN + GAP), BAND
            pen.text((left + 3, 1), name, fill="black", font=font)
            picture = Image.fromarray(pictures[number])
            for middles, size, step in rows:
                x, y = middles[number].tolist()
                reach = step * size[0] / 2.0, step * size[1] / 2.0
                box = (x - reach[0], y - reach[1], x + reach[0], y + reach[1])
                cut = picture.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC)
                whole.paste(cut, (left, top))
                top += size[1] + GAP
        made.append(whole)
    return made


def _steady(places: Floats) -> Floats:
    """(n, 2) without what trembles."""
    room = np.pad(places, ((STEADY // 2, STEADY // 2), (0, 0)), mode="edge")
    return np.stack([room[at : at + STEADY].mean(axis=0) for at in range(len(places))])


def save(pictures: Sequence[Image.Image], path: Path) -> None:
    """As WebP, as good as its size allows."""
    first, *others = pictures
    for quality in range(76, 30, -6):
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=round(1000.0 * EVERY / FILM_HZ),
            loop=0,
            quality=quality,
            method=4,
        )
        if path.stat().st_size <= MOST_BYTES:
            break
    sys.stdout.write(f"{path}: {len(pictures)} pictures, {path.stat().st_size} bytes\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--set", type=int, default=6, help="pictures (default: %(default)s)")
    parser.add_argument("--from", type=float, dest="start", help="seconds into the clip")
    parser.add_argument("--seconds", type=float, default=4.0, help="(default: %(default)s)")
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="write every picture here")
    options = parser.parse_args()
    clip = clip_of(options.clip)
    count = len(clip.footage.pictures)
    start = count // 2 if options.start is None else round(options.start * FILM_HZ)
    start = max(start, count // 2)
    frames = range(start, min(count, start + round(options.seconds * FILM_HZ)), EVERY)
    pictures = sheet(clip, draw(clip, options.set, frames), frames)
    if options.every is not None:
        options.every.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(pictures):
            picture.save(options.every / f"{number:03}.png")
    save(pictures, options.target)


if __name__ == "__main__":
    main()
