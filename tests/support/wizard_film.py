"""A film of somebody who does what the wizard asks, step by step, as Chromium's fake camera.

The person is one of the portraits that come with the site, drawn in each of the expressions: such
a film needs no data beside the repository.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser
from tests.support.portraits import built_in, placing

from persona_core.base.arrays import Floats
from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import NEUTRAL_SHAPES, FaceParams
from persona_core.portrait import layout
from persona_core.portrait.wizard.steps import PLANS, STEPS, Step
from persona_models.evaluate.portrait_renderer import PortraitPage

Picture = npt.NDArray[np.uint8]
Draw = Callable[[ImageDraw.ImageDraw], None]

SIZE = 640, 480
FRAMES_A_SECOND = 30
"""At which Chromium plays Motion JPEG."""
REST_FRAMES = 24
SHOWN_FRAMES = 75
"""Of each expression: a slow machine sees ten frames a second."""
BETWEEN = 4
"""Pictures on the way to an expression and back."""
MORE: Mapping[Step, tuple[tuple[B, float], ...]] = {
    Step.SMILE: ((B.MOUTH_UPPER_UP_LEFT, 0.6), (B.MOUTH_UPPER_UP_RIGHT, 0.6), (B.JAW_OPEN, 0.3)),
    Step.BROWS: ((B.EYE_WIDE_LEFT, 0.5), (B.EYE_WIDE_RIGHT, 0.5)),
    Step.AH: ((B.JAW_OPEN, 0.9),),
    Step.OO: ((B.MOUTH_PUCKER, 1.0), (B.MOUTH_FUNNEL, 0.6)),
}
"""What this person does beyond the example, so that a tracker sees it in a drawn face."""

LIDS, TONGUE = (150, 30, 190), (30, 90, 230)
"""What a marked person has painted: it is seen of closed eyes, and of an open mouth. No photo of
the face at rest can tell of it."""
PAINT_SHARE = 0.6


def face(step: Step, share: float = 1.0) -> FaceParams:
    """Somebody who does so much of what a step asks for."""
    plan = PLANS[step]
    shapes = plan.example.copy() if plan.shown else NEUTRAL_SHAPES.copy()
    for shape, value in MORE.get(step, ()):
        shapes[shape] = value
    rotation = quaternion.from_yaw_pitch_roll(1.5 * plan.turn * share, 0.0, 0.0)
    return FaceParams(0.0, blendshapes=shapes * share, rotation=rotation)


class Actor:
    """A built-in portrait before a camera.

    Args:
        marked: whether lids and tongue are painted.
    """

    def __init__(
        self, browser: Browser, dist: Path, name: str = "gardener", *, marked: bool = False
    ) -> None:
        self._page = PortraitPage(browser, dist)
        self._marked = marked
        portrait = built_in(name)
        side = SIZE[1]
        self._placing = placing(portrait, side, side)
        self._rig = self._page.wear(portrait, (side, side))

    def shoot(self, params: FaceParams) -> Picture:
        """(480, 640, 3) what a camera sees of it."""
        values = self._rig.pose(params, 0.0).copy()
        drawn = self._page.show(values)
        if self._marked:
            drawn = self._painted(drawn, params, values)
        frame = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
        margin = (SIZE[0] - drawn.shape[1]) // 2
        frame[:, margin : margin + drawn.shape[1]] = drawn
        # A wall as wide as the picture: the drawn one goes on to both sides.
        frame[:, :margin] = drawn[:, :1]
        frame[:, margin + drawn.shape[1] :] = drawn[:, -1:]
        return frame

    def close(self) -> None:
        self._page.close()

    def _painted(self, drawn: Picture, params: FaceParams, values: Floats) -> Picture:
        scale, shift = self._placing
        rims = values.reshape(-1, 4)[layout.RIMS :].reshape(-1, 2) * scale + shift
        *eyes, mouth = np.split(rims, (layout.EYE_RIM, 2 * layout.EYE_RIM))
        picture = Image.fromarray(drawn)
        if np.ptp(mouth[:, 1]) > 0.2 * np.ptp(mouth[:, 0]):
            _paint(picture, TONGUE, lambda pen: pen.polygon([*map(tuple, mouth)], fill=255))
        if params.blendshapes[B.EYE_BLINK_LEFT] > 0.8:
            for eye in eyes:
                room = np.ptp(eye[:, 0]) * np.array([0.0, 0.2])
                lid = (*(eye.min(axis=0) - room), *(eye.max(axis=0) + room))
                _paint(picture, LIDS, lambda pen, lid=lid: pen.ellipse(lid, fill=255))
        return np.asarray(picture)


def _paint(picture: Image.Image, colour: tuple[int, int, int], draw: Draw) -> None:
    mask = Image.new("L", picture.size)
    draw(ImageDraw.Draw(mask))
    mask = mask.filter(ImageFilter.GaussianBlur(1.0)).point(lambda level: PAINT_SHARE * level)
    picture.paste(colour, mask=mask)


def of_two(browser: Browser, dist: Path, target: Path) -> Path:
    """Writes a film, as Chromium's fake camera, of two people who look straight."""
    first, second = Actor(browser, dist), Actor(browser, dist, "runner")
    target.write_bytes(jpeg(beside(*(who.shoot(FaceParams(0.0)) for who in (first, second)))) * 60)
    for actor in (first, second):
        actor.close()
    return target


def as_camera(
    browser: Browser,
    dist: Path,
    target: Path,
    steps: Iterable[Step] = STEPS,
    *,
    marked: bool = False,
) -> Path:
    """Writes a film that shows the steps in order, over and over."""
    actor = Actor(browser, dist, marked=marked)
    rest = jpeg(actor.shoot(FaceParams(0.0)))
    with target.open("wb") as film:
        for step in steps:
            film.write(rest * REST_FRAMES)
            way = [jpeg(actor.shoot(face(step, (at + 1) / BETWEEN))) for at in range(BETWEEN)]
            film.write(b"".join(way) + way[-1] * SHOWN_FRAMES + b"".join(reversed(way)))
    actor.close()
    return target


def beside(person: Picture, other: Picture) -> Picture:
    """Two people before one camera, each as large as they are alone."""
    quarter, half = SIZE[0] // 4, SIZE[0] // 2
    return np.concatenate([part[:, quarter : quarter + half] for part in (person, other)], axis=1)


def as_clip(frames: Sequence[Image.Image], target: Path, *, frames_a_second: int = 10) -> Path:
    """Writes pictures of one size as a WebM, which every browser plays."""
    raw = b"".join(frame.convert("RGB").tobytes() for frame in frames)
    width, height = frames[0].size
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    command += ["-r", str(frames_a_second), "-i", "-", "-c:v", "libvpx", "-b:v", "2M", str(target)]
    subprocess.run(command, input=raw, check=True)
    return target


def jpeg(picture: Picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=92)
    return file.getvalue()
