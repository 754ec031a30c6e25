"""``Introduction``: gets to know a peer's page before anything else passes between us and it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from persona_core.call.keys.envelope import Envelope
from persona_core.errors import SignalingError, WrongSecretError

LOGGER = logging.getLogger(__name__)

Introduce = Callable[[str, str, str], Awaitable[Envelope]]
"""Takes peer id, life and key package; see :meth:`~.KeyRing.introduce`."""


class IntroductionListener(Protocol):
    """Hears what kept a page from being introduced."""

    def on_wrong_secret(self) -> None:
        """What the page told of its keys does not open with our secret."""
        ...

    def on_forgery(self) -> None:
        """Somebody made something up: who has our secret and passes for the peer, or in between."""
        ...


class Introduction:
    """To one peer, whose page may be another one from time to time.

    Args:
        on_introduced: hears that a page's keys are right; nothing of it has been opened yet.
    """

    def __init__(
        self,
        introduce: Introduce,
        peer_id: str,
        on_introduced: Callable[[Envelope], None],
        listener: IntroductionListener,
    ) -> None:
        self._introduce = introduce
        self._peer_id = peer_id
        self._on_introduced = on_introduced
        self._listener = listener
        self._told: tuple[str, str] | None = None
        self._task: asyncio.Task[Envelope | None] | None = None

    def meet(self, life: str, key_package: str) -> None:
        """The server says that the peer's page is this one."""
        if self._told == (life, key_package):
            return
        self._told = (life, key_package)
        self._task = asyncio.get_running_loop().create_task(self._run(life, key_package))

    async def envelope(self) -> Envelope | None:
        """What we share with the peer's present page; None while nothing is shared with it."""
        # Whoever waits may be stopped; the introduction goes on for the others.
        return None if self._task is None else await asyncio.shield(self._task)

    def close(self) -> None:
        """The listener hears nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, life: str, key_package: str) -> Envelope | None:
        envelope: Envelope | None = None
        tell: Callable[[], None] | None = None
        try:
            envelope = await self._introduce(self._peer_id, life, key_package)
        except WrongSecretError:
            tell = self._listener.on_wrong_secret
        except SignalingError as error:
            LOGGER.warning("keys refused: %s", error)
            tell = self._listener.on_forgery
        except Exception:  # whatever the platform's cryptography raises
            LOGGER.exception("no keys for a peer")
        if self._told != (life, key_package):
            return envelope  # another page has come meanwhile
        if envelope is not None:
            self._on_introduced(envelope)
        elif tell is not None:
            tell()
        return envelope
