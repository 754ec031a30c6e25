"""A page's way to neural models. Nothing of them is loaded before somebody wants one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from persona_web.base.background import Background

if TYPE_CHECKING:
    from persona_core.base.ports import Storage
    from persona_web.bridge.page import Strings
    from persona_web.bridge.site import Site
    from persona_web.neural.neural_host import NeuralHost
    from persona_web.view.graphics import Graphics

logger = logging.getLogger(__name__)

MODEL_KEY: Final = "neural.model"

OpenHost = Callable[["ModelChoice"], "Awaitable[NeuralHost]"]
"""Opens the page's host; raises whatever kept it from being opened."""


class ModelChoice:
    """The model that was in use last, kept between visits.

    Args:
        storage: keeps its name; without one nothing is kept.
    """

    def __init__(self, storage: Storage | None = None) -> None:
        self._storage = storage

    @property
    def name(self) -> str | None:
        """Its name; None for none."""
        return (self._storage.get(MODEL_KEY) if self._storage else None) or None

    def keep(self, name: str) -> None:
        if self._storage is not None:
            self._storage.set(MODEL_KEY, name)

    def forget(self) -> None:
        if self._storage is not None:
            self._storage.remove(MODEL_KEY)


class NeuralAccess:
    """Opens the page's :class:`NeuralHost` once, and brings the model of the last visit back.

    Args:
        tell: says the sentence of a key of the catalogue to the person.

    Attributes:
        host: None until it was opened.
    """

    def __init__(
        self, open_host: OpenHost, choice: ModelChoice, tell: Callable[[str], None]
    ) -> None:
        self.host: NeuralHost | None = None
        self._open_host = open_host
        self._choice = choice
        self._tell = tell
        self._listeners: list[Callable[[NeuralHost], object]] = []
        self._opening = asyncio.Lock()
        self._resumed = False
        self._background = Background()

    def on_open(self, listener: Callable[[NeuralHost], object]) -> None:
        """Calls ``listener`` with the host when it has been opened."""
        self._listeners.append(listener)

    async def open(self) -> NeuralHost:
        """The host; opened now if nobody did before. Raises what kept it from being opened."""
        async with self._opening:
            if self.host is None:
                self.host = await self._open_host(self._choice)
                for listener in self._listeners:
                    listener(self.host)
            return self.host

    def step(self, wanted: bool) -> None:
        """Brings back the model of the last visit, once.

        Args:
            wanted: whether there is anybody for a model to draw now.
        """
        if not wanted or self._resumed:
            return
        self._resumed = True
        if self._choice.name is not None:
            self._background.run(self._resume())

    def report(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {"state": "unopened"} if self.host is None else self.host.report()

    async def _resume(self) -> None:
        name = self._choice.name
        try:
            host = await self.open()
            if name is not None and host.is_idle:
                await host.resume(name)
                if host.status.problem is not None:
                    self._tell(f"error.{host.status.problem}")
        except Exception:  # a file of the app that could not be had: the call goes on
            logger.exception("the model of the last visit is not used")
            self._tell("error.model-failed")


def neural_access(
    site: Site, strings: Strings, graphics: Graphics, storage: Storage | None = None
) -> NeuralAccess:
    """A page's way to neural models, put together from the parts of the browser.

    Args:
        storage: keeps the person's choice; without one nothing is kept.
    """

    async def open_host(choice: ModelChoice) -> NeuralHost:
        from persona_web.neural.model_loading import open_neural_host

        return await open_neural_host(site, graphics, choice)

    def tell(key: str) -> None:
        site.notify(strings.text(key))

    return NeuralAccess(open_host, ModelChoice(storage), tell)
