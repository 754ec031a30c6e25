"""The render server as an application of Ray Serve, which ``deploy/render-cluster.yaml`` names.

Ray starts, places, watches and drains the replicas, and its proxies carry each WebSocket to one of
them, which serves it to its end. A viewer counts as one ongoing request, so sessions are what Ray
scales by. Nothing is shared by replicas: who loses one opens a session with another.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ray import serve
from ray.serve import Application
from starlette.applications import Starlette

from persona_render.app import create_app
from persona_render.cluster.cluster_config import ClusterConfig
from persona_render.engines.loading import open_engine
from persona_render.studio import Studio
from persona_server import journal


def application(settings: Mapping[str, Any]) -> Application:
    """What ``serve run`` and ``serve deploy`` take.

    Args:
        settings: of a :class:`ClusterConfig`, by name; they go before the environment's.

    Raises:
        ConfigError: one cannot be read or does not exist.
    """
    config = ClusterConfig.of(settings)
    deployment = serve.deployment(serve.ingress()(RenderReplica))
    return deployment.options(
        name="render",
        ray_actor_options={"num_cpus": config.replica_cpus, "num_gpus": config.replica_gpus},
        # Ray asks no replica that is full. Who finds all of them so waits, and has another started.
        max_ongoing_requests=config.session_limit,
        max_queued_requests=config.session_limit,
        autoscaling_config={
            "min_replicas": config.min_replicas,
            "max_replicas": config.max_replicas,
            "target_ongoing_requests": config.fill * config.session_limit,
            "upscale_delay_s": config.scale_up_seconds,
            "downscale_delay_s": config.scale_down_seconds,
        },
        graceful_shutdown_timeout_s=config.grace_seconds,
    ).bind(config)


class RenderReplica:
    """One render server of a cluster, with an engine of its own.

    Raises:
        RenderError: its engine cannot draw here; Ray shows it and tries again.
    """

    def __init__(self, config: ClusterConfig) -> None:
        journal.write_to(sys.stderr, config.log_level)
        self._studio = Studio(config, open_engine(config.engine, config.engine_options))

    def __serve_build_asgi_app__(self) -> Starlette:
        """What Ray asks a deployment for."""
        return create_app(self._studio, self._life)

    @asynccontextmanager
    async def _life(self, _app: Starlette) -> AsyncIterator[None]:
        await self._studio.start()
        yield
        await self._studio.close()
