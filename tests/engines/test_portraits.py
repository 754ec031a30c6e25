"""Portraits in Firefox: bent by WebGL2, and with nets on wasm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.lite_page import lite_manifest
from tests.browser.model_files import wait_moving
from tests.support.engines import firefox
from tests.support.patience import patient
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

PATIENCE_MS = 120_000


def wait_rung(tab: Tab, rung: str) -> None:
    """Waits until portraits are drawn so."""
    tab.page.wait_for_function(
        """rung => {
          const { graphics } = JSON.parse(virtualpersona.report());
          return graphics.rung === rung && !graphics.starting;
        }""",
        arg=rung,
        timeout=PATIENCE_MS,
    )


@pytest.mark.timeout(300)  # two kinds of drawing, one after the other
def test_portrait_moves_on_webgl_and_with_nets_on_wasm_when_firefox_draws_it(
    dist_server: SiteServer,
    firefox_browser: Browser,
    new_tab: Callable[..., Tab],
    record_property: Callable[[str, object], None],
) -> None:
    tab = new_tab(firefox_browser, viewport={"width": 900, "height": 700}, locale="en")
    record_property("engine", tab.engine)
    tab.open(f"{dist_server.url}test-v3/?gpu=webgl")
    tab.pick("portraits", "officer")
    tab.page.click("#use-demo")
    wait_rung(tab, "webgl")
    wait_moving(tab, "preview", PATIENCE_MS)
    tab.pick("gpu-modes", "auto")
    card = tab.page.locator(".model-card", has_text=lite_manifest().title)
    card.locator(".model-use").click()
    wait_rung(tab, "neural-wasm")
    inferred = "JSON.parse(virtualpersona.report()).graphics.metrics.inference_ms > 0"
    tab.page.wait_for_function(inferred, timeout=PATIENCE_MS)
    wait_moving(tab, "preview", PATIENCE_MS)
    assert tab.errors == []


def test_model_is_here_without_a_download_when_firefox_was_closed_and_started_again(
    dist_server: SiteServer,
    playwright: Playwright,
    firefox_seat: dict[str, str],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    sizes = []
    for _visit in range(2):
        context = firefox.visit(playwright, firefox_seat, tmp_path / "profile")
        if context.browser is not None:
            record_property("engine", f"Firefox {context.browser.version}")
        page = patient(context.new_page())
        page.goto(f"{dist_server.url}test-v3/")
        page.wait_for_selector("html[data-boot=ready]", state="attached", timeout=PATIENCE_MS)
        card = page.locator(".model-card", has_text=lite_manifest().title)
        sizes.append(card.locator(".model-size").inner_text())
        if len(sizes) == 1:
            card.locator(".model-use").click()
            page.wait_for_function(
                "JSON.parse(virtualpersona.report()).neural.state === 'ready'",
                timeout=PATIENCE_MS,
            )
        context.close()
    megabytes = sizes[0].split()[0]
    assert sizes[0] == sentence("model.size").format(total=megabytes, missing=megabytes)
    assert sizes[1] == sentence("model.size-here").format(total=megabytes)
