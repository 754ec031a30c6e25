"""Which of many pictures a portrait set is made of: the quiet one as its base, different ones
beside it, and all of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats, Indices
from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.photo import MAX_TURN_DEGREES
from persona_core.portrait.set_making import same_person

SHAPES: Final = (
    ((B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT), 1.5),
    ((B.JAW_OPEN,), 1.5),
    ((B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT), 1.0),
    ((B.MOUTH_PUCKER,), 0.8),
    ((B.MOUTH_FUNNEL,), 0.8),
    ((B.MOUTH_UPPER_UP_LEFT, B.MOUTH_UPPER_UP_RIGHT), 0.8),
    ((B.BROW_INNER_UP,), 0.5),
    ((B.EYE_LOOK_OUT_LEFT, B.EYE_LOOK_IN_RIGHT), 0.5),
    ((B.EYE_LOOK_IN_LEFT, B.EYE_LOOK_OUT_RIGHT), 0.5),
)
"""Blendshapes whose mean tells pictures apart, and how much it counts: lids and jaw are what one
picture knows least of."""
TURN: Final = 1.0 / 25.0
"""What a degree of a turned head counts."""
LEAST_APART: Final = 0.16
"""Pictures that are nearer show the same."""
VOTERS: Final = 16
"""That many pictures, evenly, say who is in most of them."""
SHARP_ENOUGH: Final = 0.6
"""Of the median sharpness: what has less is smeared, and nothing is seen in it."""


Flags = npt.NDArray[np.bool_]


class ShowsFace(Protocol):
    """A picture with what was found in it."""

    @property
    def landmarks(self) -> Floats: ...

    @property
    def blendshapes(self) -> Floats: ...


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """Places in the row that was given.

    Attributes:
        base: what is shown where nothing else is known.
        others: different from it and from each other, the most different first.
        same: shows what another one shows.
        strangers: shows somebody else than the base.
        smeared: too blurred to be of use.
    """

    base: int
    others: tuple[int, ...]
    same: tuple[int, ...] = ()
    strangers: tuple[int, ...] = ()
    smeared: tuple[int, ...] = ()


def choose_pictures(
    pictures: Sequence[ShowsFace], sharpness: Sequence[float] | None = None
) -> PictureChoice | None:
    """The base and the others by farthest-point selection.

    Args:
        pictures: in any order, at least one.
        sharpness: of each, comparable among them; None where they cannot be compared.

    Returns:
        None where no picture looks at the camera.
    """
    points = np.array([_features(picture) for picture in pictures]).reshape(len(pictures), -1)
    sharp = np.ones(len(pictures)) if sharpness is None else np.array(sharpness)
    is_sharp: Flags = sharp >= SHARP_ENOUGH * float(np.median(sharp))
    base = _base(points, _friends(pictures), is_sharp)
    if base is None:
        return None
    alike = np.array([same_person(pictures[base].landmarks, p.landmarks) for p in pictures])
    usable = alike & is_sharp
    apart = np.where(usable, np.linalg.norm(points - points[base], axis=1), 0.0)
    others: list[int] = []
    while apart.max() > LEAST_APART:
        others.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(points - points[others[-1]], axis=1))
    chosen = {base, *others}
    rows = range(len(pictures))
    return PictureChoice(
        base,
        tuple(others),
        same=tuple(at for at in rows if usable[at] and at not in chosen),
        strangers=tuple(at for at in rows if not alike[at]),
        smeared=tuple(at for at in rows if alike[at] and not is_sharp[at]),
    )


def _base(points: Doubles, friends: Indices, is_sharp: Flags) -> int | None:
    """The quietest that looks at the camera, of the person whom most pictures show."""
    turned = np.hypot(points[:, -2], points[:, -1]) / TURN
    fit = np.flatnonzero(is_sharp & (turned <= MAX_TURN_DEGREES))
    if not len(fit):
        return None
    fit = fit[friends[fit] == friends[fit].max()]
    return int(fit[np.abs(points[fit]).sum(axis=1).argmin()])


def _friends(pictures: Sequence[ShowsFace]) -> Indices:
    """(n,) how many of some pictures may show the same person as each one."""
    some = pictures[:: -(-len(pictures) // VOTERS)]
    alike = [[same_person(one.landmarks, each.landmarks) for each in some] for one in pictures]
    return np.asarray(np.array(alike).sum(axis=1), dtype=np.intp)


def _features(picture: ShowsFace) -> list[float]:
    rotation = quaternion.from_matrix(FacePlacement.fit(picture.landmarks).rotation)
    yaw, pitch, _ = quaternion.to_yaw_pitch_roll(rotation)
    shapes = [weight * float(picture.blendshapes[list(each)].mean()) for each, weight in SHAPES]
    return [*shapes, TURN * yaw, TURN * pitch]
