"""A page's life once it is wired: a step for every displayed frame, measured, and its report."""

from __future__ import annotations

from collections.abc import Callable

from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.ticker import Ticker
from persona_web.report.page_report import PageReport

Step = Callable[[float, bool], object]
"""Called with the time in ms of the page's clock, and whether the page can be seen."""


async def start_page(site: Site, page: Page, report: PageReport, step: Step) -> Ticker:
    """Gives the page to the person and begins its steps.

    Returns:
        the heartbeat; it stops when closed.
    """

    def beat(now_ms: float, visible: bool) -> None:
        with report.meters.frame(now_ms):
            step(now_ms, visible)

    page.publish("report", report.text)
    ticker = await Ticker.load(site, beat)
    site.ready()
    return ticker
