"""Model files on this machine: downloaded once, checked always, kept by their hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pyodide.ffi import JsException, to_js

from persona_core.errors import ModelError
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model: where it is, relative to the site's root, and what it must be.

    Attributes:
        sha256: 64 lower-case hexadecimal digits.
        bytes: its exact size.
    """

    path: str
    sha256: str
    bytes: int


class ModelStore:
    """One worker that fetches, checks and keeps. Files stay in JavaScript."""

    def __init__(self, module: Any, site: Site) -> None:
        self._site = site
        self._store = module.createModelStore(
            site.web_address("bridge/neural/model_store.worker.js")
        )
        self._cancel: Callable[[], None] = lambda: None

    @classmethod
    async def load_store(cls, site: Site) -> Self:
        return cls(await site.load("bridge/neural/model_store.js"), site)

    async def fetch(
        self,
        parts: Sequence[Sequence[ModelFile]],
        on_progress: Callable[[int], None],
        on_unkept: Callable[[str], None],
        *,
        stall_ms: float | None = None,
        delays_ms: Sequence[float] | None = None,
    ) -> list[Any]:
        """Parts of a model, from the cache or the network; one fetch at a time.

        Args:
            parts: files that are wanted end to end, as the shards of one weights file.
            on_progress: hears the bytes that are here so far; they never fall.
            on_unkept: hears why files cannot be kept; they are given all the same.
            stall_ms: how long without a byte is too long.
            delays_ms: how long to wait before each further try.

        Returns:
            one JavaScript ``ArrayBuffer`` a part, in their order.

        Raises:
            ModelError: a file could not be had; ``code`` says why.
        """
        proxies = Proxies()
        listeners: dict[str, Callable[[Any], None]] = {
            "progress": lambda value: on_progress(int(value)),
            "unkept": lambda value: on_unkept(str(value)),
        }
        patience: dict[str, Any] = {}
        if stall_ms is not None:
            patience["stallMs"] = stall_ms
        if delays_ms is not None:
            patience["delaysMs"] = to_js(list(delays_ms))
        job = self._store.load(
            to_js([[self._wanted(file) for file in part] for part in parts]),
            proxies.keep(lambda kind, value: listeners[kind](value)),
            self._site.to_object(patience),
        )
        self._cancel = job.cancel
        try:
            return list(await job.done)
        except JsException as error:
            raise ModelError(str(error.message), code=str(error.name)) from None
        finally:
            self._cancel = lambda: None
            proxies.close()

    def cancel(self) -> None:
        """Breaks off a running :meth:`fetch`; what is here already stays kept."""
        self._cancel()

    async def inventory(self) -> frozenset[str]:
        """The SHA-256 of every kept file."""
        return frozenset(str(each) for each in await self._store.inventory())

    async def clear(self) -> None:
        """Forgets every kept file."""
        await self._store.clear()

    def close(self) -> None:
        self._store.close()

    def _wanted(self, file: ModelFile) -> Any:
        url = self._site.address(file.path)
        return self._site.to_object({"url": url, "sha256": file.sha256, "bytes": file.bytes})
