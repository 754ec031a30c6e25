"""Two people in a call as portraits, and what each sees of the other, frame by frame."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import numpy.typing as npt
from tests.support import pictures, rooms, tapes
from tests.support.site_server import ROOT
from tests.support.tab import Tab

from persona_core.face import landmarks
from persona_core.face.params import FaceParams
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.tiles import head_box
from persona_models.evaluate.portrait_renderer import PortraitPage

Picture = npt.NDArray[np.int16]

WEAR: Final = "localStorage.setItem('vp.portrait', '{}')"

# From the very start, every displayed frame of every place: what kind of a picture it is. Photos
# reach into the upper corners, a silhouette has one colour, and whatever else is a character.
COUNTING: Final = """
globalThis.kinds = { portrait: 0, silhouette: 0, drawn: 0, blank: 0 };
globalThis.drawnPictures = [];
const probe = document.createElement("canvas");
[probe.width, probe.height] = [24, 30];
const context = probe.getContext("2d", { willReadFrequently: true });
const kindOf = (seen) => {
  context.clearRect(0, 0, 24, 30);
  context.drawImage(seen, 0, 0, 24, 30);
  const { data } = context.getImageData(0, 0, 24, 30);
  if (data[3] === 255 && data[4 * 23 + 3] === 255) return "portrait";
  let low = 255, high = 0, covered = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 16) continue;
    covered += 1;
    low = Math.min(low, data[at], data[at + 1], data[at + 2]);
    high = Math.max(high, data[at], data[at + 1], data[at + 2]);
  }
  if (covered === 0) return "blank";
  return high - low < 90 ? "silhouette" : "drawn";
};
const look = () => {
  requestAnimationFrame(look);
  for (const place of document.querySelectorAll(".avatar-place")) {
    const seen = [...place.children].filter((one) =>
      one.checkVisibility({ visibilityProperty: true }));
    if (!seen.length || !seen.at(-1).width) continue;
    const kind = kindOf(seen.at(-1));
    kinds[kind] += 1;
    if (kind === "drawn" && drawnPictures.length < 3) drawnPictures.push(seen.at(-1).toDataURL());
  }
};
requestAnimationFrame(look);
"""


def built_in(name: str) -> Portrait:
    return Portrait.from_bytes((ROOT / "app" / "portraits" / f"{name}.portrait").read_bytes())


def enter_as(tab: Tab, portrait: str, site_url: str, invitation: rooms.Invitation) -> None:
    """Joins a call as a built-in portrait that moves by the demo motion."""
    tab.page.add_init_script(WEAR.format(portrait))
    tab.page.add_init_script(COUNTING)
    rooms.enter(tab, site_url, invitation)
    tab.page.evaluate("document.getElementById('use-demo').click()")


def wait_seen(tab: Tab, *seen: str) -> None:
    """Waits until everybody on a page is seen as one of these."""
    tab.page.wait_for_function(
        """wanted => {
          const { seen } = JSON.parse(virtualpersona.report());
          return seen.length === 2 && seen.every((one) => wanted.includes(one));
        }""",
        arg=list(seen),
        timeout=rooms.WAIT_MS,
    )


class Likeness:
    """What a page shows of a peer, beside what WebGL paints of the portrait with the same face.

    Attributes:
        seen: (n, h, w, 3) as the page showed them.
        wanted: the same frames as they should be.
        mouth: where the mouth is in them.
        gap_to_other: mean difference to another person's portrait, in levels of 255.
    """

    def __init__(
        self,
        tab: Tab,
        painter: PortraitPage,
        portrait: Portrait,
        other: Portrait,
        count: int = 24,
    ) -> None:
        tab.page.evaluate("virtualpersona.record()")
        rooms.wait_frames(tab, 3)
        found: list[tuple[Picture, FaceParams]] = []
        end = time.monotonic() + rooms.WAIT_MS / 1000.0
        while len(found) < count:
            assert time.monotonic() < end, "the peer is not seen"
            picture, face = tapes.seen_now(tab)
            pixels = pictures.decode(picture)
            if not found or pixels.shape == found[0][0].shape:
                found.append((pixels, face))
            else:
                found = [(pixels, face)]  # the quality has changed, and with it the size
            tab.page.wait_for_timeout(160)
        height, width = found[0][0].shape[:2]
        self.seen = np.array([picture[..., :3] for picture, _face in found])
        faces = [face for _picture, face in found]
        self.wanted = _painted(painter, portrait, faces, (width, height))
        stranger = _painted(painter, other, faces[:1], (width, height))[0]
        self.gap_to_other = float(np.abs(self.seen - stranger).mean())
        self.mouth = mouth_box(portrait, width, height)

    @property
    def gap(self) -> float:
        """Mean difference, in levels of 255."""
        return float(np.abs(self.seen - self.wanted).mean())

    @property
    def following(self) -> float:
        """Correlation of what changes about the mouth with what should."""
        box = (slice(None), *self.mouth)
        seen, wanted = (part[box] - part[box].mean(axis=0) for part in (self.seen, self.wanted))
        together = float((seen * wanted).sum())
        return together / float(np.sqrt((seen**2).sum() * (wanted**2).sum()))

    @property
    def movement(self) -> float:
        """By how much the mouth changes, in levels of 255."""
        return float(self.seen[(slice(None), *self.mouth)].std(axis=0).mean())

    def __repr__(self) -> str:
        return (
            f"gap {self.gap:.1f}, to another {self.gap_to_other:.1f}, "
            f"movement {self.movement:.1f}, following {self.following:.2f}"
        )


def _painted(
    painter: PortraitPage, portrait: Portrait, faces: list[FaceParams], size: tuple[int, int]
) -> Picture:
    """(n, h, w, 3) a portrait with these faces."""
    rig = painter.wear(portrait, size)
    return np.array([painter.show(rig.pose(face, 0.0)) for face in faces]).astype(np.int16)


def mouth_box(portrait: Portrait, width: int, height: int) -> tuple[slice, slice]:
    """Rows and columns of a scene that hold a portrait's mouth, as ``fitPhoto`` lays it."""
    left, top, right, bottom = head_box(portrait.landmarks).tolist()
    ratios = width / portrait.width, height / portrait.height
    whole = min(width / (right - left), height / (bottom - top))
    scale = max(min(ratios), min(max(ratios), whole))

    def place(scene: int, photo: int, middle: float, rest: float) -> float:
        spare = photo * scale - scene
        if spare <= 0.0:
            return -spare * rest
        return -min(max(middle * scale - scene / 2, 0.0), spare)

    x = place(width, portrait.width, (left + right) / 2, 0.5)
    y = place(height, portrait.height, (top + bottom) / 2, 1.0)
    lips = portrait.landmarks[landmarks.LIPS_INNER, :2] * scale + (x, y)
    margin = 0.35 * np.ptp(lips[:, 0])
    low = np.maximum(lips.min(axis=0) - margin, 0.0).astype(int)
    high = (lips.max(axis=0) + margin).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])
