"""A page's life once it is wired: a step for every displayed frame, measured, and its report.

A page on which nothing moves and which nobody touches becomes idle after a minute: its steps come
seldom, and what would only look alive stands still.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Protocol

from persona_core.base.idle_watch import IdleWatch
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.ticker import Ticker
from persona_web.report.page_report import PageReport

Step = Callable[[float, bool], object]
"""Called with the time in ms of the page's clock, and whether the page can be seen."""

IDLE_HZ: Final = 4.0
"""Steps a second of an idle page: what arrives is seen a quarter of a second late at most."""


class MayIdle(Protocol):
    """What a page can leave off while it is idle."""

    @property
    def is_moving(self) -> bool:
        """Whether something moves, or is about to, that people care about."""
        ...

    def set_idle(self, *, idle: bool) -> None:
        """The page is idle from now on, or no more."""
        ...


async def start_page(
    site: Site,
    page: Page,
    report: PageReport,
    step: Step,
    most_hz: float = math.inf,
    may_idle: MayIdle | None = None,
) -> Ticker:
    """Gives the page to the person and begins its steps.

    Args:
        most_hz: steps a second at most.
        may_idle: hears when the page becomes idle; without it, it never does.

    Returns:
        the heartbeat; it stops when closed.
    """
    watch = IdleWatch()

    def beat(now_ms: float, visible: bool) -> None:
        began_ms = report.meters.begin()
        if may_idle is not None and visible:
            moving = may_idle.is_moving
            touched_ms = now_ms if moving else ticker.touched_ms
            if watch.observe(now_ms, touched_ms, moving=moving):
                ticker.limit(IDLE_HZ if watch.is_idle else most_hz)
                may_idle.set_idle(idle=watch.is_idle)
        step(now_ms, visible)
        report.meters.end(began_ms, now_ms)

    page.publish("report", report.text)
    ticker = await Ticker.load(site, beat, most_hz)
    site.ready()
    return ticker
