"""``people-sheet``: rendered people beside each other, to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from persona_models.data.pairs import shots_of
from persona_models.data.people import SIZE, People, Shot
from persona_models.faces.ict_face import IctFace
from persona_models.faces.tracks import Picture

COLUMNS = 2
"""People beside each other; each has six pictures, the first two as for a portrait."""


def write_sheet(ict: Path, seed: int, people: int, out: Path, *, dots: bool = False) -> None:
    """Renders people and writes a PNG file.

    Args:
        ict: ICT-FaceKit as an ``.npz`` file.
        seed: of the people.
        people: how many.
        out: the file.
        dots: whether the landmarks are drawn.
    """
    crowd = People(IctFace.load(ict), seed)
    rows = [
        np.hstack([_shown(shot, dots) for shot in shots_of(crowd, number, seed)])
        for number in range(people)
    ]
    rows += [np.zeros_like(rows[0])] * (-len(rows) % COLUMNS)
    lines = [np.hstack(rows[start : start + COLUMNS]) for start in range(0, len(rows), COLUMNS)]
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.vstack(lines)).save(out)


def _shown(shot: Shot, dots: bool) -> Picture:
    if not dots:
        return shot.picture
    large = Image.fromarray(shot.picture).resize((SIZE * 2, SIZE * 2))
    pen = ImageDraw.Draw(large)
    for x, y in (shot.landmarks[:, :2] * 2.0).tolist():
        pen.rectangle((x - 1, y - 1, x + 1, y + 1), fill=(0, 255, 160))
    return np.asarray(large)
