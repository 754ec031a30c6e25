"""Protocol C: portraits of several pictures against what the camera saw.

The pictures come from the first half of a clip, chosen by the rules of the app's own wizard; every
tenth frame of the second half is drawn. The base is the still that one photo is drawn from as well,
at the same size; the further pictures are cut as the wizard cuts them, from the frames as filmed.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from persona_core.base.arrays import Floats
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.making.clip_choice import ClipFrame, choose_frames
from persona_core.portrait.making.cut import Pixels
from persona_core.portrait.making.face_light import light_in
from persona_core.portrait.making.person_metric import same_person
from persona_core.portrait.making.set_making import (
    USUAL_BYTES,
    SetPicture,
    make_set,
)
from persona_models.evaluate.crop import SIZE, FaceCrop
from persona_models.evaluate.portrait_renderer import portrait_of
from persona_models.evaluate.reenactment import (
    STEP,
    Footage,
    FrameRenderer,
    MotionKind,
    Trial,
    run_trial,
)
from persona_models.evaluate.scores import Score
from persona_models.evaluate.set_renderer import SetRenderer
from persona_models.faces.tracks import FaceTracks, Picture

KINDS: Final = (MotionKind.CALIBRATED, MotionKind.RESIDUAL, MotionKind.TRUE)
SOURCE_SIZE: Final = 512
"""Pixels of the crop that the set's pictures are cut from."""
BASE_QUALITY: Final = 90
"""Of the WebP that the base would be, for the bytes of a set."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One person, filmed.

    Attributes:
        name: for the tables.
        footage: as it is scored.
        tracks: of the same frames.
        frames: of the same, as filmed.
    """

    name: str
    footage: Footage
    tracks: FaceTracks
    frames: Sequence[Picture]

    @classmethod
    def of(cls, name: str, frames: Sequence[Picture], tracks: FaceTracks, size: int = SIZE) -> Clip:
        """Of frames and their tracks; frames without a face are left out.

        Args:
            name: for the tables.
            frames: as filmed.
            tracks: of the same.
            size: of the pictures that are drawn, pixels a side.

        Raises:
            FootageError: no frame shows a face.
        """
        seen = [frame for frame, found in zip(frames, tracks.found, strict=True) if found]
        tracks = tracks[tracks.found]
        return cls(name, Footage.of(seen, tracks, size), tracks, seen)

    @property
    def targets(self) -> tuple[int, ...]:
        count = len(self.footage.pictures)
        return tuple(number for number in range(count // 2, count) if number % STEP == 0)

    def choose(self, count: int) -> tuple[int, ...]:
        """Numbers of a set's frames, the base first."""
        footage = self.footage
        half = range(len(footage.pictures) // 2)
        lights = [light_in(footage.pictures[n], footage.points[n]) for n in half]
        frames = [
            ClipFrame(
                *(footage.points[number], footage.shapes[number]),
                *(lights[number].sharpness, lights[number].is_spoilt),
            )
            for number in half
        ]
        chosen = choose_frames(frames, count)
        return (chosen.base, *chosen.others)

    def source(self, number: int) -> SetPicture:
        """A frame as the wizard would take it."""
        crop = FaceCrop.of(self.tracks.landmarks[0], size=SOURCE_SIZE)
        points = crop.points(self.tracks.landmarks[number])
        return SetPicture(crop.picture(self.frames[number]), points, self.footage.shapes[number])


def make_clip_set(
    clip: Clip, numbers: Sequence[int], basis: LandmarkBasis
) -> tuple[PortraitSet, int]:
    """The set of some frames of a clip, the base first; and the bytes that it would have."""
    still = clip.footage.still(numbers[0], basis)
    base = portrait_of(still, None)
    source = clip.source(numbers[0])
    saved = len(base.to_bytes()) - len(base.image) + len(encoded(source.pixels, BASE_QUALITY))
    # The still is kept without loss, which no wizard does: it must not cost the others theirs.
    budget = USUAL_BYTES + len(base.to_bytes()) - saved
    pictures = [clip.source(number) for number in numbers[1:]]
    made = asyncio.run(make_set(base, still.picture, pictures, encode, budget))
    return made, saved + sum(len(each.to_bytes()) for each in made.expressions)


async def encode(pixels: Pixels, quality: float) -> bytes:
    """Pixels as WebP, as :func:`~persona_core.portrait.making.set_making.make_set` asks for it."""
    return encoded(pixels, round(100.0 * quality))


def encoded(pixels: Pixels, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=quality)
    return file.getvalue()


@dataclass(frozen=True, slots=True, eq=False)
class SetEntry:
    """One line of a table.

    Attributes:
        clip: its name.
        renderer: who drew.
        motion: by what.
        scores: of each region.
        size: bytes of the set; 0 for one photo.
    """

    clip: str
    renderer: str
    motion: MotionKind
    scores: dict[str, Score]
    size: int


def evaluate_clip(
    clip: Clip,
    counts: Sequence[int],
    single: Sequence[FrameRenderer],
    basis: LandmarkBasis,
    say: Callable[[str], None],
) -> tuple[list[SetEntry], dict[str, list[Picture]]]:
    """One clip by one photo and by sets of several sizes.

    Args:
        clip: whose second half is drawn.
        counts: of pictures in a set.
        single: who draw one photo; each also draws beneath the sets.
        basis: by which the motion is measured and drawn.
        say: hears of each line.

    Returns:
        The lines, and the pictures as sent: ``filmed``, the last of ``single``, the largest set.
    """
    numbers = clip.choose(max(counts))
    trial = Trial(clip.name, numbers[0], clip.targets)
    renderers: list[tuple[FrameRenderer, int]] = [(each, 0) for each in single]
    for count in counts:
        made, size = make_clip_set(clip, numbers[:count], basis)
        say(f"{clip.name}: frames {numbers[:count]}, {size} bytes")
        renderers += [(SetRenderer(made, each, basis), size) for each in single]
    entries: list[SetEntry] = []
    columns = {"filmed": [clip.footage.pictures[target] for target in trial.targets]}
    wanted = (single[-1].name, renderers[-1][0].name)
    for kind in KINDS:
        for renderer, size in renderers:
            scores, pictures = run_trial(clip.footage, trial, renderer, kind, basis)
            entries.append(SetEntry(clip.name, renderer.name, kind, scores, size))
            if kind is MotionKind.CALIBRATED and renderer.name in wanted:
                columns[renderer.name] = pictures
    return entries, columns


def markdown(entries: Sequence[SetEntry]) -> str:
    """Tables of PSNR dB / SSIM / gradient energy: the mean of all clips, then each clip."""
    clips = list(dict.fromkeys(entry.clip for entry in entries))
    parts = [_table(f"Mean of {', '.join(clips)}", _means(entries))]
    parts += [_table(clip, [entry for entry in entries if entry.clip == clip]) for clip in clips]
    return "\n".join(parts)


def _means(entries: Sequence[SetEntry]) -> list[SetEntry]:
    groups: dict[tuple[MotionKind, str], list[SetEntry]] = {}
    for entry in entries:
        groups.setdefault((entry.motion, entry.renderer), []).append(entry)
    return [
        SetEntry(
            "",
            renderer,
            motion,
            {region: Score.mean([e.scores[region] for e in group]) for region in group[0].scores},
            round(float(np.median([entry.size for entry in group]))),
        )
        for (motion, renderer), group in groups.items()
    ]


def _table(title: str, entries: Sequence[SetEntry]) -> str:
    regions = list(entries[0].scores)
    lines = [f"### {title}\n", f"| motion | renderer | {' | '.join(regions)} | kB |"]
    lines.append("|---" * (len(regions) + 3) + "|")
    for entry in entries:
        cells = [
            f"{score.psnr:.2f} / {score.ssim:.3f} / {score.gradient:.2f}".replace("/ 0.", "/ .", 1)
            for score in entry.scores.values()
        ]
        size = f"{entry.size / 1000:.0f}" if entry.size else ""
        lines.append(f"| {entry.motion.value} | {entry.renderer} | {' | '.join(cells)} | {size} |")
    return "\n".join([*lines, ""])


def accepted_share(faces: Sequence[Floats], pairs: int = 4000) -> float:
    """How many pairs of faces are taken for one person
    (:func:`~persona_core.portrait.making.person_metric.same_person`): right for the frames of a
    clip, wrong for strangers.

    Args:
        faces: (478, 3) landmarks each, pixels; at least two.
        pairs: to compare, drawn at random, the same at each call.
    """
    draw = np.random.default_rng(1)
    first = draw.integers(0, len(faces), pairs)
    second = (first + draw.integers(1, len(faces), pairs)) % len(faces)
    same = [same_person(faces[a], faces[b]) for a, b in zip(first, second, strict=True)]
    return float(np.mean(same))


def save_sheet(rows: Sequence[tuple[Clip, dict[str, list[Picture]]]], path: Path) -> None:
    """Filmed, one photo, set: mouth and eyes twice as large, two moments of each clip."""
    strips = []
    for clip, shown in rows:
        columns = list(shown.values())
        for at in _telling(clip):
            points = clip.footage.points[clip.targets[at], :, :2]
            left, top = np.clip(points.min(axis=0) - (6, 26), 0, SIZE).astype(int).tolist()
            right, bottom = left + 150, top + 160
            parts = [
                np.asarray(
                    Image.fromarray(column[at])
                    .crop((left, top, right, bottom))
                    .resize((300, 320), Image.Resampling.BICUBIC)
                )
                for column in columns
            ]
            strips.append(np.hstack(parts))
    half = (len(strips) + 1) // 2
    sides = [np.vstack(strips[:half]), np.vstack(strips[half:])]
    Image.fromarray(np.hstack(sides)).save(path, quality=82, method=6)


def _telling(clip: Clip) -> tuple[int, int]:
    """Targets with the most open mouth and with the most closed eyes."""
    points = clip.footage.points[list(clip.targets)]
    mouths = points[:, 14, 1] - points[:, 13, 1]
    eyes = points[:, 145, 1] - points[:, 159, 1]
    first, second = int(mouths.argmax()), int(eyes.argmin())
    return first, second if second != first else int(eyes.argsort()[1])
