"""The own avatar alone on a page, driven by another tab; its alpha is read from pixels."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Browser, Page
from tests.support import rooms
from tests.support.patience import patient
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]
Pixels = npt.NDArray[np.int16]
SMALL = {"width": 420, "height": 420}
SHOWN = "#place:not([data-empty])"


def open_stage(tab: Tab, url: str) -> Page:
    """A stage in another tab of the same browser."""
    page = patient(tab.context.new_page())
    page.goto(url)
    page.wait_for_selector("html[data-boot=ready]", state="attached", timeout=rooms.WAIT_MS)
    return page


def picture(page: Page) -> Pixels:
    """(height, width, 4) RGBA of all that is seen."""
    data = page.screenshot(omit_background=True)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(np.int16)


def wait_picture(page: Page, holds: Callable[[Pixels], bool], what: str) -> Pixels:
    deadline = time.monotonic() + rooms.WAIT_MS / 1000
    while not holds(seen := picture(page)):
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(100)
    return seen


def is_cut_out(seen: Pixels) -> bool:
    """Whether somebody is in the middle, and nothing in the upper corners."""
    alpha = seen[..., 3]
    height, width = alpha.shape
    corners = alpha[: height // 12, [*range(width // 12), *range(-width // 12, 0)]]
    middle = alpha[height // 3 : height // 2, 3 * width // 7 : 4 * width // 7]
    return bool((corners == 0).all() and (middle > 240).all())


def test_avatar_stands_alone_on_a_transparent_page_and_moves_with_the_other_tab(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL, locale="en")
    stage = open_stage(tab, f"{dist_server.url}stage-v3/")
    assert not picture(stage)[..., 3].any(), "nobody is there, and nothing is seen"
    stage.wait_for_selector("#hint:not([hidden])")
    assert stage.inner_text("#hint") == sentence("stage.hint")

    tab.open(f"{dist_server.url}home-v3/")
    tab.page.evaluate(rooms.STAYING)
    tab.page.evaluate("document.getElementById('use-demo').click()")
    stage.bring_to_front()
    stage.wait_for_selector(SHOWN, timeout=rooms.WAIT_MS)
    first = wait_picture(stage, is_cut_out, "the character is not cut out")
    wait_picture(stage, lambda now: bool((now != first).any()), "the character stands still")

    # A portrait comes with its photo's background, which is left out, whatever paints it.
    tab.page.evaluate("document.querySelector('#portraits input[value=astronaut]').click()")
    stage.wait_for_function(
        "() => JSON.parse(virtualpersona.report()).seen === 'portrait'", timeout=rooms.WAIT_MS
    )
    wait_picture(stage, is_cut_out, "the portrait is not cut out")

    tab.page.goto("about:blank")
    stage.wait_for_selector("#place[data-empty]", state="attached", timeout=rooms.WAIT_MS)
    assert not picture(stage)[..., 3].any()


def test_background_size_and_crop_are_as_the_address_says_when_a_room_is_shown(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL)
    rooms.enter(tab, dist_server.url, rooms.new_invitation())
    query = "?background=%2300ff00&size=200&crop=face"
    stage = open_stage(tab, f"{dist_server.url}stage-v3/{query}")
    stage.wait_for_selector(SHOWN, timeout=rooms.WAIT_MS)

    def is_framed(seen: Pixels) -> bool:
        green = (seen == [0, 255, 0, 255]).all(axis=-1)
        rows, columns = np.nonzero(~green)
        if not rows.size or green[210, 210]:
            return False
        return bool(rows.min() >= 110 and rows.max() < 310 and columns.max() - columns.min() >= 120)

    seen = wait_picture(stage, is_framed, "the face is not in its frame before the colour")
    assert (seen[..., 3] == 255).all()
