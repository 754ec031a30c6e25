"""Closed lips and lids opened again: how near to the photograph a renderer comes.

The photographs are those that no net was trained on. Each is closed by warp
(:func:`~persona_models.data.photo_pairs.closed_pair`) and opened again by each renderer; the
photograph itself is the truth, and what lies inside lips and lids is scored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.pairs import Pair
from persona_models.data.photo_album import Photo
from persona_models.data.photo_pairs import closed_pair, shows_teeth
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.sampling import filled, sample
from persona_models.faces.tracks import Picture
from persona_models.lite.patch_frame import PatchFrame, PatchPart

WARP = "warp"
PARTS = {
    "lips": (PatchPart.MOUTH, landmarks.LIPS_INNER, 64),
    "right lids": (PatchPart.EYE_RIGHT, landmarks.EYE_RIGHT, 48),
    "left lids": (PatchPart.EYE_LEFT, landmarks.EYE_LEFT, 48),
}
"""What is opened again: the patch about it, its rim, and the side of the patch in pixels."""
_CELL = 96, 64  # pixels of the photo about a mouth
_ZOOM = 2

Draw = Callable[[Picture, Floats, Floats], Picture]
"""The photo, its landmarks and where they shall be, to a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Reopened:
    """One photograph.

    Attributes:
        pair: the closed photo and what it was.
        drawn: by each renderer, opened again.
    """

    pair: Pair
    drawn: Mapping[str, Picture]

    @classmethod
    def of(cls, photo: Photo, renderers: Mapping[str, Draw], basis: LandmarkBasis) -> Reopened:
        """Closes a photo and lets every renderer open it; the warp comes first."""
        pair = closed_pair(photo, basis)
        every = {WARP: warp_picture} | dict(renderers)
        given = pair.photo, pair.source, pair.target
        drawn = {name: draw(*given) for name, draw in every.items()}
        if not np.ptp(photo.picture, axis=2).any():  # black and white: its colours are not known
            drawn = {name: _brightness(picture) for name, picture in drawn.items()}
        return cls(pair, drawn)

    def psnr(self, name: str, part: str) -> float:
        """Of one renderer's picture, inside one of ``PARTS``, dB."""
        inside = self._inside(part)
        error = (self.drawn[name].astype(np.float32) - self.pair.goal) / 255.0
        square = (error**2).mean(axis=2)
        mean = float((square * inside).sum() / max(float(inside.sum()), 1e-6))
        return -10.0 * float(np.log10(max(mean, 1e-10)))

    def energy(self, name: str, part: str) -> float:
        """Energy of the brightness gradient inside a part, as a share of the photograph's."""
        inside = self._inside(part)
        own, real = (
            float((_gradient(picture) * inside).sum()) + 1e-3
            for picture in (self.drawn[name], self.pair.goal)
        )
        return own / real

    def patch(self, part: str, name: str | None = None) -> Floats:
        """(3, size, size) in [0, 1] of a part as a renderer drew it, or of the photograph.

        What does not lie inside is grey, so that nothing but the inside can be judged by it.
        """
        which, _, size = PARTS[part]
        frame = PatchFrame.of(which, self.pair.target, size)
        picture = self.pair.goal if name is None else self.drawn[name]
        inside = sample(self._inside(part)[..., None], frame.places())
        colours = sample(picture, frame.places()) / np.float32(255.0)
        shown = inside * colours + (1.0 - inside) * np.float32(0.5)
        return np.ascontiguousarray(shown.transpose(2, 0, 1), dtype=np.float32)

    def _inside(self, part: str) -> Floats:
        height, width = self.pair.goal.shape[:2]
        return filled(self.pair.target[PARTS[part][1], :2], width, height)


def reopen(
    photos: Sequence[Photo],
    renderers: Mapping[str, Draw],
    say: Callable[[str], None],
) -> list[Reopened]:
    """Those of the photos that show teeth, closed and opened again."""
    basis = LandmarkBasis.load()
    found = []
    for photo in photos:
        if shows_teeth(photo):
            found.append(Reopened.of(photo, renderers, basis))
            if len(found) % 50 == 0:
                say(f"{len(found)} photographs opened again")
    return found


def table(reopened: Sequence[Reopened]) -> str:
    """Markdown: mean PSNR and gradient energy inside lips and lids, and the gain on the warp."""
    lines = [
        f"| {len(reopened)} photographs | inside the lips | energy | inside the lids | energy |",
        "|---|---|---|---|---|",
    ]
    parts = (["lips"], ["right lids", "left lids"])
    for name in reopened[0].drawn:
        cells = [name]
        for part in parts:
            own, base = (
                float(np.mean([each.psnr(who, one) for each in reopened for one in part]))
                for who in (name, WARP)
            )
            energy = np.median([each.energy(name, one) for each in reopened for one in part])
            cells += [f"{own:.2f} dB ({own - base:+.2f})", f"{energy:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write_sheet(reopened: Sequence[Reopened], path: Path, rows: int = 10) -> None:
    """Mouths of some photographs, twice as large: the truth, closed, and by each renderer."""
    chosen = np.linspace(0, len(reopened) - 1, min(rows, len(reopened))).astype(int)
    wide, high = (side * _ZOOM for side in _CELL)
    names = ["photograph", "closed", *reopened[0].drawn]
    header = 20
    sheet = Image.new("RGB", (wide * len(names), high * len(chosen) + header), "white")
    pen = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        pen.text((column * wide + 4, 4), name, fill="black")
        for row, place in enumerate(chosen):
            sheet.paste(_mouth(reopened[place], name), (column * wide, header + row * high))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=92)


def _mouth(shown: Reopened, name: str) -> Image.Image:
    pictures = {"photograph": shown.pair.goal, "closed": shown.pair.photo} | dict(shown.drawn)
    points = shown.pair.source if name == "closed" else shown.pair.target
    middle = points[landmarks.LIPS_OUTER, :2].mean(axis=0)
    left, top = (round(float(place - side / 2)) for place, side in zip(middle, _CELL, strict=True))
    box = (left, top, left + _CELL[0], top + _CELL[1])
    cut = Image.fromarray(pictures[name]).crop(box)
    return cut.resize((_CELL[0] * _ZOOM, _CELL[1] * _ZOOM), Image.Resampling.BICUBIC)


def _brightness(picture: Picture) -> Picture:
    mean = np.rint(picture.astype(np.float32).mean(axis=2, keepdims=True))
    return np.repeat(mean.astype(np.uint8), 3, axis=2)


def _gradient(picture: Picture) -> Floats:
    down, right = np.gradient(picture.astype(np.float32).mean(axis=2))
    return np.asarray(down**2 + right**2, dtype=np.float32)
