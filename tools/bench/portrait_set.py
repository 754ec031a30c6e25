"""What a frame of a portrait costs with a set of pictures, and without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from tests.support import graphics
from tests.support.chromium import launch
from tests.support.portrait_sets import EYES, MOUTH, Paint, Picture, expression
from tests.support.site_server import ROOT
from tools.bench.figures import Figure, Summary, Target
from tools.bench.setting import Setting, site_folder

from persona_core.base.arrays import Floats
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_core.wire.motion_track import load_demo
from persona_models.evaluate.portrait_renderer import PortraitPage

TITLE = "A portrait with a set of pictures"
SIZE: Final = (512, 512)
FRAMES: Final = 16
ROUNDS: Final = 3
RATIO: Final = Target("<=", 1.3)
FACES: Final[Sequence[dict[str, float]]] = (
    {"jaw_open": 0.5},
    {"jaw_open": 0.2, "mouth_smile": 0.5},
    {"mouth_smile": 0.8, "cheek_squint": 0.4},
    {"mouth_pucker": 0.7},
    {"eye_blink": 1.0},
    {"eye_wide": 0.5, "brow_inner_up": 0.6},
)
"""Of the pictures beside the portrait."""


def measure(setting: Setting) -> list[Figure]:
    """The demo motion at 512 x 512; with and without take turns, so that both have the machine's
    luck."""
    portrait = Portrait.from_bytes(file_of("officer").read_bytes())
    figures: list[Figure] = []
    for api, flags in (("webgl", graphics.WEBGL), ("webgpu", graphics.WEBGPU)):
        setting.step.note(api)
        browser = launch(setting.playwright, *flags)
        try:
            pages = [PortraitPage(browser, site_folder(), api) for _ in range(2)]
            alone, joined = (page.wear(portrait, SIZE) for page in pages)
            bare = pages[1].memory_bytes
            pages[1].join(*expressions(portrait))
            runs = [_frames(alone), _frames(joined)]
            times: list[list[float]] = [[], []]
            for round_ in range(ROUNDS + 1):
                for page, frames, kept in zip(pages, runs, times, strict=True):
                    spent = page.time_frames(frames)
                    kept += spent if round_ else []  # the first one compiles shaders
        finally:
            browser.close()
        figures += [
            Figure("frame, one photo", "ms", Summary.of(times[0]), column=api),
            Figure("frame, set", "ms", Summary.of(times[1]), column=api),
            Figure("set / photo", "", median(times[1]) / median(times[0]), RATIO, column=api),
            Figure("set's video memory", "MB", (pages[1].memory_bytes - bare) / 1e6, column=api),
        ]
    return figures


def file_of(name: str) -> Path:
    """A portrait that comes with the site."""
    return ROOT / "app" / "portraits" / f"{name}.portrait"


def expressions(portrait: Portrait, paint: Paint | None = None) -> list[Expression]:
    """As many as people make, with patches of the usual size.

    Args:
        paint: of all patches; noise without one, which is too much to be sent.
    """
    paint = paint or _noise()
    parts = dict.fromkeys((*MOUTH, *EYES), paint)
    made = [expression(portrait, named, parts) for named in FACES]
    whole = parts | {Region.FACE: paint}
    return [*made, expression(portrait, {}, whole, yaw=20.0)]


def _noise() -> Paint:
    random = np.random.default_rng(1)

    def paint(blank: Picture, _points: Floats) -> Picture:
        return random.integers(0, 256, blank.shape, np.uint8)

    return paint


def _frames(rig: PortraitRig) -> list[Floats]:
    """Uniforms of faces spread over the demo motion, as a call would show them."""
    track = load_demo()
    step = track.period_ms / FRAMES
    return [rig.pose(track.sample(step * at), step * at).copy() for at in range(FRAMES)]
