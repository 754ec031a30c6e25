"""What a portrait costs that the CPU paints: a frame by itself, with a set, and on a page."""

from __future__ import annotations

from statistics import median
from typing import Final

from playwright.sync_api import Browser
from tests.support import graphics
from tests.support.chromium import launch
from tools.bench import portrait_set
from tools.bench.figures import Figure, Summary, Target
from tools.bench.setting import Setting, site_folder
from tools.bench.windows import new_tab, wait_started

from persona_core.portrait.portrait import Portrait
from persona_core.wire.motion_track import load_demo
from persona_models.evaluate.portrait_renderer import PortraitPage

TITLE = "Portraits painted by the CPU"
SIDES: Final = (192, 256, 320)
FRAMES: Final = 120
WARM_UP: Final = 20
WATCH_MS: Final = 6_000
PICTURES: Final = Target(">=", 10)
PORTRAIT: Final = "officer"
SET_SIDE: Final = 256
SET_FRAMES: Final = 40
SET_ROUNDS: Final = 5


def measure(setting: Setting) -> list[Figure]:
    """Frames of the demo motion at three sizes and with a set of pictures, then the home page
    without a GPU."""
    browser = launch(setting.playwright, *graphics.NONE)
    try:
        figures = _frames(setting, browser)
        setting.step.note("set")
        figures += _set(browser)
        setting.step.note("page")
        return figures + _page(setting, browser)
    finally:
        browser.close()


def _frames(setting: Setting, browser: Browser) -> list[Figure]:
    portrait = _portrait()
    track, figures = load_demo(), []
    for side in SIDES:
        setting.step.note(f"{side} pixels")
        page = PortraitPage(browser, site_folder(), "cpu")
        rig = page.wear(portrait, (side, side))
        for number in range(WARM_UP + FRAMES):
            time_ms = track.period_ms * number / FRAMES
            page.show(rig.pose(track.sample(time_ms), time_ms))
        times = Summary.of(page.evaluate("(skipped) => times.slice(skipped)", WARM_UP))
        page.close()
        column = f"{side} x {side}"
        figures.append(Figure("frame", "ms", times, column=column))
        rate = 1000.0 / times.median
        figures.append(Figure("pictures by one core", "1/s", rate, PICTURES, column=column))
    return figures


def _set(browser: Browser) -> list[Figure]:
    """With and without take turns, so that both have the machine's luck."""
    track, size = load_demo(), (SET_SIDE, SET_SIDE)
    pages = [PortraitPage(browser, site_folder(), "cpu") for _ in range(2)]
    rigs = [page.wear(_portrait(), size) for page in pages]
    pages[1].join(*portrait_set.expressions(_portrait()))
    moments = [track.period_ms * number / SET_FRAMES for number in range(SET_FRAMES)]
    runs = [[rig.pose(track.sample(at), at).copy() for at in moments] for rig in rigs]
    times: list[list[float]] = [[], []]
    for round_ in range(SET_ROUNDS + 1):
        for page, frames, kept in zip(pages, runs, times, strict=True):
            spent = page.time_frames(frames)
            kept += spent if round_ else []  # the first one makes what rests on the size
    for page in pages:
        page.close()
    column = f"{SET_SIDE} x {SET_SIDE}, set"
    return [
        Figure("frame", "ms", Summary.of(times[1]), column=column),
        Figure("set / photo", "", median(times[1]) / median(times[0]), column=column),
    ]


def _portrait() -> Portrait:
    return Portrait.from_bytes(portrait_set.file_of(PORTRAIT).read_bytes())


def _page(setting: Setting, browser: Browser) -> list[Figure]:
    tab = new_tab(browser)
    page = tab.page
    page.goto(f"{setting.url}home-v3/")
    wait_started(page)
    page.locator(f"#portraits input[value={PORTRAIT}]").click(force=True)
    page.wait_for_function("JSON.parse(virtualpersona.report()).seen === 'portrait'")
    page.click("#use-demo")
    page.wait_for_timeout(WATCH_MS)
    told = tab.report()["graphics"]
    tab.close()
    column = f"page, {told['quality']}"
    return [
        Figure("frame", "ms", told["painted"]["ms"], column=column),
        Figure("pictures", "1/s", told["painted"]["fps"], PICTURES, column=column),
        Figure("display", "fps", told["metrics"]["fps"], column=column),
    ]
