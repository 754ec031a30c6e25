"""Runs a studio on a socket of its own until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.wire.rendering import MAX_UP_BYTES
from persona_render.app import create_app
from persona_render.config import RenderConfig
from persona_render.engines.engine import Engine
from persona_render.studio import Studio
from persona_server.serving import GuardedServer

HEADROOM_BYTES = 1_024
"""A portrait that is a little too large still gets a named error; what is larger is not read on."""


class RenderServer(GuardedServer):
    """
    Attributes:
        studio: what all sockets share; it ends the engine when the server stops.
    """

    def __init__(
        self,
        config: RenderConfig,
        engine: Engine,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        self.studio = Studio(config, engine)
        largest = MAX_UP_BYTES + HEADROOM_BYTES
        super().__init__(create_app(self.studio), config, self.studio, largest, on_ready)
