"""One tab of a real browser on one of our pages."""

from __future__ import annotations

import copy
import json
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from tests.support.patience import patient

START_TIMEOUT_MS = 120_000

# Calls `look` after each frame that the page draws, from the next that it asks for on, and `begin`
# before it; returns what ends that. A canvas of a graphics API can be read in the frame in which it
# was drawn only, and a page may ask for its frame later than anybody else.
EACH_DRAWING = """(look, begin = () => {}) => {
  const ask = requestAnimationFrame;
  globalThis.requestAnimationFrame = (call) => ask((now) => {
    begin();
    call(now);
    look();
  });
  return () => { globalThis.requestAnimationFrame = ask; };
}"""
# Looks so until it returns true, or until the page has drawn nothing that would please it for some
# seconds.
AFTER_DRAWING = f"""(look) => new Promise((resolve) => {{
  let isDone = false;
  const end = () => {{
    if (isDone) return;
    isDone = true;
    stop();
    resolve();
  }};
  const stop = ({EACH_DRAWING})(() => {{
    if (!isDone && look()) end();
  }});
  setTimeout(() => {{ if (!isDone) look(); end(); }}, 4000);
}})"""
PIXELS = f"""async (id) => {{
  const probe = new OffscreenCanvas(8, 8).getContext("2d", {{ willReadFrequently: true }});
  let picture;
  await ({AFTER_DRAWING})(() => {{
    const element = document.getElementById(id);
    const shown = [...element.querySelectorAll("canvas")].filter((canvas) =>
      canvas.checkVisibility({{ visibilityProperty: true }}));
    const canvas = element.matches("canvas") ? element : shown.at(-1);
    probe.clearRect(0, 0, 8, 8);
    if (canvas.width && canvas.height) probe.drawImage(canvas, 0, 0, 8, 8);
    picture = canvas.toDataURL();
    return probe.getImageData(0, 0, 8, 8).data.some((value) => value);
  }});
  return picture;
}}"""


class Started(Protocol):
    """What a page is asked while it starts, in any engine."""

    def wait_for_selector(self, selector: str, *, state: Any, timeout: float) -> object: ...

    def evaluate(self, expression: str) -> Any: ...


def wait_usable(page: Started) -> None:
    """Waits until Python made a page usable.

    Raises:
        AssertionError: the page could not start; says why.
    """
    page.wait_for_selector(
        "html[data-boot=ready], #boot[data-state=failed]",
        state="attached",
        timeout=START_TIMEOUT_MS,
    )
    failed = page.evaluate(
        "document.querySelector('#boot[data-state=failed] #boot-error-detail')?.textContent"
    )
    assert failed is None, failed


class Tab:
    """A page in a fresh browser profile, with everything it said and asked for.

    Args:
        context: options of Playwright's. Service workers are refused where these do not allow them:
            what a page asks for is else not seen from here, and kept on the disk by every test.
    """

    def __init__(self, browser: Browser, **context: Any) -> None:
        self.context = browser.new_context(**{"service_workers": "block", **context})
        self.hosts: set[str] = set()
        self.context.on("request", self._asked)
        self._begin()

    def beside(self) -> Tab:
        """Another tab of the same person: what the browser keeps is theirs, too."""
        other = copy.copy(self)
        other._begin()
        return other

    def _begin(self) -> None:
        self.page: Page = patient(self.context.new_page())
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"}:
            self.hosts.add(address.netloc)

    @property
    def engine(self) -> str:
        """The browser's name and version."""
        browser = self.context.browser
        assert browser is not None
        return f"{browser.browser_type.name.capitalize()} {browser.version}"

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
        wait_usable(self.page)

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


def open_together(*opened: tuple[Tab, str]) -> None:
    """Goes to a page in each of several tabs and waits until Python made all of them usable.

    They start beside one another: a page that is there already draws, and takes half a core from
    those that start.
    """
    for tab, url in opened:
        tab.page.goto(url, wait_until="commit")
    for tab, _ in opened:
        tab.wait_ready()
