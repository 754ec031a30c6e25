"""axe-core on a page as it stands: what it finds wrong for people who do not see, or see little.

Its script is a tool of the tests and no part of the site: it is evaluated from outside, so the
page's policy need not know it.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from playwright.sync_api import Page
from tests.support.patience import wait_for
from tests.support.site_server import ROOT

AXE = Path(os.environ.get("VP_VENDOR", ROOT / "vendor")) / "test" / "axe.min.js"
DESKTOP, PHONE = (1280, 800), (390, 844)
SETTINGS = (
    ("ko", "dark", DESKTOP),
    ("ko", "light", PHONE),
    ("en", "dark", PHONE),
    ("en", "light", DESKTOP),
)
"""Language, colours and window of each look at a page: every two of them come together. What other
tests have comes last, and stays."""

# What counts are the rules of WCAG 2.2 AA and axe's best practices; all that it knows.
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.join(" ")}: ${failureSummary.replace(/\\s+/g, " ")}`));
}"""
# Colours that are on their way to others are neither.
SETTLED = """() => document.getAnimations()
  .filter((one) => one instanceof CSSTransition)
  .forEach((one) => one.finish())"""


@functools.cache
def _script() -> str:
    """axe-core, as an expression that leaves it in the page.

    Raises:
        FileNotFoundError: it was not fetched.
    """
    if not AXE.exists():
        raise FileNotFoundError(f"{AXE} is missing: run `python build.py setup --group test`")
    return AXE.read_text("utf-8") + "\n;0"


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong on a page now: rule, place and why, one a line."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(_script())
    page.evaluate(SETTLED)
    return page.evaluate(RUN)


def looks(page: Page) -> list[str]:
    """What axe-core finds in any of the settings, each once."""
    found: dict[str, str] = {}
    for language, colours, (width, height) in SETTINGS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        if page.evaluate("document.documentElement.lang") != language:
            page.select_option("#language", language)
            wait_for(page, "name => document.documentElement.lang === name", arg=language)
        for line in violations(page):
            found.setdefault(line, f"{language}, {colours}, {width} x {height}: {line}")
    return list(found.values())


def check(page: Page) -> None:
    """Opens all that folds on a page, and finds nothing wrong with it."""
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert looks(page) == []
