"""The test pages: what is read of a face, shown in figures, and the report to copy."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser
from tests.browser import pictures
from tests.browser.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.face.blendshapes import Blendshape

NewTab = Callable[..., Tab]
WAIT_MS = 60_000
PAGES = ("test", "test-v3")


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


@pytest.mark.parametrize("page", PAGES)
def test_lab_follows_the_face_when_the_camera_is_on(
    dist_server: SiteServer, face_browser: Browser, new_tab: NewTab, page: str
) -> None:
    tab = new_tab(face_browser).open(f"{dist_server.url}{page}/")
    tab.page.click("#use-camera")
    wait_text(tab, "presence", sentence("presence.tracking"))
    tab.page.wait_for_function(
        """() => [...document.querySelectorAll(".shape meter")].some((bar) => bar.value > 0.1)
          && Number(document.getElementById("figure-tracking").textContent) > 0"""
    )
    names = [shape.camel_name for shape in Blendshape if shape is not Blendshape.NEUTRAL]
    assert tab.page.locator(".shape-name").all_inner_texts() == names

    tab.page.click("#calibrate")
    done = [sentence(key) for key in ("calibrate.collecting", "calibrate.done")]
    tab.page.wait_for_function(
        "words => words.includes(document.getElementById('notice-text').textContent)", arg=done
    )
    assert tab.errors == []


def test_lab_moves_bars_and_avatar_when_the_demo_plays(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport={"width": 900, "height": 700})
    tab.open(f"{dist_server.url}test/")
    tab.page.click("#use-demo")
    wait_text(tab, "presence", sentence("presence.demo"))
    wait_bar(tab, "mouthSmileLeft", "value < 0.2")
    serious = pictures.decode(tab.pixels("preview"))
    wait_bar(tab, "mouthSmileLeft", "value > 0.6")
    assert pictures.share_changed(serious, pictures.decode(tab.pixels("preview"))) > 0.005


def test_lab_copies_its_report_when_the_button_is_pressed(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, permissions=["clipboard-read", "clipboard-write"])
    tab.open(f"{dist_server.url}test-v3/")
    tab.page.click("#copy-report")
    wait_text(tab, "notice-text", sentence("lab.report-copied"))
    copied = json.loads(tab.page.evaluate("navigator.clipboard.readText()"))
    assert copied.keys() == tab.report().keys()
    assert copied["browser"] == tab.page.evaluate("navigator.userAgent")


def test_lab_selects_its_report_when_the_clipboard_is_forbidden(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser)
    tab.page.add_init_script("delete Clipboard.prototype.writeText")
    tab.open(f"{dist_server.url}test-v3/")
    tab.page.click("#copy-report")
    wait_text(tab, "notice-text", sentence("lab.report-not-copied"))
    selected = tab.page.evaluate(
        """() => { const field = document.activeElement;
          return field.value.slice(field.selectionStart, field.selectionEnd); }"""
    )
    assert json.loads(selected)["version"]
