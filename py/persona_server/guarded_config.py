"""Uvicorn's configuration with what our protocol classes need: it is all that they are given."""

from __future__ import annotations

from typing import Any

import uvicorn

from persona_server.config import ServerConfig
from persona_server.door import Door


class GuardedConfig(uvicorn.Config):
    """
    Attributes:
        settings: of the operator.
        door: shared by all connections.
    """

    def __init__(self, app: Any, settings: ServerConfig, **options: Any) -> None:
        super().__init__(app, **options)
        self.settings = settings
        self.door = Door(settings)
