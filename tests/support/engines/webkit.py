"""One tab of WebKitGTK, the engine of Safari as Linux has it, with the verbs of Playwright's.

Its driver speaks classic WebDriver: no console is heard and no script runs before a page's own,
so what went wrong is listened for from the first moment in which the page can be asked.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any, Final

from playwright.sync_api import TimeoutError
from selenium import webdriver
from selenium.common.exceptions import JavascriptException, WebDriverException
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from tests.support.patience import DEFAULT_MS, FIRST_PAUSE_MS, LONGEST_PAUSE_MS
from tests.support.tab import wait_usable

from persona_build.engines import WEBKIT, find, place_of

DRIVER: Final = "WebKitWebDriver"
LAST_LINES: Final = 8
"""Of what was written before it did not start, in the error."""
ANSWER_SECONDS: Final = 100
"""The driver waits for ever for a browser that ends before it has called."""
SETTINGS: Final = {
    # What is drawn in software is carried to the screen several times as fast.
    "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
    # Its sandbox wants more than a container gives.
    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
}
LISTEN: Final = """
if (!globalThis.heardErrors) {
  globalThis.heardErrors = [];
  const note = (text) => heardErrors.push(String(text).slice(0, 300));
  addEventListener("error", ({ message }) => message && note(message));
  addEventListener("unhandledrejection", ({ reason }) => note(reason?.message ?? reason));
  const say = console.error;
  console.error = (...words) => (note(words.join(" ")), say.apply(console, words));
}
"""
# A promise is waited for from here: the driver does not.
ASK: Final = """
const given = ({expression});
const asked = typeof given === "function" ? given(arguments[0]) : given;
if (typeof asked?.then !== "function") return JSON.stringify({{ value: asked ?? null }});
globalThis.driverAsked = undefined;
asked.then(
  (value) => (globalThis.driverAsked = JSON.stringify({{ value: value ?? null }})),
  (error) => (globalThis.driverAsked = JSON.stringify({{ error: String(error) }})),
);
return null;
"""


class WebKitPage:
    """What our tests ask of a page, in the words of Playwright's ``Page``."""

    def __init__(self, driver: webdriver.Remote) -> None:
        self._driver = driver

    @property
    def url(self) -> str:
        return self._driver.current_url

    def goto(self, url: str) -> None:
        self._leave(lambda: self._driver.get(url))

    def reload(self) -> None:
        self._leave(self._driver.refresh)

    def evaluate(self, expression: str, arg: Any = None) -> Any:
        """The value of an expression, or of a function of ``arg``; a promise is waited for."""
        told = self._driver.execute_script(ASK.format(expression=expression), arg)
        deadline = time.monotonic() + DEFAULT_MS / 1000.0
        while told is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {DEFAULT_MS} ms: {expression}")
            time.sleep(FIRST_PAUSE_MS / 1000.0)
            told = self._driver.execute_script("return globalThis.driverAsked ?? null")
        answer = json.loads(told)
        if "error" in answer:
            raise JavascriptException(answer["error"])
        return answer["value"]

    def wait_for_function(
        self, expression: str, *, arg: Any = None, timeout: float = DEFAULT_MS
    ) -> None:
        """Waits until a page finds an expression true, or a function of ``arg`` that it is.

        Raises:
            TimeoutError: Playwright's, when it did not.
        """
        deadline = time.monotonic() + timeout / 1000.0
        pause_ms = FIRST_PAUSE_MS
        while not self._holds(expression, arg):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout:.0f} ms: {expression}")
            time.sleep(pause_ms / 1000.0)
            pause_ms = min(2.0 * pause_ms, LONGEST_PAUSE_MS)

    def wait_for_selector(
        self, selector: str, *, state: str = "visible", timeout: float = DEFAULT_MS
    ) -> None:
        """``state`` is ``attached``, ``visible`` or ``hidden``."""
        self.wait_for_function(WAITS[state], arg=selector, timeout=timeout)

    def is_visible(self, selector: str) -> bool:
        return bool(self.evaluate(WAITS["visible"], selector))

    def inner_text(self, selector: str) -> str:
        return str(self.evaluate("(all) => document.querySelector(all).innerText", selector))

    def text_content(self, selector: str) -> str:
        return str(self.evaluate("(all) => document.querySelector(all)?.textContent", selector))

    def click(self, selector: str) -> None:
        """Presses it by the mouse of the driver."""
        self._driver.find_element("css selector", selector).click()

    def select_option(self, selector: str, value: str) -> None:
        """By what the page sees of it: the list itself is the system's."""
        self.evaluate(
            "([all, value]) => { const list = document.querySelector(all); list.value = value;"
            ' list.dispatchEvent(new Event("change", { bubbles: true })); }',
            [selector, value],
        )

    def screenshot(self, path: str) -> None:
        self._driver.save_screenshot(path)

    def _holds(self, expression: str, arg: Any) -> bool:
        try:
            self._listen()
            return bool(self.evaluate(expression, arg))
        except WebDriverException:
            return False  # the page went away while it was asked, or is not there yet

    def _leave(self, go: Callable[[], None]) -> None:
        """Goes to another page; what is asked from then on is asked of that."""
        self._driver.execute_script("globalThis.isLeft = true")
        go()  # it does not wait for the page, which can be listened to the sooner
        self.wait_for_function("!globalThis.isLeft")

    def _listen(self) -> None:
        with suppress(WebDriverException):
            self._driver.execute_script(LISTEN)


