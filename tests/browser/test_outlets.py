"""A call taken out of its page: to a small window above all others, and to a file."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright
from tests.support import rooms
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]
SMALL = {"width": 420, "height": 420}
MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
FILES = """async () => {
  const names = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
  return names;
}"""
# Plays the file that is offered: its size, a picture of its middle, how loud its loudest moment is.
PLAYED = """async () => {
  const folder = await navigator.storage.getDirectory();
  const [handle] = await Array.fromAsync(folder.values());
  const data = await (await handle.getFile()).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(data.slice(0));
  const loudest = sound.getChannelData(0).reduce((most, now) => Math.max(most, Math.abs(now)), 0);
  const video = document.createElement("video");
  video.muted = true;
  video.src = document.getElementById("recording-save").href;
  await video.play();
  const seen = [];
  while (seen.length < 2 && !video.ended) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [video.videoWidth, video.videoHeight];
    copy.getContext("2d").drawImage(video, 0, 0);
    seen.push(copy.toDataURL());
  }
  return { loudest, seconds: sound.duration, seen };
}"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One with a microphone that beeps."""
    running = launch(playwright, *MICROPHONE)
    yield running
    running.close()


def pixels(url: str) -> np.ndarray:
    data = base64.b64decode(url.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.int16)


def is_somebody(picture: np.ndarray) -> bool:
    """Whether a picture has more than a ground that changes from top to bottom."""
    return bool((np.ptp(picture, axis=1).max(axis=-1) > 60).mean() > 0.3)


def click(tab: Tab, element_id: str) -> None:
    tab.page.evaluate("id => document.getElementById(id).click()", element_id)


@pytest.fixture
def pair(dist_server: SiteServer, browser: Browser, new_tab: NewTab) -> tuple[Tab, Tab]:
    """Two who talk, the second moving by itself and heard."""
    invitation = rooms.new_invitation()
    first, second = (new_tab(browser, viewport=SMALL, locale="en") for _ in range(2))
    rooms.enter_together(dist_server.url, invitation, first, second)
    rooms.wait_connected(first, second)
    click(second, "use-demo")
    rooms.unmute(second)
    return first, second


def test_call_is_seen_in_a_small_window_of_either_kind_and_moves_there(
    dist_server: SiteServer, pair: tuple[Tab, Tab]
) -> None:
    first, _ = pair
    shown = "documentPictureInPicture.window?.document.querySelector('canvas').toDataURL()"
    rooms.press(first, "#pip-toggle")
    first.page.wait_for_selector("#pip-toggle[aria-pressed=true]", state="attached")
    first.page.wait_for_function(shown)
    one = first.page.evaluate(shown)
    first.page.wait_for_function(f"one => ({shown}) !== one", arg=one)
    assert is_somebody(pixels(first.page.evaluate(shown)))
    first.page.evaluate("documentPictureInPicture.window.close()")  # as the person does there
    first.page.wait_for_selector("#pip-toggle[aria-pressed=false]", state="attached")

    first.page.evaluate("delete globalThis.documentPictureInPicture")
    rooms.press(first, "#pip-toggle")
    first.page.wait_for_selector("#pip-toggle[aria-pressed=true]", state="attached")
    assert first.page.evaluate("document.pictureInPictureElement.videoWidth") > 0
    rooms.press(first, "#pip-toggle")
    first.page.wait_for_selector("#pip-toggle[aria-pressed=false]", state="attached")
    first.page.wait_for_function("document.pictureInPictureElement === null")
    assert first.errors == []


def test_recording_has_picture_and_voices_and_everybody_is_told_until_the_call_is_left(
    pair: tuple[Tab, Tab],
) -> None:
    first, second = pair
    rooms.press(first, "#record-toggle")
    first.page.wait_for_selector("#record-toggle[aria-pressed=true]", state="attached")
    said = sentence("recording.by-others", part="recording")
    second.page.wait_for_selector("#recording-sign:not([hidden])")
    assert second.page.inner_text("#recording-words") == said
    assert second.page.get_attribute(".peer-tile", "data-recording") == "true"
    second.page.wait_for_function(
        "said => document.getElementById('recording-said').textContent === said", arg=said
    )
    first.page.wait_for_timeout(2_500)  # as long as what is recorded

    click(first, "leave")
    first.page.wait_for_selector("#recording-ready:not([hidden])")
    second.page.wait_for_selector("#recording-sign", state="hidden")
    assert first.page.evaluate("document.activeElement.id") == "recording-save"
    played = first.page.evaluate(PLAYED)
    one, other = (pixels(url) for url in played["seen"])
    assert max(one.shape) == 1280
    assert is_somebody(one)
    assert (one != other).any(), "the picture stands still"
    assert played["seconds"] > 1.0
    assert played["loudest"] > 0.01
    assert len(first.page.evaluate(FILES)) == 1
    with first.page.expect_download() as download:
        first.page.click("#recording-save")
    assert download.value.suggested_filename.endswith(".webm")
    click(first, "recording-close")
    first.page.wait_for_selector("#recording-ready", state="hidden")
    assert first.page.evaluate(FILES) == []
    assert first.errors == []
    assert second.errors == []
