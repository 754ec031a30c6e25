"""One tab of a real browser on one of our pages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from tests.support.patience import patient

START_TIMEOUT_MS = 120_000

# A graphics API's canvas can be read in the frame in which it was drawn, and only then: our own
# callback runs after that of the page, which was there before it.
PIXELS = """id => new Promise((resolve) => requestAnimationFrame(() => {
  const element = document.getElementById(id);
  const shown = [...element.querySelectorAll("canvas")].filter((canvas) =>
    canvas.checkVisibility({ visibilityProperty: true }));
  resolve((element.matches("canvas") ? element : shown.at(-1)).toDataURL());
}))"""


class Tab:
    """A page in a fresh browser profile, with everything it said and asked for."""

    def __init__(self, browser: Browser, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page: Page = patient(self.context.new_page())
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.context.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"}:
            self.hosts.add(address.netloc)

    def open(self, url: str) -> Tab:
        """Goes to a page and waits until Python made it usable."""
        self.page.goto(url)
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Waits until Python made the page usable.

        Raises:
            AssertionError: the page could not start; says why.
        """
        self.page.wait_for_selector(
            "html[data-boot=ready], #boot[data-state=failed]",
            state="attached",
            timeout=START_TIMEOUT_MS,
        )
        failed = self.page.query_selector("#boot[data-state=failed] #boot-error-detail")
        assert failed is None, failed.text_content()

    def report(self) -> dict[str, Any]:
        """What the page tells of itself; see ``persona_web.report.page_report``."""
        return json.loads(self.page.evaluate("virtualpersona.report()"))

    def pick(self, group: str, value: str) -> None:
        """Picks a radio button as people do: by its label, when that no longer moves.

        Args:
            group: id of what the buttons are in.
        """
        self.page.click(f"#{group} label:has(input[value={value}])")
        assert self.page.is_checked(f"#{group} input[value={value}]")

    def pixels(self, element_id: str) -> str:
        """The present picture of a canvas, or of the one shown at an avatar's place, as a data
        URL, to compare or keep."""
        return self.page.evaluate(PIXELS, element_id)

    def close(self) -> None:
        self.context.close()
