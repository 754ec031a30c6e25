"""Tracks faces in pictures with the very tracker that the pages use.

MediaPipe's Face Landmarker runs in real Chromium. Pictures are handed to it one by one and may be
made while it works; in a video each has its own exact timestamp, so the result depends on the
pictures alone and not on the machine's speed.
"""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Route, sync_playwright

from persona_core.face import blendshapes, landmarks
from persona_models.faces.tracks import FaceTracks, Picture

ORIGIN = "http://localhost"  # served by interception; never reaches the network

# A module worker, as in the pages: MediaPipe's module build does not load elsewhere. It posts
# what it saw and gets the next picture in return: raw RGBA, or a file as it is.
WORKER = """
async function read(answer) {
  const width = Number(answer.headers.get("x-width"));
  if (!width) return answer.blob();
  return new ImageData(new Uint8ClampedArray(await answer.arrayBuffer()), width);
}
self.onmessage = async ({ data: { fps } }) => {
  const { FaceLandmarker, FilesetResolver } = await import("/vendor/mediapipe/vision_bundle.mjs");
  const files = await FilesetResolver.forVisionTasks("/vendor/mediapipe/wasm", true);
  const landmarker = await FaceLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: "/vendor/models/face_landmarker.task", delegate: "CPU" },
    runningMode: fps ? "VIDEO" : "IMAGE", numFaces: 1,
    outputFaceBlendshapes: true, outputFacialTransformationMatrixes: true,
  });
  let seen = new Float32Array();
  for (let i = 0; ; i += 1) {
    const answer = await fetch("/next", { method: "POST", body: seen });
    if (answer.status !== 200) break;
    const picture = await createImageBitmap(await read(answer));
    const result = fps
      ? landmarker.detectForVideo(picture, i * 1000 / fps) : landmarker.detect(picture);
    const points = result.faceLandmarks[0];
    const shapes = result.faceBlendshapes[0]?.categories.map((shape) => shape.score);
    const matrix = result.facialTransformationMatrixes[0]?.data;
    seen = points && shapes && matrix
      ? new Float32Array([1, ...shapes, ...matrix, ...points.flatMap(({ x, y, z }) => [x, y, z])])
      : new Float32Array([0]);
  }
  self.postMessage("done");
};
"""
TRACK = """
(options) => new Promise((resolve, reject) => {
  const worker = new Worker("/worker.js", { type: "module" });
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = () => resolve();
  worker.postMessage(options);
})
"""
_SHAPES_END = 1 + blendshapes.COUNT
_MATRIX_END = _SHAPES_END + 16
_SEEN_LENGTH = _MATRIX_END + landmarks.COUNT * 3


def track_pictures(
    pictures: Iterable[Picture | bytes],
    vendor: Path,
    chromium: str,
    *,
    fps: float | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> FaceTracks:
    """Tracks one face in every picture.

    Args:
        pictures: (H, W, 3) uint8 RGB, or the bytes of a PNG file, whose colour tags the browser
            minds; of any sizes, taken one at a time, as they are needed.
        vendor: the folder with the fetched web assets.
        chromium: path of the browser.
        fps: the frame rate if the pictures are a video, whose landmarks MediaPipe smooths
            over time; None if they have nothing to do with each other.
        on_progress: hears after each picture how many are done.
    """
    desk = _Desk(pictures, on_progress)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context()
        context.route(f"{ORIGIN}/**", lambda route: _serve(route, vendor, desk))
        page = context.new_page()
        page.goto(f"{ORIGIN}/")
        page.evaluate(TRACK, {"fps": fps})
        browser.close()
    if desk.error is not None:
        raise desk.error
    return desk.tracks(fps)


class _Desk:
    """Hands out pictures and takes in what was seen in them."""

    def __init__(
        self, pictures: Iterable[Picture | bytes], on_progress: Callable[[int], None]
    ) -> None:
        self._pictures: Iterator[Picture | bytes] = iter(pictures)
        self._on_progress = on_progress
        self._sizes: list[tuple[int, int]] = []
        self._seen: list[npt.NDArray[np.float32]] = []
        self.error: Exception | None = None

    def exchange(self, posted: bytes) -> Picture | bytes | None:
        """Takes what was seen in the last picture; gives the next, None after the last."""
        if self._sizes:
            seen = np.frombuffer(posted, dtype="<f4")
            if seen.size not in (1, _SEEN_LENGTH):
                raise ValueError(f"the tracker posted {seen.size} numbers, not {_SEEN_LENGTH}")
            self._seen.append(np.resize(seen, _SEEN_LENGTH) if seen[0] else _nothing())
            self._on_progress(len(self._seen))
        picture = next(self._pictures, None)
        if picture is not None:
            self._sizes.append(_size(picture))
        return picture

    def tracks(self, fps: float | None) -> FaceTracks:
        seen = np.array(self._seen).reshape(-1, _SEEN_LENGTH)
        sizes = np.array(self._sizes, dtype=np.int32).reshape(-1, 2)
        shares = seen[:, _MATRIX_END:].reshape(-1, landmarks.COUNT, 3)
        # MediaPipe gives z in widths of the image, as x.
        points = shares * sizes[:, None, [0, 1, 0]].astype(np.float32)
        return FaceTracks(
            found=seen[:, 0] == 1.0,
            times_ms=np.arange(len(seen), dtype=np.float64) * (1000.0 / fps if fps else 0.0),
            landmarks=np.asarray(points, dtype=np.float32),
            blendshapes=seen[:, 1:_SHAPES_END],
            matrices=seen[:, _SHAPES_END:_MATRIX_END],
            sizes=sizes,
        )


def _size(picture: Picture | bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    if isinstance(picture, bytes):
        with Image.open(io.BytesIO(picture)) as image:
            return image.size
    return picture.shape[1], picture.shape[0]


def _nothing() -> npt.NDArray[np.float32]:
    return np.zeros(_SEEN_LENGTH, dtype=np.float32)


def _serve(route: Route, vendor: Path, desk: _Desk) -> None:
    kind, _, name = route.request.url.removeprefix(f"{ORIGIN}/").partition("/")
    if kind == "worker.js":
        route.fulfill(content_type="text/javascript", body=WORKER)
    elif kind == "next":
        _hand_over(route, desk)
    elif not name:
        route.fulfill(content_type="text/html", body="<!doctype html>")
    else:
        path = vendor / name
        guessed = mimetypes.guess_type(path.name)[0]
        known = {".mjs": "text/javascript", ".task": "application/octet-stream"}
        route.fulfill(path=path, content_type=known.get(path.suffix, guessed))


def _hand_over(route: Route, desk: _Desk) -> None:
    try:
        picture = desk.exchange(route.request.post_data_buffer or b"")
    except Exception as error:
        # Playwright would swallow it; the worker stops and the caller raises it.
        desk.error = error
        picture = None
    if picture is None:
        route.fulfill(status=204)
        return
    if isinstance(picture, bytes):
        route.fulfill(content_type="image/png", body=picture)
        return
    width, height = _size(picture)
    rgba = np.full((height, width, 4), 255, dtype=np.uint8)
    rgba[..., :3] = picture
    headers: dict[str, Any] = {"x-width": str(width)}
    route.fulfill(headers=headers, content_type="application/octet-stream", body=rgba.tobytes())
