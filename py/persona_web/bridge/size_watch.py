"""Hears when elements become larger or smaller, come or go."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import js

from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies


class SizeWatch:
    """Calls ``handler`` once soon, and whenever one of the elements has another size."""

    def __init__(self, elements: Iterable[Element], handler: Callable[[], object]) -> None:
        self._proxies = Proxies()
        # Not within the notification: what the handler moves would be a loop to the browser.
        frame = self._proxies.keep(lambda _now: handler())
        heard = self._proxies.keep(lambda _entries, _observer: js.requestAnimationFrame(frame))
        self._observer = js.ResizeObserver.new(heard)
        for element in elements:
            self._observer.observe(element.node)
