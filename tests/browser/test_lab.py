"""The test pages: what is read of a face, shown in figures, and the report to copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Playwright
from tests.support import pictures
from tests.support.chromium import launch
from tests.support.clipboard import pasted
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.face.blendshapes import Blendshape

NewTab = Callable[..., Tab]
WAIT_MS = 60_000
on_page = partial(pytest.mark.parametrize, "lab", indirect=True)
ALLOWED = ["camera", "microphone", "clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def webgpu_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser whose WebGPU has an adapter, in software."""
    browser = launch(playwright, "--enable-unsafe-webgpu")
    yield browser
    browser.close()


def test_laboratory_shows_every_rung_it_can_and_comes_back_when_the_context_is_lost(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport={"width": 1200, "height": 900})
    tab.open(f"{dist_server.url}test-v3/?gpu=webgl")
    tab.page.wait_for_function(
        "!JSON.parse(virtualpersona.report()).graphics.starting", timeout=WAIT_MS
    )
    rows = dict(
        tab.page.locator("#probe tr").evaluate_all(
            "rows => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
        )
    )
    assert rows[sentence("lab.probe.webgl")] == sentence("lab.probe-software")
    assert sentence("gpu.reason.webgpu-no-adapter") in rows[sentence("lab.probe.webgpu")]
    assert tab.page.is_visible("#monitor-graph")
    tab.page.wait_for_function("Number(document.getElementById('monitor-fps').textContent) > 0")

    tab.page.click("#lose")
    tab.page.wait_for_function(
        "document.querySelectorAll('#ladder-log li').length >= 2", timeout=WAIT_MS
    )
    why = sentence("gpu.reason.context-lost")
    assert why in tab.page.locator("#ladder-log li").nth(1).inner_text()
    tab.page.wait_for_function(
        "!JSON.parse(virtualpersona.report()).graphics.starting", timeout=WAIT_MS
    )
    assert pictures.decode(tab.pixels("preview"))[..., 3].any()

    tab.page.click("#grid-start")
    tab.page.wait_for_function(
        """() => [...document.querySelectorAll(".rung-cell")].slice(4, 9)
          .every((cell) => cell.querySelector(".rung-why").hidden)""",
        timeout=WAIT_MS,
    )
    grid = tab.report()["grid"]
    assert [cell["rung"] for cell in grid if cell["lack"] is None] == ["webgl"] * 4 + ["canvas"]
    tab.page.click("#grid-stop")
    assert tab.report()["grid"] == []
    assert tab.errors == []


def test_laboratory_runs_on_webgpu_when_the_browser_has_it(
    dist_server: SiteServer, webgpu_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(webgpu_browser, viewport={"width": 900, "height": 700})
    tab.open(f"{dist_server.url}test-v3/?gpu=webgpu")
    capabilities = tab.report()["graphics"]["capabilities"]
    assert capabilities["webgpu"]["error"] is None
    assert capabilities["webgpu"]["software"]
    assert tab.page.is_enabled("#gpu-modes input[value=webgpu]")
    first = tab.report()["graphics"]["log"][0]
    assert (first["from"], first["to"], first["reason"]) == (None, "webgpu", "begin")


def test_laboratory_draws_without_graphics_card_when_the_browser_has_no_3d(
    dist_server: SiteServer, playwright: Playwright, new_tab: NewTab
) -> None:
    browser = launch(playwright, "--disable-3d-apis")
    try:
        tab = new_tab(browser, viewport={"width": 900, "height": 700})
        tab.open(f"{dist_server.url}test-v3/")
        tab.page.wait_for_function(
            "!JSON.parse(virtualpersona.report()).graphics.starting", timeout=WAIT_MS
        )
        assert tab.report()["graphics"]["rung"] == "canvas"
        assert pictures.decode(tab.pixels("preview"))[..., 3].any()
        for mode in ("webgpu", "webgl"):
            assert tab.page.is_disabled(f"#gpu-modes input[value={mode}]")
        reason = tab.page.inner_text("#gpu-reason-webgl")
        assert sentence("gpu.reason.webgl-missing") in reason
        assert tab.page.inner_text("#effects-reason") == sentence("effects.no-gpu")
        assert tab.page.get_attribute("#lose", "aria-disabled") == "true"
        assert tab.errors == []
    finally:
        browser.close()


@pytest.fixture(scope="module")
def lab(
    request: pytest.FixtureRequest, dist_server: SiteServer, face_browser: Browser
) -> Iterator[Tab]:
    """A test page, once for all tests that name it: each finds it as the test before left it. They
    are this file's last: a page whose camera is on takes half of the machine from the others."""
    tab = Tab(face_browser, viewport={"width": 900, "height": 700}, permissions=ALLOWED)
    yield tab.open(f"{dist_server.url}{request.param}/")
    tab.close()


def wait_text(tab: Tab, element_id: str, text: str) -> None:
    tab.page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent === text",
        arg=[element_id, text],
        timeout=WAIT_MS,
    )


