"""How like a rendered face is to the real one, in parts of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from skimage.metrics import structural_similarity

from persona_core.base.arrays import Floats, Indices
from persona_core.face import landmarks
from persona_models.faces.tracks import Picture

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are outside."""

MOUTH_MARGIN = 0.2
EYE_MARGIN = 0.35
"""Room about the landmarks, in the box's longer side."""
_NO_ENERGY = 1e-9  # two even pictures are equally sharp


@dataclass(frozen=True, slots=True)
class Score:
    """One box of one picture.

    Attributes:
        psnr: peak signal-to-noise ratio, dB.
        ssim: structural similarity, mean over the box of the map of the whole picture
            (Wang et al. 2004: Gaussian window of sigma 1.5).
        l1: mean absolute difference, of 255.
        gradient: energy (sum of squares) of the brightness gradient, as a share of the truth's:
            below 1 the picture is blurred.
    """

    psnr: float
    ssim: float
    l1: float
    gradient: float

    @staticmethod
    def mean(scores: list[Score]) -> Score:
        """The mean of each figure."""
        figures = np.mean([(s.psnr, s.ssim, s.l1, s.gradient) for s in scores], axis=0)
        return Score(*figures.tolist())


def score(picture: Picture, truth: Picture, boxes: dict[str, list[Box]]) -> dict[str, Score]:
    """Scores each named region; one of several boxes gets the mean of theirs.

    Args:
        picture: (H, W, 3) rendered.
        truth: (H, W, 3).
        boxes: the boxes of each region.
    """
    ours, real = picture.astype(np.float32) / 255.0, truth.astype(np.float32) / 255.0
    _, similarity = structural_similarity(
        ours,
        real,
        channel_axis=2,
        data_range=1.0,
        full=True,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    similarity = similarity.mean(axis=2)
    energies = _gradient_energy(ours), _gradient_energy(real)
    scores = {}
    for name, parts in boxes.items():
        found = []
        for left, top, right, bottom in parts:
            part = np.s_[top:bottom, left:right]
            difference = ours[part] - real[part]
            mean_square = max(float((difference**2).mean()), 1e-10)
            found.append(
                Score(
                    psnr=-10.0 * float(np.log10(mean_square)),
                    ssim=float(similarity[part].mean()),
                    l1=float(np.abs(difference).mean()) * 255.0,
                    gradient=float(
                        (energies[0][part].sum() + _NO_ENERGY)
                        / (energies[1][part].sum() + _NO_ENERGY)
                    ),
                )
            )
        scores[name] = Score.mean(found)
    return scores


def face_boxes(source: Floats, target: Floats, inside: Box, size: int) -> dict[str, list[Box]]:
    """The regions of a face: the whole picture, the mouth and the eyes.

    Mouth and eyes are boxed where they lie in the source or in the target, so that a picture
    which leaves them in the wrong place pays for both.

    Args:
        source: (478, 3) landmarks of the still, in pixels.
        target: (478, 3) true landmarks.
        inside: the part of the picture that was really filmed.
        size: of the square picture.
    """

    def about(loop: Indices, margin: float) -> Box:
        points = np.concatenate([source[loop, :2], target[loop, :2]])
        low, high = points.min(axis=0), points.max(axis=0)
        room = margin * float((high - low).max())
        left, top = np.floor(np.clip(low - room, 0.0, size)).astype(int).tolist()
        right, bottom = np.ceil(np.clip(high + room, 0.0, size)).astype(int).tolist()
        return left, top, right, bottom

    return {
        "whole": [inside],
        "mouth": [about(landmarks.LIPS_OUTER, MOUTH_MARGIN)],
        "eyes": [
            about(landmarks.EYE_RIGHT, EYE_MARGIN),
            about(landmarks.EYE_LEFT, EYE_MARGIN),
        ],
    }


def _gradient_energy(picture: Floats) -> Floats:
    down, right = np.gradient(picture.mean(axis=2))
    return np.asarray(down**2 + right**2, dtype=np.float32)
