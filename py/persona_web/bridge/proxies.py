"""Ownership of the Python functions that JavaScript holds.

A PyProxy lives until it is destroyed; one that is forgotten keeps its whole page alive.
So whoever hands a function to JavaScript keeps it in a ``Proxies`` and closes that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import JsProxy, create_once_callable, create_proxy


class Proxies:
    """The persistent proxies of one owner."""

    def __init__(self) -> None:
        self._owned: list[Any] = []

    def keep(self, function: Callable[..., Any]) -> JsProxy:
        """``function`` as JavaScript may hold it until :meth:`close`."""
        proxy = create_proxy(function)
        self._owned.append(proxy)
        return proxy

    def close(self) -> None:
        """Destroys all; JavaScript must have let go of them before."""
        while self._owned:
            self._owned.pop().destroy()

    def close_later(self) -> None:
        """Destroys all soon, where one of them may be the very function now running."""
        js.setTimeout(create_once_callable(self.close), 0)
