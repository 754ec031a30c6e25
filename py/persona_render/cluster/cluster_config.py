"""What an operator of a cluster can set, beside what every render server can be set."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from persona_render.config import PREFIX, RenderConfig
from persona_server.config import ConfigError, read_settings


@dataclass(frozen=True, slots=True)
class ClusterConfig(RenderConfig):
    """Settings of a render server in a cluster. Each of its replicas has the limits of one server.

    ``host``, ``port`` and what bounds connections before a WebSocket is open are not looked at: Ray
    Serve's proxies have settings of their own.

    Attributes:
        min_replicas: that run when nobody watches.
        max_replicas: that run at most.
        replica_cpus: cores that a replica takes of its node; ``workers`` follow it.
        replica_gpus: graphics cards, or a share of one.
        fill: of a replica's sessions, above 0 to 1: where all have more, another starts.
        scale_up_seconds: for how long there have to be more viewers before a replica starts.
        scale_down_seconds: for how long there have to be fewer before one is drained.
        grace_seconds: a drained replica takes nobody new, and those who are there may stay so long.
    """

    min_replicas: int = 1
    max_replicas: int = 4
    replica_cpus: float = 1.0
    replica_gpus: float = 0.0
    fill: float = 0.7
    scale_up_seconds: float = 10.0
    scale_down_seconds: float = 300.0
    grace_seconds: float = 300.0

    def __post_init__(self) -> None:
        RenderConfig.__post_init__(self)
        if not 1 <= self.min_replicas <= self.max_replicas:
            raise ConfigError("min_replicas must be 1 or more, and at most max_replicas")
        if not self.replica_cpus > 0.0:
            raise ConfigError(f"replica_cpus must be above 0, not {self.replica_cpus}")
        if not 0.0 < self.fill <= 1.0:
            raise ConfigError(f"fill must be above 0 and at most 1, not {self.fill}")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0.0:
                raise ConfigError(f"{name} must be 0 or more, not {getattr(self, name)}")

    @property
    def worker_count(self) -> int:
        return self.workers or math.ceil(self.replica_cpus)

    @classmethod
    def of(
        cls, named: Mapping[str, Any], environment: Mapping[str, str] = os.environ
    ) -> ClusterConfig:
        """The defaults, overridden by the ``VP_RENDER_`` variables that are set, and those by what
        is named as the attributes are.

        Raises:
            ConfigError: naming what cannot be read or does not exist.
        """
        known = {entry.name for entry in fields(cls)}
        if unknown := ", ".join(sorted(set(named) - known)):
            raise ConfigError(f"no such settings: {unknown}")
        given = {PREFIX + name.upper(): str(value) for name, value in named.items()}
        return read_settings(cls, {**environment, **given}, PREFIX)


_NOT_NEGATIVE: Final = (
    "replica_gpus",
    "scale_up_seconds",
    "scale_down_seconds",
    "grace_seconds",
)
