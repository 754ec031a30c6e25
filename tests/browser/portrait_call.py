"""Two people in a call as portraits, and what each sees of the other, frame by frame."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from tests.support import pictures, rooms, tapes
from tests.support.portraits import placing
from tests.support.site_server import ROOT
from tests.support.tab import EACH_DRAWING, Tab

from persona_core.base.arrays import Indices
from persona_core.face import landmarks
from persona_core.face.params import FaceParams
from persona_core.portrait.portrait import Portrait
from persona_models.evaluate.portrait_renderer import PortraitPage

Picture = npt.NDArray[np.int16]

WEAR: Final = "localStorage.setItem('vp.portrait', '{}')"

# From the very start, every frame that the page draws, of every place: what kind of picture it is.
# Photos reach into the upper corners, a silhouette has one colour, whatever else is a character.
COUNTING: Final = (
    f"{{const eachDrawing = {EACH_DRAWING};"
    """
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
  for (let at = 0; at < 4 * 24 * 22; at += 4) { // a level meter lies below
    if (data[at + 3] < 16) continue;
    covered += 1;
    low = Math.min(low, data[at], data[at + 1], data[at + 2]);
    high = Math.max(high, data[at], data[at + 1], data[at + 2]);
  }
  if (covered === 0) return "blank";
  return high - low < 90 ? "silhouette" : "drawn";
};
const look = () => {
  for (const place of document.querySelectorAll(".avatar-place")) {
    const seen = [...place.children].filter((one) =>
      one.checkVisibility({ visibilityProperty: true }));
    if (!seen.length || !seen.at(-1).width) continue;
    const kind = kindOf(seen.at(-1));
    kinds[kind] += 1;
    if (kind === "drawn" && drawnPictures.length < 3) drawnPictures.push(seen.at(-1).toDataURL());
  }
};
eachDrawing(look);
}"""
)


def built_in(name: str) -> Portrait:
    return Portrait.from_bytes((ROOT / "app" / "portraits" / f"{name}.portrait").read_bytes())


def enter_as(site_url: str, invitation: rooms.Invitation, people: Mapping[str, Tab]) -> None:
    """Has people join a call as built-in portraits, which move by the demo motion.

    Args:
        people: their tabs by the portraits' names, in the order in which they join.
    """
    for portrait, tab in people.items():
        watch_as(tab, portrait)
    rooms.enter_together(site_url, invitation, *people.values())
    for tab in people.values():
        rooms.show_demo(tab)


def watch_as(tab: Tab, portrait: str) -> None:
    """Goes as a built-in portrait and counts what is seen, from the next page on."""
    tab.page.add_init_script(WEAR.format(portrait))
    tab.page.add_init_script(COUNTING)


def wait_seen(tab: Tab, *seen: str) -> None:
    """Waits until everybody on a page is seen as one of these."""
    tab.page.wait_for_function(
        """wanted => {
          const { seen } = JSON.parse(virtualpersona.report());
          const all = [seen].flat();
          return all.length > 0 && all.every((one) => wanted.includes(one));
        }""",
        arg=list(seen),
        timeout=rooms.WAIT_MS,
    )


class Likeness:
    """What a page shows of a peer, beside what WebGL paints of the portrait with the same face.

    Args:
        square: whether the page shows the middle of square pictures, as a model or a server gives.
        late_ms: how late its pictures may be; all as late as fits best.

    Attributes:
        seen: (n, h, w, 3) as the page showed them.
        wanted: the same frames as they should be.
        mouth, eye: where the mouth, and the left eye, are in them.
        gap_to_other: mean difference to another person's portrait, in levels of 255.
    """

    def __init__(
        self,
        tab: Tab,
        painter: PortraitPage,
        portrait: Portrait,
        other: Portrait,
        count: int = 24,
        *,
        square: bool = False,
        late_ms: Sequence[float] = (0.0,),
    ) -> None:
        tab.page.evaluate("virtualpersona.record()")
        rooms.wait_frames(tab, 3)
        found: list[tuple[Picture, list[FaceParams]]] = []
        end = time.monotonic() + rooms.WAIT_MS / 1000.0
        while len(found) < count:
            assert time.monotonic() < end, "the peer is not seen"
            picture, lately = tapes.seen_lately(tab)
            times = np.array([face.time_ms for face in lately])
            faces = [lately[np.abs(times - times[-1] + late).argmin()] for late in late_ms]
            pixels = pictures.decode(picture)
            if not found or pixels.shape == found[0][0].shape:
                found.append((pixels, faces))
            else:
                found = [(pixels, faces)]  # the quality has changed, and with it the size
            tab.page.wait_for_timeout(160)
        height, width = found[0][0].shape[:2]
        self.seen = np.array([picture[..., :3] for picture, _faces in found])
        side = max(width, height)
        across, down = (side, side) if square else (width, height)
        left, top = (across - width) // 2, (down - height) // 2
        middle = (slice(None), slice(top, top + height), slice(left, left + width))
        stranger = _painted(painter, other, found[0][1][:1], (across, down))[middle][0]
        self.gap_to_other = float(np.abs(self.seen - stranger).mean())
        self.mouth, self.eye = (
            tuple(
                slice(max(part.start - shift, 0), part.stop - shift)
                for part, shift in zip(
                    box_of(portrait, loop, across, down), (top, left), strict=True
                )
            )
            for loop in (landmarks.LIPS_INNER, landmarks.EYE_LEFT)
        )
        candidates = []
        for faces in zip(*(faces for _picture, faces in found), strict=True):
            self.wanted = _painted(painter, portrait, list(faces), (across, down))[middle]
            candidates.append((self.following, self.wanted))
        best = max(range(len(candidates)), key=lambda each: candidates[each][0])
        self.wanted, self.late_ms = candidates[best][1], late_ms[best]

    @property
    def gap(self) -> float:
        """Mean difference, in levels of 255."""
        return float(np.abs(self.seen - self.wanted).mean())

    @property
    def following(self) -> float:
        """Correlation of what changes about the mouth with what should."""
        return self.following_in(self.mouth)

    def following_in(self, place: tuple[slice, ...]) -> float:
        """The same of another place."""
        return self._correlation(place, self.wanted)

    def unrelated_in(self, place: tuple[slice, ...]) -> float:
        """The same with the faces of other moments: what chance gives."""
        count = len(self.wanted)
        shifts = (count // 4, count // 2, 3 * count // 4)
        moved = [np.roll(self.wanted, shift, axis=0) for shift in shifts]
        return float(np.mean([self._correlation(place, each) for each in moved]))

    def _correlation(self, place: tuple[slice, ...], faces: Picture) -> float:
        box = (slice(None), *place)
        seen, wanted = (part[box] - part[box].mean(axis=0) for part in (self.seen, faces))
        together = float((seen * wanted).sum())
        return together / float(np.sqrt((seen**2).sum() * (wanted**2).sum()))

    @property
    def movement(self) -> float:
        """By how much the mouth changes, in levels of 255."""
        return float(self.seen[(slice(None), *self.mouth)].std(axis=0).mean())

    def __repr__(self) -> str:
        return (
            f"gap {self.gap:.1f}, to another {self.gap_to_other:.1f}, "
            f"movement {self.movement:.1f}, following {self.following:.2f}, "
            f"{self.late_ms:.0f} ms late"
        )


def _painted(
    painter: PortraitPage, portrait: Portrait, faces: list[FaceParams], size: tuple[int, int]
) -> Picture:
    """(n, h, w, 3) a portrait with these faces."""
    rig = painter.wear(portrait, size)
    return np.array([painter.show(rig.pose(face, 0.0)) for face in faces]).astype(np.int16)


def box_of(
    portrait: Portrait, loop: Indices, width: int, height: int, margin: float = 0.35
) -> tuple[slice, slice]:
    """Rows and columns of a scene that hold some landmarks of a portrait, as ``fitPhoto`` lays it.

    Args:
        margin: on every side, parts of their width.
    """
    scale, shift = placing(portrait, width, height)
    points = portrait.landmarks[loop, :2] * scale + shift
    room = margin * np.ptp(points[:, 0])
    low = np.maximum(points.min(axis=0) - room, 0.0).astype(int)
    high = (points.max(axis=0) + room).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])
