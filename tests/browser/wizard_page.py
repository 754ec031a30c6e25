"""Going through the wizard on a page, and what it left behind."""

from __future__ import annotations

from playwright.sync_api import Page
from tests.support.tab import Tab

from persona_core.portrait.expressions.portrait_set import PortraitSet

WAIT_MS = 240_000
"""A machine without a GPU, that reads three faces a second, needs a minute and a half."""

STORED = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("virtualpersona", 1);
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const asked = opening.result.transaction("blobs").objectStore("blobs").get("portrait");
    asked.onsuccess = () => resolve(Array.from(asked.result ?? []));
    asked.onerror = () => reject(asked.error);
  };
})"""


def open_wizard(tab: Tab) -> Page:
    """Opens it as people do; returns the tab's page."""
    tab.page.wait_for_selector("#portrait-wizard[aria-disabled=false]")
    tab.page.click("#portrait-wizard")
    tab.page.wait_for_selector("#wizard[open] #wizard-welcome:not([hidden])")
    return tab.page


def wait_panel(page: Page, name: str) -> None:
    """Waits until the wizard shows a panel."""
    page.wait_for_selector(f"#wizard-{name}:not([hidden])", timeout=WAIT_MS)


def stored_set(page: Page) -> PortraitSet:
    """The person's own portrait as the browser keeps it."""
    return PortraitSet.from_file(bytes(page.evaluate(STORED)))


def wait_worn(tab: Tab) -> None:
    """Waits until the person goes as their own portrait."""
    tab.page.wait_for_function(
        "JSON.parse(virtualpersona.report()).portrait === 'own'", timeout=WAIT_MS
    )
