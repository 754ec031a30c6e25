"""Hands before a camera, in a page: both of MediaPipe's tasks, from the worker to the gesture."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser import hand_photos
from tests.browser.hand_photos import ROOT
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]

RECOGNIZER = "vendor/models/gesture_recognizer.task"
LANDMARKER = "vendor/models/hand_landmarker.task"
WAIT_MS = 60_000
SMALL = {"width": 420, "height": 420}


@pytest.fixture(scope="module")
def hand_browser(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser whose camera shows a face and, beside it, a thumb up."""
    video = tmp_path_factory.mktemp("camera") / "thumb.mjpeg"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error"]
    command += ["-loop", "1", "-i", str(hand_photos.photographs()[0]), "-t", "2"]
    command += ["-r", "30", "-vf", "scale=480:480,pad=640:480:80:0", "-q:v", "3"]
    subprocess.run([*command, "-pix_fmt", "yuvj420p", "-f", "mjpeg", str(video)], check=True)
    browser = launch(playwright, camera=video)
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["landmarker", "recogniser"])
def hands_site(
    request: pytest.FixtureRequest, dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteServer]:
    """The built site with the test's own page, without and with the optional bundle."""
    site = tmp_path_factory.mktemp("site") / request.param
    shutil.copytree(dist, site)
    page = Path(__file__).with_name("hands_page.py").read_text("utf-8")
    (site / "home" / "main.py").write_text(f"{page}\n\npage = await HandsPage.open()\n", "utf-8")
    (site / RECOGNIZER).unlink(missing_ok=True)
    manifest = json.loads((site / "assets.json").read_text("utf-8"))
    manifest["optional"] = []
    if request.param == "recogniser":
        shutil.copyfile(hand_photos.recognizer(), site / RECOGNIZER)
        manifest["optional"] = [RECOGNIZER]
    (site / "assets.json").write_text(json.dumps(manifest), "utf-8")
    with SiteServer(site) as server:
        yield server


def wait_report(tab: Tab, condition: str) -> dict[str, object]:
    """Waits until a JavaScript condition on the page's ``report`` holds; the report then."""
    tab.page.wait_for_function(
        f"() => {{ const report = JSON.parse(virtualpersona.report()); return {condition}; }}",
        timeout=WAIT_MS,
    )
    return tab.report()


def models_among(asked: list[str], site: SiteServer) -> set[str]:
    """The models for hands that were asked for."""
    return {RECOGNIZER, LANDMARKER} & {url.removeprefix(site.url) for url in asked}


@hand_photos.needs_photos
def test_gesture_is_known_while_hands_are_switched_on(
    hands_site: SiteServer, hand_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(hand_browser, viewport=SMALL)
    asked: list[str] = []
    tab.context.on("request", lambda request: asked.append(request.url))
    tab.open(f"{hands_site.url}home/")
    wait_report(tab, "report.faces > 5")
    assert models_among(asked, hands_site) == set()
    assert tab.report()["hand_frames"] == 0

    tab.page.evaluate("virtualpersona.handsOn()")
    report = wait_report(tab, "report.gestures[1] === 'THUMB_UP'")
    recognises = report["recognises"]
    assert report["gestures"] == ["NONE", "THUMB_UP"]
    assert report["words"] == (["THUMB_UP"] if recognises else [None])
    # Where the thumb is in the photograph, which fills the middle three quarters of the frame.
    assert report["places"] == [pytest.approx([0.125 + 0.75 * 0.65, 0.66], abs=0.05)]
    assert models_among(asked, hands_site) == {RECOGNIZER if recognises else LANDMARKER}

    tab.page.evaluate("virtualpersona.handsOff()")
    faces = wait_report(tab, "report.gestures[1] === 'NONE'")["faces"]
    frames = tab.report()["hand_frames"]
    report = wait_report(tab, f"report.faces > {faces} + 10")
    assert report["hand_frames"] == frames
    assert report["events"] == {"face": ["ready"], "hands": ["ready"]}

    tab.page.evaluate("virtualpersona.handsOn()")
    wait_report(tab, "report.gestures[1] === 'THUMB_UP'")
    tab.page.evaluate("virtualpersona.handsOff()")
    assert tab.errors == []
    assert tab.hosts == {f"127.0.0.1:{hands_site.port}"}


@hand_photos.needs_photos
@pytest.mark.parametrize("hands_site", ["landmarker"], indirect=True)
def test_hands_are_seen_every_time_when_switched_on_and_off_at_once_while_the_page_begins(
    hands_site: SiteServer, hand_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(hand_browser, viewport=SMALL).open(f"{hands_site.url}home/")
    frames = 0
    for _ in range(3):
        tab.page.evaluate("virtualpersona.handsOn()")
        frames = wait_report(tab, f"report.hand_frames > {frames} + 2")["hand_frames"]
        tab.page.evaluate("virtualpersona.handsOff()")
    wait_report(tab, "report.faces > 5")
    assert tab.errors == []


# A detector that works for WORK_MS and then wants to rest twice as long.
WORK_MS = 30
SLOW_WORKER = f"""
import {{ serveDetector }} from "/bridge/media/detection.js";
serveDetector({{
  create: async () => ({{}}),
  detect() {{
    const end = performance.now() + {WORK_MS};
    while (performance.now() < end);
    return new Float64Array(3);
  }},
  rest: (cost) => 2 * cost,
}});
"""
NO_VISION = "export const FilesetResolver = { forVisionTasks: async () => ({}) };"
# Every wish is answered at once and, as a slow page might, twice.
WISHES = """
(count) => new Promise((resolve, reject) => {
  const worker = new Worker("/slow.js", { type: "module" });
  const results = [];
  const now = () => performance.timeOrigin + performance.now();
  const answer = async () => {
    const bitmap = await createImageBitmap(new ImageData(4, 4));
    worker.postMessage({ kind: "bitmap", bitmap, captured: now() }, [bitmap]);
  };
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.onmessage = ({ data }) => {
    if (data.kind === "failed") reject(new Error(data.detail));
    if (data.kind === "want") { answer(); answer(); }
    if (data.kind === "result") results.push(data.values[2]);
    if (results.length === count) { worker.terminate(); resolve(results); }
  };
  worker.postMessage({ kind: "load", bundle: `${location.origin}/vision.mjs` });
  worker.postMessage({ kind: "pull" });
})
"""


def test_detector_rests_after_every_frame_when_it_works_slowly(plain_browser: Browser) -> None:
    files: dict[str, Path | bytes] = {
        "/bridge": ROOT / "py/persona_web/bridge",
        "/slow.js": SLOW_WORKER.encode(),
        "/vision.mjs": NO_VISION.encode(),
    }
    with bare_page(plain_browser, files) as page:
        done = page.evaluate(WISHES, 6)
    gaps = [later - earlier for earlier, later in pairwise(done)]
    assert min(gaps) >= 3 * WORK_MS - 1.0  # the clock of a page without isolation is coarse
