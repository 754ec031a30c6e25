"""Counting the Python objects that JavaScript holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyodide_js

from persona_web.bridge.clock import BrowserScheduler
from testbed.hearing import Hearing


@dataclass
class Held:
    """Where in JavaScript the proxies were made that live on; counted when the block is left."""

    places: Counter[str] = field(default_factory=Counter)


@contextmanager
def counted() -> Iterator[Held]:
    """Counts the proxies that are made in its block and not destroyed."""
    # Pyodide keeps this map for its own tests of the same kind. Its proxies are not collected,
    # so only a proxy that was destroyed is missing from it.
    living: Any = pyodide_js._module.pyproxy_alloc_map
    living.clear()
    pyodide_js._module.enable_pyproxy_allocation_tracing()
    held = Held()
    try:
        yield held
    finally:
        pyodide_js._module.disable_pyproxy_allocation_tracing()
        held.places.update(str(stack) for stack in living.values())
        living.clear()


async def settle() -> None:
    """Lets everything happen that is due now."""
    hearing = Hearing()
    BrowserScheduler().call_later(10.0, lambda: hearing.note("due"))
    await hearing.hear("due")