def wait_bar(tab: Tab, shape: str, condition: str) -> None:
    """Waits until ``condition``, in JavaScript, holds for the ``value`` of a blendshape's bar."""
    tab.page.wait_for_function(
        f"""shape => {{
          const bars = [...document.querySelectorAll(".shape meter")];
          const {{ value }} = bars.find((bar) => bar.getAttribute("aria-label") === shape);
          return {condition};
        }}""",
        arg=shape,
        timeout=WAIT_MS,
    )


@on_page(["test", "test-v3"])
def test_lab_follows_the_face_when_the_camera_is_on(lab: Tab) -> None:
    lab.page.click("#use-camera")
    wait_text(lab, "presence", sentence("presence.tracking"))
    lab.page.wait_for_function(
        """() => [...document.querySelectorAll(".shape meter")].some((bar) => bar.value > 0.1)
          && Number(document.getElementById("figure-tracking").textContent) > 0"""
    )
    names = [shape.camel_name for shape in Blendshape if shape is not Blendshape.NEUTRAL]
    assert lab.page.locator(".shape-name").all_inner_texts() == names

    lab.page.click("#calibrate")
    done = [sentence(key) for key in ("calibrate.collecting", "calibrate.done")]
    lab.page.wait_for_function(
        "words => words.includes(document.getElementById('notice-text').textContent)", arg=done
    )
    assert lab.errors == []


@on_page(["test"])
def test_lab_moves_bars_and_avatar_when_the_demo_plays(lab: Tab) -> None:
    lab.page.click("#use-demo")
    wait_text(lab, "presence", sentence("presence.demo"))
    wait_bar(lab, "mouthSmileLeft", "value < 0.2")
    serious = pictures.decode(lab.pixels("preview"))
    wait_bar(lab, "mouthSmileLeft", "value > 0.6")
    assert pictures.share_changed(serious, pictures.decode(lab.pixels("preview"))) > 0.005


@on_page(["test-v3"])
def test_lab_copies_its_report_when_the_button_is_pressed(lab: Tab) -> None:
    lab.page.click("#copy-report")
    wait_text(lab, "notice-text", sentence("lab.report-copied"))
    copied = json.loads(pasted(lab.page))
    assert copied.keys() == lab.report().keys()
    assert copied["browser"] == lab.page.evaluate("navigator.userAgent")


@on_page(["test-v3"])
def test_lab_selects_its_report_when_the_clipboard_is_forbidden(lab: Tab) -> None:
    lab.page.evaluate("delete Clipboard.prototype.writeText")
    lab.page.click("#copy-report")
    wait_text(lab, "notice-text", sentence("lab.report-not-copied"))
    selected = lab.page.evaluate(
        """() => { const field = document.activeElement;
          return field.value.slice(field.selectionStart, field.selectionEnd); }"""
    )
    assert json.loads(selected)["version"]
