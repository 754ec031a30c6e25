"""A call's two ends, picture by picture: what a camera saw, and what the other side drew of it.

Each drawn face carries the time at which its camera picture was taken, so that the two belong
together whatever the call's delay. Which moment of the film a camera picture shows is found by
looking: it is one of the film's own frames.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image
from tests.support.tab import Tab

from persona_core.wire.codec import decode_frame

Array = npt.NDArray[np.float64]

THUMB = (64, 36)
"""Pixels by which camera pictures are known."""

CAMERA = """globalThis.cameraFilm = { on: false, frames: [] };
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  // Before it is handed over to the face's worker, which closes it.
  if (cameraFilm.on && message?.kind === "frame") {
    const { frame, captured } = message;
    const copy = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
    copy.getContext("2d", { willReadFrequently: true }).drawImage(frame, 0, 0);
    cameraFilm.frames.push({ time: captured - performance.timeOrigin, copy });
  }
  return post.call(this, message, ...rest);
};"""
"""An init script: keeps what the camera gives the face's worker, once ``cameraFilm.on``."""

DRAWN = """({ place, every }) => {
  globalThis.drawnFilm = { on: true, frames: [] };
  let next = 0;
  const look = () => {
    if (!drawnFilm.on) return;
    requestAnimationFrame(look);
    const now = performance.now();
    if (now < next) return;
    next = now + every;
    const shown = [...document.getElementById(place).querySelectorAll("canvas")]
      .filter((canvas) => canvas.checkVisibility({ visibilityProperty: true }))
      .at(-1);
    const copy = new OffscreenCanvas(shown.width, shown.height);
    copy.getContext("2d", { willReadFrequently: true }).drawImage(shown, 0, 0);
    drawnFilm.frames.push({ time: now, copy });
  };
  requestAnimationFrame(look);
}"""
"""Keeps what is drawn at a place: in the frame in which it was drawn, and after the page."""

TIMES = "(name) => globalThis[name].frames.map(({ time }) => time)"
THUMBS = """([width, height]) => {
  const small = new OffscreenCanvas(width, height);
  const context = small.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  return cameraFilm.frames.map(({ copy }) => {
    context.drawImage(copy, 0, 0, width, height);
    return btoa(String.fromCharCode(...context.getImageData(0, 0, width, height).data));
  });
}"""
PICTURES = """([name, numbers]) => Promise.all(numbers.map(async (number) => {
  const blob = await globalThis[name].frames[number].copy.convertToBlob();
  const reader = new FileReader();
  await new Promise((resolve) => { reader.onload = resolve; reader.readAsDataURL(blob); });
  return reader.result;
}))"""


@dataclass(frozen=True)
class Film:
    """What was kept of one call.

    Attributes:
        moments: for each drawn picture, seconds of the film that the camera was at.
        cameras: for each drawn picture, the number of the camera's picture.
        metrics: of the watcher's drawing, at the end of it.
    """

    sender: Tab
    watcher: Tab
    moments: Array
    cameras: npt.NDArray[np.intp]
    metrics: dict[str, Any]

    def nearest(self, second: float) -> int:
        """The number of the drawn picture whose face is nearest to a moment of the film."""
        return int(np.abs(self.moments - second).argmin())

    def drawn(self, numbers: Sequence[int]) -> list[Image.Image]:
        return _pictures(self.watcher, "drawnFilm", numbers)

    def camera(self, numbers: Sequence[int]) -> list[Image.Image]:
        """What the camera saw when the faces of drawn pictures were made."""
        return _pictures(self.sender, "cameraFilm", [int(self.cameras[each]) for each in numbers])


def film_of(video: Path) -> tuple[npt.NDArray[np.float32], float]:
    """(frames, height, width) grey thumbnails of a video, and its frames a second."""
    reader = imageio_ffmpeg.read_frames(str(video), pix_fmt="gray", bits_per_pixel=8)
    about = next(reader)
    size = about["size"]
    pictures = (Image.frombytes("L", size, frame) for frame in reader)
    small = [np.asarray(picture.resize(THUMB, Image.Resampling.BOX)) for picture in pictures]
    return np.array(small, np.float32), float(about["fps"])


def watch(
    sender: Tab, watcher: Tab, place: str, video: Path, seconds: float, every_ms: float
) -> Film:
    """Films both ends for a while; then both leave, to be asked for their pictures in peace.

    Args:
        sender: a tab that was opened with :data:`CAMERA`.
        place: the id of the element where the watcher sees the sender.
        video: what is before the camera.
    """
    watcher.page.evaluate("virtualpersona.record()")
    sender.page.evaluate("() => { cameraFilm.frames = []; cameraFilm.on = true; }")
    watcher.page.evaluate(DRAWN, {"place": place, "every": every_ms})
    watcher.page.wait_for_timeout(seconds * 1000.0)
    watcher.page.evaluate("() => { drawnFilm.on = false; }")
    sender.page.evaluate("() => { cameraFilm.on = false; }")
    captured = np.array(sender.page.evaluate(TIMES, "cameraFilm"))
    shown = np.array(watcher.page.evaluate(TIMES, "drawnFilm"))
    metrics = watcher.report()["graphics"]["metrics"]
    tape = json.loads(watcher.page.evaluate("virtualpersona.recorded()"))["received"]
    for tab in (watcher, sender):
        tab.page.evaluate("document.getElementById('leave').click()")
    drawn_at = np.array([time for time, _ in tape])
    faces_from = [decode_frame(bytes.fromhex(data)).params.time_ms for _, data in tape]
    newest = np.maximum(np.searchsorted(drawn_at, shown, side="right") - 1, 0)
    wanted = np.array(faces_from)[newest]
    cameras = np.abs(captured[None] - wanted[:, None]).argmin(axis=1)
    return Film(sender, watcher, _moments(sender, video)[cameras], cameras, metrics)


def _moments(sender: Tab, video: Path) -> Array:
    """For each of the camera's pictures, its moment of the film in seconds."""
    film, rate = film_of(video)
    kept = [base64.b64decode(text) for text in sender.page.evaluate(THUMBS, THUMB)]
    pictures = np.array([np.frombuffer(data, np.uint8) for data in kept], np.float32)
    grey = pictures.reshape(len(kept), THUMB[1], THUMB[0], 4)[..., :3] @ [0.299, 0.587, 0.114]
    flat = film.reshape(len(film), -1)
    return np.array(
        [np.abs(flat - one).mean(axis=1).argmin() / rate for one in grey.reshape(len(kept), -1)]
    )


def _pictures(tab: Tab, name: str, numbers: Sequence[int]) -> list[Image.Image]:
    found = tab.page.evaluate(PICTURES, [name, list(numbers)])
    files = [io.BytesIO(base64.b64decode(url.partition(",")[2])) for url in found]
    return [Image.open(file).convert("RGBA") for file in files]
