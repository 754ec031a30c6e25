"""The page's heartbeat: once a displayed frame or less often, by a worker's timer if hidden."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable
from typing import Any, Self

from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


class Ticker:
    """Calls ``tick(now_ms, visible)`` until closed.

    A tick that raises is a fault of ours: the person is told once, and the next tick comes all
    the same, for what failed may be one avatar out of two.
    """

    def __init__(
        self, module: Any, site: Site, tick: Callable[[float, bool], None], most_hz: float
    ) -> None:
        self._site = site
        self._tick = tick
        self._failed = False
        self._proxies = Proxies()
        worker = site.web_address("bridge/ticker.worker.js")
        self._ticker = module.createTicker(worker, self._proxies.keep(self._beat), 1000.0 / most_hz)

    def _beat(self, now_ms: float, visible: bool) -> None:
        try:
            self._tick(now_ms, visible)
        except Exception:
            if not self._failed:
                self._failed = True
                self._site.fail("internal", traceback.format_exc())

    @classmethod
    async def load(
        cls, site: Site, tick: Callable[[float, bool], None], most_hz: float = math.inf
    ) -> Self:
        """
        Args:
            most_hz: ticks a second at most; without it, as many as the display shows frames.
        """
        return cls(await site.load("bridge/ticker.js"), site, tick, most_hz)

    @property
    def touched_ms(self) -> float:
        """When the person last touched the page: a pointer, a key, the wheel, the focus."""
        return float(self._ticker.touched)

    def limit(self, most_hz: float) -> None:
        """Ticks no more often from now on; a touch is followed by one at once all the same."""
        self._ticker.limit(1000.0 / most_hz)

    def close(self) -> None:
        self._ticker.close()
        self._proxies.close()
