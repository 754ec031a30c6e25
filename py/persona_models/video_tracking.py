"""Tracks the face in a video file, frame by frame, with the very tracker that the pages use.

MediaPipe's Face Landmarker runs in real Chromium; every frame gets its own exact timestamp, so
the result depends on the video alone and not on the machine's speed.
"""

from __future__ import annotations

import mimetypes
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from playwright.sync_api import Route, sync_playwright

ORIGIN = "http://localhost"  # served from disk by interception; never reaches the network
WIDTH = 640  # what the pages ask of a camera

# A module worker, as in the pages: MediaPipe's module build does not load elsewhere.
WORKER = """
self.onmessage = async ({ data: { count, fps } }) => {
  const { FaceLandmarker, FilesetResolver } = await import("/vendor/mediapipe/vision_bundle.mjs");
  const files = await FilesetResolver.forVisionTasks("/vendor/mediapipe/wasm", true);
  const landmarker = await FaceLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: "/vendor/models/face_landmarker.task", delegate: "CPU" },
    runningMode: "VIDEO", numFaces: 1,
    outputFaceBlendshapes: true, outputFacialTransformationMatrixes: true,
  });
  const rows = [];
  for (let i = 0; i < count; i += 1) {
    const picture = await (await fetch(`/frames/${i + 1}.png`)).blob();
    const time = i * 1000 / fps;
    const result = landmarker.detectForVideo(await createImageBitmap(picture), time);
    const shapes = result.faceBlendshapes[0]?.categories.map((shape) => shape.score);
    const matrix = result.facialTransformationMatrixes[0]?.data;
    const seen = shapes && matrix ? [1, time, time, ...shapes, ...matrix] : [0, time, time];
    rows.push([...seen, ...new Array(3 + 52 + 16 - seen.length).fill(0)]);
    if (i % 50 === 0) self.postMessage({ done: i });
  }
  self.postMessage({ rows });
};
"""
TRACK = """
(video) => new Promise((resolve, reject) => {
  const worker = new Worker("/worker.js", { type: "module" });
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = ({ data }) => {
    if (data.rows) resolve(data.rows);
    else console.log(`progress ${data.done}`);
  };
  worker.postMessage(video);
})
"""


def frames_per_second(video: Path) -> float:
    """The video's frame rate."""
    reader = imageio_ffmpeg.read_frames(str(video))
    return float(next(reader)["fps"])  # type: ignore[arg-type]


def extract_frames(video: Path, folder: Path) -> int:
    """Writes the frames as 1.png, 2.png ...; returns how many."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error"]
    command += ["-i", str(video), "-vf", f"scale={WIDTH}:-2", "-fps_mode", "passthrough"]
    subprocess.run([*command, str(folder / "%d.png")], check=True)
    return len(list(folder.glob("*.png")))


def track_video(
    video: Path, vendor: Path, chromium: str, on_progress: Callable[[int, int], None]
) -> npt.NDArray[np.float64]:
    """Tracks every frame.

    Args:
        video: any file ffmpeg reads.
        vendor: the folder with the fetched web assets.
        chromium: path of the browser.
        on_progress: hears (frames done, frames in all).

    Returns:
        (frames, 71) float64, rows as ``persona_core.face.observation`` lays them out,
        times in ms from the video's start.
    """
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        frames = Path(temporary)
        count = extract_frames(video, frames)
        folders = {"vendor": vendor, "frames": frames}

        def serve(route: Route) -> None:
            kind, _, name = route.request.url.removeprefix(f"{ORIGIN}/").partition("/")
            if kind == "worker.js":
                route.fulfill(content_type="text/javascript", body=WORKER)
                return
            if not name:
                route.fulfill(content_type="text/html", body="<!doctype html>")
                return
            path = folders[kind] / name
            guessed = mimetypes.guess_type(path.name)[0]
            known = {".mjs": "text/javascript", ".task": "application/octet-stream"}
            route.fulfill(path=path, content_type=known.get(path.suffix, guessed))

        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context()
        context.route(f"{ORIGIN}/**", serve)
        page = context.new_page()
        page.goto(f"{ORIGIN}/")

        def heard(message: Any) -> None:
            if message.text.startswith("progress "):
                on_progress(int(message.text.removeprefix("progress ")), count)

        page.on("console", heard)
        rows = page.evaluate(TRACK, {"count": count, "fps": frames_per_second(video)})
        browser.close()
    on_progress(count, count)
    return np.array(rows, dtype=np.float64)