WAITS: Final = {
    "attached": "(all) => document.querySelector(all) !== null",
    "visible": "(all) => document.querySelector(all)?.checkVisibility() ?? false",
    "hidden": "(all) => !document.querySelector(all)?.checkVisibility()",
}


class WebKitTab:
    """A window of its own profile, as :class:`tests.support.tab.Tab`."""

    def __init__(self, seat: dict[str, str], *flags: str) -> None:
        """
        Args:
            seat: the environment of its screen.
            flags: MiniBrowser's.
        """
        program, driver = find(WEBKIT), place_of(DRIVER)
        assert program is not None
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(program)
        options.page_load_strategy = "none"
        for flag in ("--automation", *flags):
            options.add_argument(flag)
        self._log = TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._service = webdriver.WebKitGTKService(
            executable_path=str(driver),
            env={**os.environ, **SETTINGS, **seat},
            log_output=self._log,
        )
        try:
            self._service.start()
            with warnings.catch_warnings():
                # Selenium complains of a way that it takes itself.
                warnings.simplefilter("ignore", DeprecationWarning)
                place = ClientConfig(self._service.service_url, timeout=ANSWER_SECONDS)
                self._driver = webdriver.Remote(
                    RemoteConnection(client_config=place), options=options
                )
        except Exception as error:
            self._service.stop()
            said = " / ".join(self.said()[-LAST_LINES:])
            raise RuntimeError(f"WebKit did not start: {error!r}; it said: {said}") from error
        self.page = WebKitPage(self._driver)

    def said(self) -> list[str]:
        """What the driver and the browser have written, lines."""
        self._log.seek(0)
        return self._log.read().split("\n")

    @property
    def engine(self) -> str:
        """The browser's name and version."""
        return f"WebKitGTK {self._driver.capabilities['browserVersion']}"

    @property
    def errors(self) -> list[str]:
        """What went wrong on the page that is open."""
        return list(self.page.evaluate("globalThis.heardErrors ?? []"))

    def open(self, url: str) -> WebKitTab:
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
        """What the page tells of itself."""
        return json.loads(self.page.evaluate("virtualpersona.report()"))

    def close(self) -> None:
        with suppress(WebDriverException):  # it may have gone by itself
            self._driver.quit()
        self._service.stop()
        self._log.close()
