"""``evaluate``: how like the real face an animated photo is, as a table and as pictures.

The sample video is scored by the protocol that its study set: two stills, every tenth frame,
the frames without a hand on the face. Any other video is scored from its first frame.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.evaluate.reenactment import Footage, FrameRenderer, Trial, run_trial
from persona_models.evaluate.scores import Score
from persona_models.faces.tracks import Picture

SAMPLE_SHA256 = "c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f"
SAMPLE_CLEAN = (range(0, 57), range(233, 472))
"""Where no hand is in the sample video's picture, seen by eye: it rises into frame 57 and has
left in frame 233."""
STRIP_LENGTH = 8
"""Targets shown in a strip of pictures."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table.

    Attributes:
        trial: its name.
        renderer: its name.
        motion: by what it was driven.
        scores: of each region.
    """

    trial: str
    renderer: str
    motion: str
    scores: dict[str, Score]


def trials_for(video: Path, count: int) -> tuple[Trial, ...]:
    """What a video is tried on.

    Args:
        video: the file; the sample video is known by its content.
        count: its number of frames.
    """
    if hashlib.sha256(video.read_bytes()).hexdigest() == SAMPLE_SHA256:
        closed = Trial.of("A: frame 0, eyes down, mouth closed", 0, SAMPLE_CLEAN)
        opened = Trial.of("B: frame 240, eyes open, lips parted", 240, SAMPLE_CLEAN)
        return closed, opened
    return (Trial.of("from frame 0", 0, [range(count)]),)


def evaluate(
    footage: Footage,
    trials: Sequence[Trial],
    renderers: Sequence[FrameRenderer],
    basis: LandmarkBasis,
    folder: Path,
    say: Callable[[str], None],
) -> list[Entry]:
    """Runs every trial with every renderer and writes what came of it.

    Args:
        footage: the video.
        trials: what is rendered.
        renderers: who renders it.
        basis: by which blendshapes become landmarks.
        folder: gets ``scores.md``, ``scores.json`` and ``strip-<n>.png`` for each trial.
        say: hears of each result.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number, trial in enumerate(trials, start=1):
        columns: dict[str, Sequence[Picture]] = {
            "truth": [footage.pictures[target] for target in trial.targets],
        }
        for renderer in renderers:
            for kind in renderer.kinds:
                scores, pictures = run_trial(footage, trial, renderer, kind, basis)
                entries.append(Entry(trial.name, renderer.name, kind.value, scores))
                columns[f"{renderer.name}\n{kind.value}"] = pictures
                say(_line(entries[-1]))
        _save_strip(columns, trial.targets, folder / f"strip-{number}.png")
    (folder / "scores.md").write_text(markdown(entries))
    document = [asdict(entry) for entry in entries]
    (folder / "scores.json").write_text(json.dumps(document, indent=1) + "\n")
    return entries


def markdown(entries: Sequence[Entry]) -> str:
    """Tables, one for each trial: PSNR dB / SSIM / L1 / gradient energy of each region."""
    parts = []
    for trial in dict.fromkeys(entry.trial for entry in entries):
        rows = [entry for entry in entries if entry.trial == trial]
        regions = list(rows[0].scores)
        parts.append(f"### {trial}\n")
        parts.append(f"| renderer | motion | {' | '.join(regions)} |")
        parts.append("|---" * (len(regions) + 2) + "|")
        parts += [_line(entry) for entry in rows]
        parts.append("")
    return "\n".join(parts)


def _line(entry: Entry) -> str:
    cells = [
        f"{score.psnr:.2f} / {_short(score.ssim)} / {score.l1:.1f} / {score.gradient:.2f}"
        for score in entry.scores.values()
    ]
    return f"| {entry.renderer} | {entry.motion} | {' | '.join(cells)} |"


def _short(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _save_strip(columns: dict[str, Sequence[Picture]], targets: Sequence[int], path: Path) -> None:
    """A picture of some targets: one a row, one renderer a column."""
    places = np.linspace(0, len(targets) - 1, min(STRIP_LENGTH, len(targets))).astype(int)
    grid = np.vstack([np.hstack([column[at] for column in columns.values()]) for at in places])
    side, header = columns["truth"][0].shape[0], 32
    sheet = Image.new("RGB", (grid.shape[1], grid.shape[0] + header), "white")
    sheet.paste(Image.fromarray(grid), (0, header))
    draw = ImageDraw.Draw(sheet)
    for number, name in enumerate(columns):
        draw.text((number * side + 4, 2), name, fill="black")
    for row, at in enumerate(places):
        draw.text((4, header + row * side + 4), f"frame {targets[at]}", fill="yellow")
    sheet.save(path)
